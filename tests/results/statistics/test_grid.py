import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import ablation as ab
from ablation.results.answers import statistics_of
from ablation.results.findings.statistics_words import sentences
from ablation.results.frames.means import cell_means
from ablation.results.statistics.grid import statistics
from ablation.results.stored.arrays import read_arrays
from ablation.results.stored.cells import CellResult, read_record, write_cell
from tests.results.builder import build

NAMES = ["crop", "color", "blur"]
NOTHING = pd.DataFrame(columns=["kind", "seed", "outcome", "linear_top1", "id"])


def frame(table, names=NAMES):
    """Results of a grid of all pairs from a table of cells by seeds; NaN where a cell failed."""
    pairs = [(first, second) for first in names for second in names]
    rows = [
        (*pair, seed, value) for pair, of in zip(pairs, table, strict=True) for seed, value in enumerate(of)
    ]
    made = pd.DataFrame(rows, columns=["first", "second", "seed", "linear_top1"])
    kind = pd.CategoricalDtype(names, ordered=True)
    outcomes = np.where(made["linear_top1"].isna(), "failed", "ok")
    return made.astype({"first": kind, "second": kind}).assign(outcome=outcomes, id=np.arange(len(made)))


def noise(seed=0, cells=9, seeds=3):
    return 0.4 + 0.01 * np.random.default_rng(seed).standard_normal((cells, seeds))


def floors(values):
    rows = [("random-init", seed, value) for seed, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["kind", "seed", "linear_top1"]).assign(outcome="ok", id=-1)


def test_two_cells_are_compared_as_by_a_paired_t_test():
    table = noise(cells=4)
    found = statistics(frame(table, ["a", "b"]), NOTHING)
    order = found.orders.loc[("a", "b")]
    expected = stats.ttest_rel(table[1], table[2])
    assert order["effect"] == pytest.approx((table[1] - table[2]).mean())
    assert order["p"] == pytest.approx(expected.pvalue)
    assert order[["low", "high"]].tolist() == pytest.approx(list(expected.confidence_interval()))


def test_means_and_deviations_are_those_of_the_seeds():
    table = noise()
    found = statistics(frame(table), NOTHING)
    np.testing.assert_allclose(found.cells["mean"], table.mean(1))
    np.testing.assert_allclose(found.cells["sd"], table.std(1, ddof=1))
    by_row = table.reshape(3, 3, 3).mean(1)
    np.testing.assert_allclose(found.rows["mean"], by_row.mean(1))
    np.testing.assert_allclose(found.rows["sd"], by_row.std(1, ddof=1))


def test_gaps_to_the_best_are_tukeys_where_variances_are_alike():
    table = noise(seed=2)  # moderated to one variance: then a two-way analysis of variance
    found = statistics(frame(table), NOTHING)
    residuals = table - table.mean(1, keepdims=True) - table.mean(0) + table.mean()
    error = np.sqrt((residuals**2).sum() / 16 / 3)
    gaps = table.mean(1).max() - table.mean(1)
    assert found.best["df"].iloc[0] == pytest.approx(16)
    np.testing.assert_allclose(found.best["p"], stats.studentized_range.sf(gaps / error, 9, 16), atol=1e-3)
    half = stats.studentized_range.ppf(0.95, 9, 16) * error
    np.testing.assert_allclose((found.best["high"] - found.best["gap"])[gaps > 0], half, rtol=1e-2)


def test_a_main_effect_is_the_mean_gain_beside_the_others():
    table = noise()
    of = dict(zip([(a, b) for a in NAMES for b in NAMES], table.mean(1), strict=True))
    by_hand = np.mean([(of["crop", b] + of[b, "crop"]) / 2 - of[b, b] for b in ("color", "blur")])
    found = statistics(frame(table), NOTHING)
    assert found.mains.loc["crop", "effect"] == pytest.approx(by_hand)
    assert found.mains["partners"].tolist() == [2, 2, 2]


def test_a_floor_with_seeds_is_paired_and_one_without_is_a_number():
    table = noise()
    seeded = statistics(frame(table + np.array([0, 0.1, 0.2])), floors([0.2, 0.3, 0.4]))
    constant = statistics(frame(table), floors([0.2]).assign(seed=pd.NA, kind="raw-pixels"))
    paired, single = seeded.gains.loc["random-init"], constant.gains.loc["raw-pixels"]
    np.testing.assert_allclose(paired, single)
    np.testing.assert_allclose(paired["gain"], table.mean(1) - 0.2)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 99), st.permutations(range(3)), st.lists(st.floats(-0.2, 0.2), min_size=3, max_size=3))
