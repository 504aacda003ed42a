"""What the values of a setting change: planted gains, cells that move, nothing where nothing differs."""

import zlib

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy.stats import binom

import ablation as ab
from ablation.errors import ResultsError
from ablation.report.plots.along_more import axis_more
from ablation.report.plots.crossed import crossed_plot
from ablation.results.findings.along import along_frame, rank_frame
from ablation.results.findings.along_words import along_words
from ablation.results.findings.crossed import crossed_words
from ablation.results.study import read_study
from tests.results.builder import build, record

NAMES = ["crop", "blur", "color"]
ALONE = {"crop": 0.7, "blur": 0.6, "color": 0.5}
VARY = '[vary]\n"pretrain.batch_size" = [64, 128, 256]'


def larger(first, second, size):
    return 0.05 * (size == 256)


def study(path, adds, seeds=(0, 1, 2), vary=VARY, result=record):
    """A grid whose cells gain `adds(first, second, value)` with a value."""

    def value(first, second, seed, at):
        luck = np.random.default_rng(zlib.crc32(f"{first}{second}{seed}{at}".encode()))
        gained = adds(first, second, *at.values())
        return max(ALONE[first], ALONE[second]) + gained + 0.01 * seed + 0.003 * luck.standard_normal()

    def own(first, second, seed):
        return value(first, second, seed, {"batch_size": 128})

    build(path, NAMES, own, [*seeds], {}, vary, varied=value, result=result)
    return read_study(path)


def test_a_planted_gain_is_found_for_each_cell_and_on_average(tmp_path):
    found = ab.along(study(tmp_path, larger))
    mean = found.mean.set_index("value")
    assert mean.index.tolist() == [64, 128, 256]
    assert mean["best"].tolist() == [False, False, True]
    assert mean["distinguishable"].tolist() == [True, True, False]
    assert mean.loc[64, "gap_low"] < 0.05 < mean.loc[64, "gap_high"]
    assert set(found.frame["first"]) == {"", *NAMES}
    words = along_words(found, 10)[0]
    assert words.startswith("batch_size 256 has the highest validation linear top-1 on average over 9 cells")
    assert "every other value is distinguishably lower" in words
    assert "jobs of 10 epochs" in words


def test_the_cell_that_moves_is_named_and_no_other(tmp_path):
    found = ab.along(study(tmp_path, lambda a, b, size: 0.2 * (size == 256 and a == b == "color")))
    ranks = found.ranks.set_index("value")
    assert ranks.loc[64, "moved"] == ()
    moved = ranks.loc[256, "moved"]
    assert moved[0].cell == ("color", "color")
    assert moved[0].low < 0.2 * 8 / 9 < moved[0].high
    assert "moved, in points relative to the mean of all cells: color +" in along_words(found, 10)[-1]


def test_only_some_cells_and_seeds_are_compared(tmp_path):
    vary = VARY + '\nonly = ["crop", "blur"]\nseeds = [1, 2]'
    found = ab.along(study(tmp_path, lambda *_: 0.0, vary=vary))
    assert {*found.frame["first"]} == {"", "crop", "blur"}
    assert found.seeds == 2


def test_a_seed_that_has_just_begun_does_not_count(tmp_path):
    begun = study(tmp_path, lambda *_: 0.0)
    cell = begun.folder.varied_cells[-1]
    (tmp_path / "cells" / f"{cell.id}.json").unlink()
    found = ab.along(tmp_path)
    assert found.mean["n"].tolist() == [2, 2, 2]


def test_one_seed_has_no_intervals_and_says_so(tmp_path):
    found = ab.along(study(tmp_path, lambda *_: 0.0, seeds=[0]))
    assert found.frame[["low", "gap_low", "p"]].isna().all(axis=None)
    assert "One seed cannot tell any values apart" in along_words(found, 10)[0]


def test_the_tidy_table_has_a_column_for_each_axis_and_the_grids_own_rows(tmp_path):
    vary = VARY + '\n"pretrain.scaling" = ["none", "sqrt"]'
    frame = ab.load_varied(study(tmp_path, lambda *_: 0.0, vary=vary))
    assert frame.columns[:4].tolist() == ["batch_size", "scaling", "first", "second"]
    assert frame.groupby(["batch_size", "scaling"]).size().tolist() == [27] * 6


def test_values_that_have_no_job_yet_have_no_rows(tmp_path):
    begun = study(tmp_path, lambda *_: 0.0)
    for cell in begun.folder.varied_cells:
        if dict(cell.at)["batch_size"] == 256:
            (tmp_path / "cells" / f"{cell.id}.json").unlink()
    frame = ab.load_varied(tmp_path)
    assert frame.groupby("batch_size").size().to_dict() == {64: 27, 128: 27}


