"""The paper's numbers stand beside the values that they belong to, and beside no others."""

import pytest

from ablation.results.findings.paper_tables import beside, beside_words
from ablation.results.study import read_study
from tests.results.builder import build


def study_of(path, vary, score, pretrain=""):
    def varied(first, second, seed, at):
        return score(*at.values())

    build(path, ["crop"], lambda *_: score(None), [0], {}, f"{pretrain}\n[vary]\n{vary}", varied=varied)
    return read_study(path)


def found(study):
    [one] = study.axes.along.values()
    return beside(one, study.axes.settings(one.axis))


def test_losses_are_those_of_table_4(tmp_path):
    vary = (
        '"pretrain.objective" = ["nt-xent", "triplet", { objective = "triplet", semi_hard = true }, "byol"]'
    )
    order = {"nt-xent": 0.4, "triplet": 0.3, "triplet (semi_hard true)": 0.35, "byol": 0.6}
    paper = found(study_of(tmp_path, vary, lambda value: order.get(value, 0.4)))
    assert paper.paper == {"nt-xent": 63.9, "triplet": 50.9, "triplet (semi_hard true)": 57.5}
    assert paper.rho == pytest.approx(1.0)
    assert beside_words(paper).endswith("the same order here.")


def test_temperatures_are_those_of_table_5_with_and_without_the_norm(tmp_path):
    vary = """
        "pretrain.objective" = [
            { objective = "nt-xent", temperature = 0.1 },
            { objective = "nt-xent", temperature = 0.2 },
            { objective = "nt-xent", temperature = 1.0 },
            { objective = "nt-xent", l2 = false, temperature = 10.0 },
        ]
    """
    scores = {"nt-xent (temperature 0.1)": 0.3, "nt-xent (l2 false, temperature 10.0)": 0.5}
    paper = found(study_of(tmp_path, vary, lambda value: scores.get(value, 0.4)))
    assert [*paper.paper.values()] == [64.4, 58.0, 57.2]
    assert "another order here (Spearman's ρ −1.00, 3 values)" in beside_words(paper)


@pytest.mark.parametrize(
    ("scaling", "expected"), [("linear", [57.5, 60.7]), ("sqrt", [62.8, 63.8]), ("none", None)]
)
def test_batch_sizes_are_those_of_the_same_rule(tmp_path, scaling, expected):
    vary = '"pretrain.batch_size" = [128, 256, 512]'
    paper = found(study_of(tmp_path, vary, lambda *_: 0.4, f'[pretrain]\nscaling = "{scaling}"'))
    assert (paper and [*paper.paper.values()]) == expected


def test_an_axis_that_the_paper_has_not_has_nothing_beside(tmp_path):
    assert found(study_of(tmp_path, '"pretrain.width" = [16, 32]', lambda *_: 0.4)) is None