def test_the_order_of_seeds_and_what_they_share_change_no_difference(seed, order, shared):
    table = noise(seed)
    one, other = (statistics(frame(t), NOTHING) for t in (table, table[:, order] + shared))
    for name in ("best", "orders"):
        left, right = getattr(one, name), getattr(other, name)
        np.testing.assert_allclose(left.astype(float), right.astype(float), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(one.mains["effect"], other.mains["effect"], atol=1e-12)


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 99), st.permutations(NAMES))
def test_the_order_of_the_augmentations_changes_nothing_but_the_sign_of_orders(seed, names):
    results = frame(noise(seed))
    kind = pd.CategoricalDtype(names, ordered=True)
    turned = results.astype({"first": kind, "second": kind})
    one, other = statistics(results, NOTHING), statistics(turned, NOTHING)
    for name in ("cells", "best", "rows", "mains"):
        left, right = getattr(one, name), getattr(other, name)
        pd.testing.assert_frame_equal(
            left.sort_index(), right.sort_index(), check_like=True, check_index_type=False
        )
    assert sorted(one.orders["p"].round(9)) == sorted(other.orders["p"].round(9))


def test_a_difference_as_large_as_a_house_is_found_and_named():
    table = noise()
    table[1] += 0.2  # crop → color
    found = statistics(frame(table), NOTHING)
    assert found.leader == ("crop", "color")
    assert found.not_distinguishable == [("crop", "color")]
    assert found.orders.loc[("crop", "color"), "low"] > 0.1
    assert found.orders["p"].drop(index=("crop", "color")).min() > 0.05
    assert sentences(found)[1] == "All 8 other cells are significantly worse, corrected for 9 cells."


def test_a_cell_alone_has_students_interval():
    table = noise(cells=1)
    found = statistics(frame(table, ["crop"]), floors([0.3, 0.3, 0.3]))
    expected = stats.ttest_1samp(table[0], 0.3)
    low, high = expected.confidence_interval()
    cell, gain = found.cells.iloc[0], found.gains.iloc[0]
    assert cell[["low", "high"]].tolist() == pytest.approx([low, high])
    assert gain["p"] == pytest.approx(expected.pvalue)
    assert found.not_distinguishable == [("crop", "crop")]
    assert len(found.orders) == len(found.mains) == 0
    assert sentences(found)[0].startswith("The only cell by test linear top-1: crop, 40.2 % (95 % interval ")


def test_one_seed_gives_numbers_and_no_judgement():
    results = frame(noise(seeds=1))
    results.attrs["seconds_a_seed"] = 600.0
    found = statistics(results, floors([0.3]))
    for table in (found.cells, found.rows, found.best, found.orders, found.mains, found.gains):
        assert table[["low", "high", "se_seeds"]].isna().all(axis=None)
    assert found.best["distinguishable"].isna().all()
    assert len(found.not_distinguishable) == 9
    text = " ".join(sentences(found))
    assert "cannot tell how much the results vary between seeds" in text
    assert "(--seeds 3) would take about 20 minutes of job time more" in text
    assert "95 %" not in text


def test_a_gap_is_named_and_its_cell_is_corrected_for_the_seed_it_lacks():
    table = noise() + np.array([0, 0, 0.3])  # a seed far above the others
    table[4, 2] = np.nan
    found = statistics(frame(table), NOTHING)
    assert found.gaps == ("color: failed (seed 2)",)
    assert found.cells.loc[("color", "color"), "mean"] == pytest.approx(0.5, abs=0.03)
    assert found.cells.loc[("color", "color"), "n"] == 2
    assert found.best["se_seeds"].idxmax() == ("color", "color")
    assert found.best["p"].min() > 0.05
    assert found.rows["n"].tolist() == [3, 2, 3]
    assert "color" in found.mains.loc["crop", "left_out"]


def test_a_cell_without_any_number_has_no_statistics_and_harms_no_other():
    table = noise()
    whole = statistics(frame(table[[0, 1, 3, 4]], ["crop", "color"]), NOTHING)
    table[[2, 5, 6, 7, 8]] = np.nan
    found = statistics(frame(table), NOTHING)
    assert found.cells.loc["blur"][["mean", "low"]].isna().all(axis=None)
    assert set(found.cells.loc["blur"]["state"]) == {"failed"}
    left, right = found.best.dropna(subset="gap"), whole.best
    np.testing.assert_allclose(left["p"].astype(float), right["p"].astype(float))
    assert len(found.gaps) == 5


def test_a_seed_that_failed_is_named_once():
    table = noise(seeds=3)
    table[:, 1] = np.nan
    found = statistics(frame(table), NOTHING)
    assert found.seeds == (0, 2)
    assert found.gaps == ("seed 1: no cell has a result (failed)",)
    assert found.best["p"].notna().all()