def test_other_axes_stay_at_the_grids_own_values(tmp_path):
    vary = VARY + '\n"pretrain.scaling" = ["none", "sqrt"]'
    found = study(tmp_path, lambda *at: 0.1 * (at[-1] == "sqrt"), vary=vary)
    assert ab.along(found, "batch_size").mean["gap"].max() < 0.01
    scaling = ab.along(found, "scaling").mean.set_index("value")
    assert scaling.loc["none", "gap"] == pytest.approx(0.1, abs=0.01)
    with pytest.raises(ResultsError, match="name an axis; its axes are batch_size, scaling"):
        ab.along(found)


def test_a_grid_without_axes_says_so(tmp_path):
    build(tmp_path, NAMES, lambda *_: 0.5, [0], {})
    with pytest.raises(ResultsError, match="its grid has no \\[vary\\]"):
        ab.along(tmp_path)


@pytest.mark.parametrize("values", ["[64, 128, 256]", '["a"]'])
def test_figures_show_every_value(tmp_path, values):
    vary = VARY if "64" in values else '[vary]\n"pretrain.scaling" = ["none", "sqrt", "linear"]'
    found = ab.along(study(tmp_path, lambda *_: 0.0, vary=vary))
    ax = ab.axis_plot(found, Figure().add_subplot())
    ticks = ax.get_xticklabels() if found.axis.is_number else ax.get_yticklabels()
    assert {tick.get_text() for tick in ticks} == {str(value) for value in found.frame["value"]}


def test_heatmaps_stand_on_one_scale_and_frame_the_best_of_each_value(tmp_path):
    found = ab.along(study(tmp_path, lambda a, b, size: 0.3 * (size == 256 and a == b == "color")))
    drawn = [ax for ax in ab.axis_heatmaps(found).axes if ax.get_title()]
    assert [ax.get_title() for ax in drawn] == ["64", "128 (the grid's own)", "256"]
    assert len({ax.collections[0].get_clim() for ax in drawn}) == 1
    assert drawn[2].patches[0].get_xy() == (2, 2)  # color alone


def slow_when_large(cell, top1):
    seconds = cell.recipe.pretrain.batch_size / 64 + 0.01 * cell.seed
    return record(cell, top1, seconds={"total": seconds})


def test_any_column_can_be_compared_and_what_differs_is_drawn(tmp_path):
    found = study(tmp_path, larger, result=slow_when_large)
    seconds = ab.along(found, metric="seconds").mean.set_index("value")["mean"]
    assert seconds.round(2).to_dict() == {64: 1.01, 128: 2.01, 256: 4.01}
    more = found.axes.more["batch_size"]
    assert [*more] == ["seconds"]  # leak, use and memory are the same under all values
    [ax] = axis_more(more, [64, 128, 256]).axes
    assert ax.get_ylabel() == "time of a job (s)"
    assert ax.lines[0].get_ydata().round(2).tolist() == [1.01, 2.01, 4.01]
    with pytest.raises(ValueError, match="no metric is called 'second'"):
        ab.along(found, metric="second")


def test_names_keep_one_order_over_all_panels(tmp_path):
    vary = '[vary]\n"pretrain.scaling" = ["none", "sqrt", "linear"]'
    found = study(tmp_path, lambda *_: 0.0, vary=vary, result=lambda cell, top1: record(
        cell, top1, seconds={"total": len(cell.recipe.pretrain.scaling)}
    ))  # fmt: skip
    [ax] = axis_more(found.axes.more["scaling"], ["sqrt", "none", "linear"]).axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["linear", "none", "sqrt"]  # from below
    drawn = ax.lines[0]
    assert dict(zip(drawn.get_ydata(), drawn.get_xdata(), strict=True)) == {0: 6, 1: 4, 2: 4}


def test_two_axes_at_once_have_a_line_for_each_value_of_the_other(tmp_path):
    def gains(first, second, size, scaling="none"):
        return 0.05 * (size == (256 if scaling == "sqrt" else 64))

    found = study(tmp_path, gains, vary=VARY + '\n"pretrain.scaling" = ["none", "sqrt"]')
    crossed = found.axes.crossed[0, 1]
    best = {value: line.mean.loc[line.mean["best"], "value"].item() for value, line in crossed.lines.items()}
    assert best == {"none": 64, "sqrt": 256}
    told = crossed_words(crossed)
    assert told[0].startswith("With scaling none, batch_size 64 has the highest validation linear top-1 (")
    assert told[1].startswith("With scaling sqrt, batch_size 256 has")
    ax = crossed_plot(crossed, Figure().add_subplot())
    assert {text.get_text() for text in ax.texts} >= {"none", "sqrt"}
    there = ab.along(found, "batch_size", at={"scaling": "sqrt"}).mean
    assert there.equals(crossed.lines["sqrt"].mean)
    for wrong in ({"scaling": "linear"}, {"batch_size": 64}, {"width": 8}):
        with pytest.raises(ResultsError, match="no other axis has"):
            ab.along(found, "batch_size", at=wrong)
    ab.write_report(tmp_path)
    assert "batch_size × scaling" in (tmp_path / "report.html").read_text("utf-8")


