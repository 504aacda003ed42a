from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from seaborn.utils import relative_luminance

from ablation.report.cells import detectable_difference
from ablation.report.plots.heatmap import GAP, accuracy_heatmap
from ablation.results.loading import load_baselines, load_results
from ablation.results.study import read_study
from tests.results.builder import BASELINES, build

NAMES = ["crop", "color", "blur"]
VALUES = {(a, b): 0.21 + 0.1 * i + 0.02 * j for i, a in enumerate(NAMES) for j, b in enumerate(NAMES)}


def draw(folder, **options):
    ax = Figure(figsize=(8, 5)).add_subplot()
    return accuracy_heatmap(load_results(folder), ax=ax, **options)


def texts(ax, column, row):
    """The words within a cell, from the top."""
    inside = [
        text
        for text in ax.texts
        if column < text.get_position()[0] < column + 1 and "\n" not in text.get_text()
    ]
    inside = [text for text in inside if row < text.get_position()[1] < row + 1]
    return [text.get_text() for text in sorted(inside, key=lambda text: text.get_position()[1])]


def said(ax):
    return ax.texts[-1].get_text().replace("\n", " ")


@pytest.fixture
def folder(tmp_path):
    return build(tmp_path, NAMES, lambda first, second, _: VALUES[first, second])