def test_cells_that_share_no_seed_are_not_compared():
    table = np.full((9, 2), np.nan)
    table[:7, 0] = noise(seeds=1)[:7, 0]
    table[7:, 1] = 0.9
    found = statistics(frame(table), NOTHING)
    assert found.best["gap"].notna().sum() == 7
    assert len(found.gaps) == 9


def test_nothing_yet_is_said_to_be_nothing(tmp_path):
    folder = build(tmp_path, ["crop", "color"], lambda *_: None)
    found = statistics_of(folder)
    assert found.leader is None
    assert found.not_distinguishable == []
    assert sentences(found)[0] == "No cell has a test linear top-1 yet."


def test_a_folder_counts_the_images_in_and_finds_collapsed_cells(tmp_path):
    folder = build(
        tmp_path, NAMES, lambda *cell: 0.4 if cell != ("blur", "blur", 1) else "failed", seeds=[0, 1, 2]
    )
    results = ab.load_results(folder)
    for id in results["id"][results["second"] == "color"]:
        record = read_record(folder, id)
        write_cell(
            folder,
            CellResult(
                record.model_copy(update={"outcome": "collapsed"}),
                read_arrays(folder, read_record(folder, id)),
            ),
        )
    found = statistics_of(folder)
    assert found.covers_images
    assert found.gaps == ("blur: failed (seed 1)",)
    assert found.seconds_a_seed == pytest.approx((9 + 3) * 23.1)
    assert any("Collapsed" in sentence for sentence in sentences(found))
    assert not statistics_of(folder, "knn_top1").covers_images
    by_hand = statistics(results, ab.load_baselines(folder), ab.load_correct(folder))
    pd.testing.assert_frame_equal(by_hand.best["gap"].to_frame(), found.best["gap"].to_frame())


def test_a_csv_has_the_statistics_of_the_folder(tmp_path):
    draws = np.random.default_rng(0)
    folder = build(tmp_path / "grid", NAMES, lambda *_: 0.3 + float(draws.random()) / 9, seeds=[0, 1])
    results, baselines = ab.load_results(folder), ab.load_baselines(folder)
    results.to_csv(tmp_path / "cells.csv", index=False)
    baselines.to_csv(tmp_path / "baselines.csv", index=False)
    one = statistics(results, baselines)
    other = statistics(pd.read_csv(tmp_path / "cells.csv"), pd.read_csv(tmp_path / "baselines.csv"))
    for name in ("cells", "rows", "best", "orders", "mains", "gains"):
        left, right = getattr(one, name), getattr(other, name)
        pd.testing.assert_frame_equal(left, right, check_dtype=False, check_index_type=False)


def test_only_accuracies_have_statistics():
    with pytest.raises(ValueError, match="no accuracy is called 'leak_bits'"):
        statistics(frame(noise()), NOTHING, metric="leak_bits")


def test_a_grid_of_some_pairs_has_what_it_can_have(tmp_path):
    draws = np.random.default_rng(0)
    folder = build(
        tmp_path,
        NAMES,
        lambda *_: 0.3 + float(draws.random()) / 9,
        seeds=[0, 1, 2],
        first_lines='pairs = ["crop"]',
    )
    found = statistics_of(folder)
    assert len(found.best) == 7
    assert found.best["p"].notna().all()
    assert found.rows["mean"].notna().tolist() == [True, False, False]
    assert found.orders.index.tolist() == [("crop", "color"), ("crop", "blur")]
    assert found.mains["partners"].tolist() == [2, 1, 1]
    assert found.mains["p"].notna().all()


def test_a_floor_that_failed_is_named_and_its_seed_left_out_of_its_gains():
    values = floors([0.3, np.nan, 0.31]).assign(outcome=["ok", "failed", "ok"])
    found = statistics(frame(noise()), values)
    assert found.gaps == ("random-init: failed (seed 1)",)
    two = noise()[:, [0, 2]] - [0.3, 0.31]
    np.testing.assert_allclose(found.gains.loc["random-init"]["gain"], two.mean(1))


def test_the_mean_of_a_cell_is_one_number_wherever_it_is_written():
    scores = [[0.5975, 0.6015, 0.5965], [0.6315, 0.6185, 0.6245], [0.1, 0.2, 0.3]]
    rows = [
        (name, name, seed, "ok", one)
        for name, row in zip("abc", scores, strict=True)
        for seed, one in enumerate(row)
    ]
    results = pd.DataFrame(rows, columns=["first", "second", "seed", "outcome", "linear_top1"])
    results.attrs["cells"] = [["a", "a"], ["b", "b"], ["c", "c"]]
    found = statistics(results, NOTHING)
    assert cell_means(results)["mean"].tolist() == found.cells["mean"].tolist()
    assert found.cells["mean"].iloc[0] == 0.5985
