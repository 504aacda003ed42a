"""Two grids and their difference, drawn."""

from ablation.report.plots.compare import MOVED, compare_figure
from ablation.results.answers import compare
from tests.results.findings.test_compare import grid


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_both_grids_share_a_scale_and_what_moved_is_marked(tmp_path):
    a, b = grid(tmp_path / "a"), grid(tmp_path / "b", {("crop", "blur"): 0.2}, draw=1)
    figure = compare_figure(compare(a, b))
    one, other, change = figure.axes[:3]
    limits = [ax.collections[0].get_clim() for ax in (one, other)]
    assert limits[0] == limits[1]
    low, high = change.collections[0].get_clim()
    assert low == -high
    assert high > 15
    assert texts(change).count(MOVED) == 1
    assert any(
        19 < float(text) < 21 for text in texts(change) if text.replace(".", "").replace("-", "").isdigit()
    )