def test_rows_are_first_and_columns_second(folder):
    ax = draw(folder)
    assert [label.get_text() for label in ax.get_yticklabels()] == NAMES
    assert [label.get_text() for label in ax.get_xticklabels()] == [*NAMES, "row mean"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("second augmentation", "first augmentation")
    assert ax.get_ylim() == (3, 0), "the first row should be at the top"
    for (first, second), value in VALUES.items():
        assert texts(ax, NAMES.index(second), NAMES.index(first)) == [f"{100 * value:.1f}"]


def test_colours_are_those_of_the_numbers(folder):
    ax = draw(folder)
    drawn = np.asarray(ax.collections[0].get_array()).reshape(3, 3)
    np.testing.assert_allclose(drawn, [[100 * VALUES[a, b] for b in NAMES] for a in NAMES])
    assert ax.collections[0].get_clim() == (drawn.min(), drawn.max())


def test_row_means_stand_apart(folder):
    ax = draw(folder)
    assert [texts(ax, 3 + GAP, row) for row in range(3)] == [["23.0"], ["33.0"], ["43.0"]]
    assert [patch.get_x() for patch in ax.patches] == [3 + GAP] * 3


def test_another_metric_is_drawn_when_asked_for(folder):
    ax = draw(folder, metric="knn_top1")
    assert texts(ax, 0, 0) == ["18.9"]
    assert ax.get_title(loc="left").startswith("kNN top-1 (%)")


def test_seeds_are_averaged_and_their_spread_shown(tmp_path):
    ax = draw(
        build(
            tmp_path, NAMES, lambda first, second, seed: VALUES[first, second] + seed / 100, seeds=[0, 1, 2]
        )
    )
    assert texts(ax, 1, 0) == ["24.0", "±1.0"]
    assert texts(ax, 3 + GAP, 0) == ["24.0", "±1.0"]
    assert "mean ± sd of seeds 0, 1, 2" in said(ax)


def test_gaps_are_labelled_and_never_zero(tmp_path):
    gaps = {("crop", "color"): "failed", ("color", "crop"): "diverged", ("color", "blur"): None}
    ax = draw(build(tmp_path, NAMES, lambda first, second, _: gaps.get((first, second), 0.4)))
    assert (texts(ax, 1, 0), texts(ax, 0, 1), texts(ax, 2, 1)) == (["failed"], ["diverged"], ["pending"])
    assert [texts(ax, 3 + GAP, row) for row in range(3)] == [["–"], ["–"], ["40.0"]]
    hatched = {patch.get_xy() for patch in ax.patches if patch.get_hatch()}
    assert hatched == {(1, 0), (0, 1), (2, 1), (3 + GAP, 0), (3 + GAP, 1)}


def test_a_mean_of_fewer_seeds_is_marked(tmp_path):
    def value(first, second, seed):
        return None if (first, second, seed) == ("crop", "crop", 2) else 0.4

    ax = draw(build(tmp_path, NAMES, value, seeds=[0, 1, 2]))
    assert texts(ax, 0, 0) == ["40.0", "±0.0 n=2"]
    assert texts(ax, 3 + GAP, 0) == ["40.0", "±0.0 n=2"]
    assert texts(ax, 0, 1) == ["40.0", "±0.0"]
    assert "n where fewer" in said(ax)


def test_cells_below_the_random_init_floor_are_marked(folder):
    ax = draw(folder, baselines=load_baselines(folder))
    below = {pair for pair, value in VALUES.items() if value < BASELINES["random-init"]}
    assert 0 < len(below) < 9
    for first, second in VALUES:
        marked = "▼" in texts(ax, NAMES.index(second), NAMES.index(first))
        assert marked == ((first, second) in below)
    assert "▼ below the random-init floor" in said(ax)
    assert "▼" not in said(draw(folder)), "without baselines nothing is known to be below"


def test_collapsed_cells_are_marked(folder):
    results = load_results(folder)
    results.loc[0, "outcome"] = "collapsed"
    ax = accuracy_heatmap(results, ax=Figure().add_subplot())
    assert texts(ax, 0, 0) == ["✕", "21.0"]
    assert "✕ collapsed" in said(ax)


@pytest.fixture
def noisy(tmp_path):
    """A study of equal cells with noise, except that one may be far below the others."""

    def noisy(low=None):
        def score(first, second, seed):
            draws = np.random.default_rng([NAMES.index(first), NAMES.index(second), seed])
            return 0.1 if (first, second) == low else 0.5 + draws.normal(0, 0.04)

        return read_study(build(tmp_path, NAMES, score, seeds=[0, 1, 2]))

    return noisy


def test_the_best_and_what_may_be_as_good_are_marked(noisy):
    found = noisy(low=("crop", "color")).statistics
    ax = accuracy_heatmap(noisy(low=("crop", "color")).results, ax=Figure().add_subplot(), statistics=found)
    marks = [texts(ax, column, row)[0] for row in range(3) for column in range(3)]
    assert sorted(marks) == ["10.0", *["≈"] * 7, "★"]
    assert "★ best by validation linear top-1   ≈ not distinguishable from it" in said(ax)


def test_noise_does_not_use_all_colours(noisy):
    study = noisy()
    ax = accuracy_heatmap(study.results, ax=Figure().add_subplot(), statistics=study.statistics)
    low, high = ax.collections[0].get_clim()
    assert high - low == pytest.approx(100 * detectable_difference(study.statistics))
    assert high - low > 1.5 * np.ptp(100 * study.statistics.cells["mean"])
    assert "no cell is distinguishable from the best" in said(ax)
    with pytest.raises(ValueError, match="of linear_top1, not of knn_top1"):
        accuracy_heatmap(study.results, statistics=study.statistics, metric="knn_top1")


def test_floors_and_ceiling_stand_on_the_colour_bar(folder):
    ax = draw(folder, baselines=load_baselines(folder))
    (bar,) = ax.child_axes
    assert {text.get_text() for text in bar.texts} == {
        "raw pixels  24.1",
        "colour histogram  23.8",
        "random init  25.0",
        "no augmentation  26.0",
        "↑ supervised  71.0",
    }


def test_labels_on_the_colour_bar_do_not_overlap(folder):
    ax = draw(folder, baselines=load_baselines(folder))
    FigureCanvasAgg(ax.figure).draw()
    # An annotation's own extent holds its leader too: this is where the words are.
    boxes = sorted((Text.get_window_extent(text) for text in ax.child_axes[0].texts), key=lambda box: box.y0)
    assert len(boxes) == 5
    assert all(lower.y1 <= upper.y0 for lower, upper in pairwise(boxes))


def test_a_baseline_without_a_value_is_told_of(folder):
    baselines = load_baselines(folder)
    ax = draw(folder, baselines=baselines[baselines["kind"] != "supervised"])
    assert "supervised: pending" in said(ax)


def test_numbers_can_be_read_on_every_colour(tmp_path):
    names = [f"blur {i}" for i in range(12)]
    folder = build(
        tmp_path,
        dict.fromkeys(names, "blur"),
        lambda first, second, _: (12 * names.index(first) + names.index(second) + 2) / 150,
        baselines={},
    )
    ax = draw(folder)
    faces = ax.collections[0]
    for text, value in zip(ax.texts, np.ravel(faces.get_array()), strict=False):
        light, dark = sorted(map(relative_luminance, (text.get_color(), faces.to_rgba(value))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_narrow_range_is_not_stretched_over_all_colours(tmp_path):
    ax = draw(build(tmp_path, NAMES, lambda first, *_: 0.4 + NAMES.index(first) / 1000))
    low, high = ax.collections[0].get_clim()
    assert (low, high) == pytest.approx((37.6, 42.6))


def test_a_given_scale_is_kept(folder):
    assert draw(folder, vmin=0, vmax=100).collections[0].get_clim() == (0, 100)


@pytest.mark.parametrize("count", [1, 12])
def test_any_number_of_operations_can_be_drawn(tmp_path, count):
    names = [f"crop {i}" for i in range(count)]
    ax = draw(build(tmp_path, dict.fromkeys(names, "crop"), lambda *_: 0.4, baselines={}))
    FigureCanvasAgg(ax.figure).draw()
    assert len(ax.get_yticklabels()) == count


def test_long_names_are_turned_and_short_ones_are_not(tmp_path):
    def turned(names):
        folder = build(tmp_path / names[0], dict.fromkeys(names, "color"), lambda *_: 0.4, baselines={})
        return {label.get_rotation() for label in draw(folder).get_xticklabels()}

    assert turned(["a", "b", "c", "d"]) == {0}
    assert turned(["color strength one half", "b", "c", "d"]) == {40}


def test_a_folder_without_results_is_all_pending(tmp_path):
    ax = draw(build(tmp_path, NAMES, lambda *_: None, baselines={}))
    assert [texts(ax, column, row) for row in range(3) for column in range(3)] == [["pending"]] * 9
    assert "no results yet" in said(ax)


def test_the_caption_says_what_was_run_and_on_what(folder):
    results = load_results(folder)
    results.attrs["warnings"] = ["mixed torch: 2.8.0 (1 cell), 2.9.0 (8 cells)"]
    words = said(accuracy_heatmap(results, ax=Figure().add_subplot()))
    assert words.startswith("one branch augmented, no base crop: a Figure 5 grid resnet-micro, 10 epochs")
    assert "mixed torch: 2.8.0 (1 cell)" in words


def test_a_plain_frame_is_enough():
    frame = pd.DataFrame(
        {"first": ["crop"], "second": ["crop"], "seed": [0], "outcome": ["ok"], "linear_top1": [0.331]}
    )
    ax = accuracy_heatmap(frame, ax=Figure().add_subplot())
    assert texts(ax, 0, 0) == ["33.1"]
    assert (ax.get_title(loc="left"), said(ax)) == ("Linear top-1 (%)", "seed 0")


def test_without_axes_a_new_figure_is_made(folder):
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    ax = accuracy_heatmap(load_results(folder))
    assert plt.gcf() is ax.figure
    plt.close(ax.figure)


@pytest.mark.parametrize("metric", ["loss", "leak_bits"])
def test_what_is_no_accuracy_is_refused(folder, metric):
    with pytest.raises(ValueError, match=f"no accuracy is called '{metric}'"):
        draw(folder, metric=metric)