def test_what_short_jobs_choose_is_carried_to_the_longest(tmp_path):
    def crossing(first, second, epochs=10, scaling="none"):
        return 0.1 * (scaling == ("sqrt" if epochs == 40 else "none"))

    vary = '[vary]\n"pretrain.epochs" = [10, 40]\n"pretrain.scaling" = ["none", "sqrt"]'
    found = study(tmp_path, crossing, vary=vary)
    crossed = found.axes.crossed[0, 1]
    assert (crossed.axis.name, crossed.chosen.name, crossed.under.name) == ("epochs", "scaling", "epochs")
    words = crossed_words(crossed)
    assert words[0].startswith("After 10 epochs, scaling none has the highest")
    assert words[1].startswith("After 40 epochs, scaling sqrt has the highest")
    assert words[2].startswith("In jobs of 40 epochs, what is best after 10 is ")
    assert words[2].partition("after 10 is ")[2].startswith(("9.", "10."))
    vary = '[vary]\n"pretrain.epochs" = [10, 40]\n"pretrain.batch_size" = [64, 128, 256]'
    same = study(tmp_path / "same", lambda *given: 0.1 * (256 in given), vary=vary)
    assert crossed_words(same.axes.crossed[0, 1])[-1] == "Jobs of 10 epochs choose as those of 40 do."


def test_a_study_of_one_cell_leads_with_its_settings_and_compares_no_cells(tmp_path):
    def score(first, second, seed, at=None):
        return 0.5 + 0.1 * ((at or {}).get("batch_size") == 256) + 0.01 * seed

    build(tmp_path, ["crop"], score, [0, 1, 2], {}, VARY, varied=score)
    ab.write_report(tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "batch_size 256 has the highest" in page.partition('id="heatmap"')[0]
    assert page.index('id="settings"') < page.index('id="colour"')
    for about_cells in (
        "All other cells",
        'id="effects"',
        'id="classes"',
        "Does the answer change with the epochs",
    ):
        assert about_cells not in page


def test_the_page_asks_whether_it_holds(tmp_path):
    study(tmp_path, larger)
    ab.write_report(tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Does it hold when the settings change?" in page
    assert "batch_size 256 has the highest" in page


@pytest.mark.slow
def test_values_that_mean_the_same_are_told_apart_at_most_as_often_as_promised():
    rng, found, moved, tried = np.random.default_rng(0), 0, 0, 80
    for _ in range(tried):
        values = {k: null_results(rng) for k in range(4)}
        frame = along_frame(values, None, "linear_top1_val")
        found += bool(frame.loc[frame["first"] == "", "distinguishable"].any())
        moved += any(rank_frame(values, 0, None, "linear_top1_val")["moved"].str.len() > 0)
    assert found <= binom.ppf(0.999, tried, 0.05)
    assert moved <= binom.ppf(0.999, tried, 0.15)  # three values are each compared with the grid's own


def null_results(rng):
    cells = [(a, b) for a in NAMES for b in NAMES]
    rows = [
        (a, b, seed, "ok", f"{a}{b}{seed}", max(ALONE[a], ALONE[b]) + 0.01 * rng.standard_normal())
        for a, b in cells
        for seed in range(3)
    ]
    frame = pd.DataFrame(rows, columns=["first", "second", "seed", "outcome", "id", "linear_top1_val"])
    frame.attrs["cells"] = [list(cell) for cell in cells]
    return frame


def test_the_grids_own_value_is_drawn_where_it_is_not_one_of_the_axis(tmp_path):
    vary = '[vary]\n"pretrain.objective" = ["byol", "vicreg"]\n"pretrain.scaling" = ["none", "sqrt"]'
    found = study(tmp_path, lambda *_: 0.0, vary=vary)
    [crossed] = found.axes.crossed.values()
    ax = crossed_plot(crossed, Figure().add_subplot())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [*reversed(crossed.values)]
    assert set(crossed.axis.labels) <= set(crossed.values)
