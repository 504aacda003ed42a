import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ablation.report.plots.leak import leak_and_accuracy, leak_heatmap, leak_means
from ablation.report.sheets.canvas import png
from tests.report.leaks import LEAKS, NAMES, frame, with_grid


def draw(results, **options):
    return leak_heatmap(results, ax=Figure(figsize=(8, 5)).add_subplot(), **{"candidates": 256} | options)


def cell(ax, column, row):
    """The words within a cell, from the top."""
    inside = [text for text in ax.texts[:-1] if column < text.get_position()[0] < column + 1]
    inside = [text for text in inside if row < text.get_position()[1] < row + 1]
    return [text.get_text() for text in sorted(inside, key=lambda text: text.get_position()[1])]


def said(ax):
    return ax.texts[-1].get_text().replace("\n", " ")


def test_every_cell_says_its_bits():
    ax = draw(frame())
    for (first, second), bits in LEAKS.items():
        assert cell(ax, NAMES.index(second), NAMES.index(first)) == [f"{bits:.2f}"]


def test_the_scale_goes_from_chance_to_all_there_is_whatever_the_cells():
    ax = draw(frame(), candidates=64)
    assert ax.collections[0].get_clim() == (0, 6)
    (bar,) = ax.child_axes
    assert {text.get_text() for text in bar.texts} == {"chance  0.0", "log₂ 64  6.0"}
    assert not any("%" in label.get_text() for label in bar.get_yticklabels())


def test_candidates_are_the_grids_batch_size_by_default():
    ax = draw(with_grid(frame()), candidates=None)
    assert ax.collections[0].get_clim() == (0, 6)
    assert ax.get_title(loc="left") == "Colour leak (bits): tiny · CIFAR-10"
    with pytest.raises(ValueError, match="does not say which grid it is of"):
        draw(frame(), candidates=None)


def test_bits_below_0_are_drawn_as_0_and_told_of():
    ax = draw(frame(lambda first, second, _: -0.25 if first == second == "color" else 3.0))
    assert cell(ax, 1, 1) == ["0.00"]
    assert ax.collections[0].get_array().min() == 0
    assert "1 cell below 0, shown as 0; the lowest is −0.25" in said(ax)
    assert "shown as 0" not in said(draw(frame()))


def test_row_means_are_of_what_was_measured():
    ax = draw(frame(lambda *cell: -1.0 if cell[1] == "blur" else 2.0))
    assert cell(ax, 3.3, 0) == ["1.00"], "and not of 2, 2 and the 0 that is shown"


def test_means_over_seeds_have_the_standard_error_of_a_mean():
    means = leak_means(frame(lambda *cell: 5.0 + cell[2], seeds=[0, 1, 2]))
    assert means["mean"].tolist() == [6.0] * 9
    assert means["sd"].tolist() == [1.0] * 9
    np.testing.assert_allclose(means["se"], 0.03 / np.sqrt(3))


def test_a_failed_job_keeps_its_leak_and_a_gap_says_what_it_is():
    results = frame(accuracy=lambda *_: 0.4)
    results.loc[0, "outcome"] = "failed"
    results.loc[1, "leak_bits"] = np.nan
    results = results.drop(index=2)
    ax = draw(results)
    assert (cell(ax, 0, 0), cell(ax, 1, 0), cell(ax, 2, 0)) == (["6.00"], ["–"], ["pending"])


def test_both_heatmaps_have_one_order_and_the_accuracies_their_own_scale():
    results = frame(accuracy=lambda first, second: LEAKS[first, second] / 10)
    left, right = leak_and_accuracy(results, candidates=256).axes
    for ax in (left, right):
        assert [label.get_text() for label in ax.get_yticklabels()] == NAMES
        assert [label.get_text() for label in ax.get_xticklabels()] == [*NAMES, "row mean"]
    assert cell(left, 1, 0) == ["4.10"]
    assert cell(right, 1, 0) == ["41.0"]


@pytest.mark.parametrize("accuracy", [None, lambda *_: np.nan])
def test_before_training_the_leak_stands_alone(accuracy):
    assert len(leak_and_accuracy(frame(accuracy=accuracy), candidates=256).axes) == 1


def test_a_grid_of_some_pairs_is_laid_out_as_its_accuracies_are():
    results = frame(accuracy=lambda *_: 0.4)
    results = results[(results["first"] == results["second"]) | (results["first"] != "blur")]
    results.attrs["cells"] = [
        [first, second] for first in NAMES for second in NAMES if first == second or "crop" in (first, second)
    ]
    left, right = leak_and_accuracy(results, candidates=256).axes
    for ax in (left, right):
        assert [label.get_text() for label in ax.get_xticklabels()] == ["alone", "crop → ·", "· → crop"]


def test_the_histogram_of_the_leak_is_named():
    results = frame().rename(columns={"leak_bits": "leak_bits_chroma"})
    ax = draw(results, metric="leak_bits_chroma")
    assert ax.get_title(loc="left") == "Leak of chroma alone (bits)"
    assert "histograms of Lab a,b" in said(ax)


def test_a_frame_without_leaks_is_refused():
    with pytest.raises(ValueError, match="no column 'leak_bits'"):
        draw(pd.DataFrame({"first": ["crop"], "second": ["crop"], "seed": [0]}))


def test_the_same_frame_gives_the_same_bytes():
    one, other = (png(leak_and_accuracy(frame(accuracy=lambda *_: 0.4), candidates=256)) for _ in range(2))
    assert one == other
