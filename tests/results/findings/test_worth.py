"""What is said of choices without labels is what the committed results say."""

from pathlib import Path

import pytest

import ablation as ab
from ablation.results.findings.proxies import proxies
from ablation.results.findings.worth import REFERENCES
from ablation.results.frames.means import cell_means
from ablation.results.metrics import chosen_by

RESULTS = Path(__file__).parents[3] / "results" / "reference"


@pytest.mark.slow
@pytest.mark.parametrize("one", REFERENCES, ids=lambda one: f"{one.study}-{one.epochs}")
def test_every_row_is_what_its_study_says(one):
    study = ab.open_study(RESULTS / one.study)
    own = study.folder.grid.pretrain.epochs == one.epochs
    results = study.results if own else study.by_epochs[one.epochs].results
    found = proxies(results).set_index("score").loc["rotation_top1"]
    means = cell_means(results, chosen_by(results.attrs))["mean"]
    assert found["cells"] == one.cells
    assert found["lost"] == pytest.approx(one.lost, abs=6e-5)
    assert means.max() - means.mean() == pytest.approx(one.random, abs=6e-5)
    if one.cells > 2:
        assert found["rho"] == pytest.approx(one.rho, abs=6e-3)
