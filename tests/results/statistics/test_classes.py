"""Effects on single classes: those of the class's own images, and nothing where nothing is planted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import ablation as ab
from ablation.results.findings.class_words import class_words, pays_words
from ablation.results.statistics.class_estimates import estimate_classes
from ablation.results.statistics.classes import class_effects
from ablation.results.statistics.grid import statistics
from ablation.results.stored.pictures import Pictures
from tests.results.simulated import POINT
from tests.results.simulated_classes import CLASSES, Classes, corrected, dependent, each_p, simulate_classes

PAIRS = Path(__file__).parents[3] / "results" / "reference" / "cifar10-pairs"
NO_FLOORS = pd.DataFrame(columns=["kind", "seed", "outcome", "linear_top1", "id"])
FIVE = Classes(operations=3, classes=5, images=200)


def frames(world=FIVE, seed=0, **changes):
    """Results and correct answers of a simulated grid, as they are loaded, its images class by class."""
    scores = next(simulate_classes(world, np.random.default_rng(seed), 1)).scores
    cells = [(first, second, s) for first, second in scores.cells for s in scores.seeds]
    results = pd.DataFrame(cells, columns=["first", "second", "seed"])
    right = np.concatenate([one.reshape(len(cells), -1) for one in scores.right], axis=1)
    results = results.assign(
        outcome="ok", linear_top1=right.mean(1), id=[f"job {i}" for i in range(len(cells))]
    )
    correct = pd.DataFrame(right, results["id"])
    correct.attrs["labels"] = np.repeat(
        np.arange(world.classes), [one.shape[2] for one in scores.right]
    ).tolist()
    return results, correct


def test_effects_are_those_of_the_committed_grid():
    found = ab.class_effects(PAIRS).set_index(["class", "augmentation"])
    points = (100 * found["effect"]).round(1)
    expected = {"bird": 2.7, "cat": -3.6, "airplane": -2.2}
    assert {name: points[name, "color"] for name in expected} == expected
    expected = {"frog": 3.7, "bird": -7.0, "horse": -4.9}
    assert {name: points[name, "rotate"] for name in expected} == expected
    assert found.loc[("bird", "rotate"), "deviates"]


def test_the_mean_of_the_classes_is_the_main_effect():
    results, correct = frames()
    found, mains = class_effects(results, correct), statistics(results, NO_FLOORS, correct).mains
    np.testing.assert_allclose(found.augmentations["effect"], mains["effect"], atol=1e-6)
    np.testing.assert_allclose(found.augmentations[["low", "high"]], mains[["low", "high"]], atol=0.003)
    by_class = found.frame.groupby("augmentation")[["effect", "deviation"]].mean()
    np.testing.assert_allclose(by_class["effect"], mains["effect"], atol=1e-6)
    np.testing.assert_allclose(by_class["deviation"], 0, atol=1e-12)


def test_the_order_of_images_and_the_numbers_of_classes_change_nothing():
    results, correct = frames()
    order = np.random.default_rng(1).permutation(correct.shape[1])
    turned = correct.iloc[:, order].copy()
    turned.attrs["labels"] = [9 - 2 * correct.attrs["labels"][i] for i in order]  # 9, 7, 5, 3, 1
    one, other = class_effects(results, correct), class_effects(results, turned)
    assert other.p == pytest.approx(one.p)
    assert list(other.classes["class"]) == [f"class {label}" for label in (1, 3, 5, 7, 9)]
    renumbered = other.frame.assign(label=(9 - other.frame["label"]) // 2)
    numbers = ["effect", "low", "high", "p", "deviation_p", "without"]
    left, right = (
        frame.set_index(["label", "augmentation"])[numbers].sort_index() for frame in (one.frame, renumbered)
    )
    pd.testing.assert_frame_equal(left, right)


def test_the_class_that_an_augmentation_destroys_is_named_and_no_other():
    results, correct = frames(Classes(operations=3, classes=5, images=200, planted=60 * POINT))
    names = ("six", "nine", "one", "two", "four")
    pictures = Pictures(np.empty(0, np.int32), np.empty((0, 3, 4, 4), np.uint8), names)
    found = class_effects(results, correct, pictures)
    assert found.p < 0.001
    assert found.augmentations.index[found.augmentations["heterogeneity"] < 0.05].tolist() == ["a", "b", "c"]
    worst = found.frame.loc[found.frame["effect"].idxmin()]
    assert (worst["class"], worst["augmentation"]) == ("six", "a")
    assert set(found.frame.loc[found.frame["significant"], "class"]) == {"six"}


def test_where_all_classes_gain_alike_nothing_is_found():
    found = class_effects(*frames(Classes(operations=3, classes=5, images=200, mains=6 * POINT), seed=1))
    assert found.p > 0.05
    assert not found.frame["deviates"].any()
    assert class_words(found).startswith("There is no evidence that classes differ")
    assert pays_words(found, ["a", "b", "c"]) is None


def test_one_seed_has_effects_but_no_intervals_and_says_so():
    results, correct = frames(Classes(operations=3, classes=3, images=50, seeds=1))
    found = class_effects(results, correct)
    assert found.frame["effect"].notna().all()
    assert found.frame["se_images"].gt(0).all()
    assert found.frame[["low", "high", "p", "deviation_p", "significant", "deviates"]].isna().all(axis=None)
    assert class_words(found).startswith("One seed cannot tell")
    assert pays_words(found, ["a"]) is None


def test_what_cannot_be_known_is_said():
    results, correct = frames()
    alone = results[results["first"] == results["second"]]
    alone.attrs["cells"] = [["a", "a"], ["b", "b"], ["c", "c"]]
    found = class_effects(alone, correct)
    assert len(found.frame) == 0
    assert class_words(found).startswith("Nothing can be said about single classes: this grid adds no")
    pending = class_effects(results.assign(linear_top1=np.nan), correct)
    assert class_words(pending).startswith("Nothing can be said about single classes yet")
    assert class_effects(results, correct.iloc[:0]) is None
    one = correct.copy()
    one.attrs["labels"] = [0] * correct.shape[1]
    assert class_effects(results, one) is None


def test_a_failed_cell_is_left_out_and_classes_of_one_image_are_no_fault():
    results, correct = frames(Classes(operations=4, classes=4, images=40))
    labels = np.array(correct.attrs["labels"])
    labels[labels == 3] = 2
    labels[-1] = 3
    correct.attrs["labels"] = labels.tolist()
    results.loc[1, ["outcome", "linear_top1"]] = "failed", np.nan
    found = class_effects(results, correct).frame
    assert np.isfinite(found[["effect", "low", "high", "p", "deviation_p"]]).all(axis=None)


def test_who_pays_is_said_with_intervals():
    frame = pd.DataFrame(
        {
            "class": ["cat", "dog", "bird"], "label": [0, 1, 2], "augmentation": "color",
            "effect": [-0.035, -0.02, 0.032], "low": [-0.065, -0.05, -0.003], "high": [-0.005, 0.01, 0.066],
            "significant": [True, False, False], "deviation": [-0.03, -0.01, 0.04], "deviates": True,
        }
    )  # fmt: skip
    found = class_effects(*frames())
    made = type(found)(frame, found.augmentations, found.classes, found.seeds, 0.01)
    assert pays_words(made, ["crop", "color", "color"]) == (
        "Some classes pay: added to the other augmentations, color costs cat 3.5 (0.5 to 6.5), and "
        "gains most on bird, 3.2 (\u22120.3 to 6.6) (points of test accuracy, with 95 % intervals corrected "
        "for all 3 effects)."
    )
    assert pays_words(made, ["crop"]) is None


def _errors(world, grids, seed):
    told = np.zeros(4)
    for grid in simulate_classes(world, np.random.default_rng(seed), grids):
        found = grid.estimates
        tests = found.heterogeneity.p, np.nanmin(found.heterogeneity.each)
        effects, apart = each_p(found.effects, grid.truth), each_p(found.deviations, grid.deviations)
        told += np.array([*tests, corrected(effects), corrected(apart)]) < 0.05
    return told


def test_on_small_grids_whose_classes_gain_alike_at_most_one_in_twenty_finds_anything():
    world = Classes(operations=3, classes=4, images=40, bias=2 * POINT, mains=4 * POINT)
    assert _errors(world, 100, 0).max() <= binom.ppf(0.999, 100, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["8 to 1,000 images", "classes confused in pairs", "2 classes"])
def test_where_classes_gain_alike_at_most_one_in_twenty_finds_anything(name):
    assert _errors(CLASSES[name], 120, 0).max() <= binom.ppf(0.995, 120, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["the model", "20 images a class"])
def test_intervals_of_classes_hold_the_truth(name):
    held = []
    for grid in simulate_classes(dependent(CLASSES[name]), np.random.default_rng(0), 40):
        found = estimate_classes(grid.scores)
        held.append(np.mean(each_p(found.effects, grid.truth) >= 0.05))
    error = np.std(held) / np.sqrt(len(held))
    assert 0.93 - 2 * error <= np.mean(held) <= 0.98 + 2 * error
