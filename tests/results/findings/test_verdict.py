from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ablation.grid.models import Grid
from ablation.results.findings.colors import Colors
from ablation.results.findings.evidence import Change, Evidence
from ablation.results.findings.verdict import rule, verdict
from ablation.results.loading import load_baselines, load_results
from ablation.results.statistics.intervals import mean_interval, t_quantile
from tests.results.builder import build

ENTRIES = {"crop": {}, "blur": {}, "color": {}}


def results(effect, leak_fall=4.0, use_fall=0.3, entries=ENTRIES, seeds=3, spread=0.001, **grid):
    """A grid in which colour distortion adds `effect` to each A; a number, or one by A."""
    made = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": entries, **grid})
    rows = []
    for first, second, seed in product(made.resolved, made.resolved, range(seeds)):
        if first is not second and not made.has_pair(first, second):
            continue
        colored = first is not second and any(one.entry == "color" for one in (first, second))
        a = second.name if first.entry == "color" else first.name
        gain = effect.get(a, 0.0) if isinstance(effect, dict) else effect
        top1 = 0.4 + 0.05 * seed + colored * (gain + spread * (seed - 1))
        rows.append(
            {
                "first": first.name,
                "second": second.name,
                "seed": seed,
                "outcome": "ok",
                "linear_top1": 0.9,  # to be seen where it is used by mistake
                "linear_top1_val": top1,
                "leak_bits_chroma": 5.1 - colored * leak_fall,
                "color_use": 0.4 - colored * use_fall,
            }
        )
    frame = pd.DataFrame(rows)
    names = pd.CategoricalDtype([augmentation.name for augmentation in made.resolved], ordered=True)
    frame = frame.astype({"first": names, "second": names})
    frame.attrs["grid"] = made.model_dump(mode="json")
    frame.attrs["cells"] = frame[["first", "second"]].drop_duplicates().to_numpy().tolist()
    return frame


def floors(balanced=0.11):
    return pd.DataFrame(
        {
            "kind": ["color-histogram", "raw-pixels"],
            "seed": [None, None],
            "outcome": "ok",
            "linear_balanced_val": [balanced, 0.5],
        }
    )


def judged(frame, floor=0.11, classes=10, images=1000, **changes):
    return verdict(frame, floors(floor), classes, images, **changes)


def gap(frame, first, second, seed, outcome="diverged"):
    where = (frame["first"] == first) & (frame["second"] == second) & (frame["seed"] == seed)
    frame.loc[where, ["linear_top1_val", "color_use"]] = np.nan
    frame.loc[where, "outcome"] = outcome
    return frame


def test_colour_distortion_that_helps_and_takes_leak_and_use_away_shows_a_shortcut():
    found = judged(results(0.2))
    assert found.word == "shortcut"
    assert found.sentence == (
        "In jobs of 10 epochs, colour distortion changes validation linear top-1 by +20.0 points "
        "(95 % interval +19.8 to +20.2, 3 seeds; mean over 2 augmentations, from +20.0 with crop "
        "to +20.0 with crop); chroma leak goes from 5.10 to 1.10 bits; use of colour (R²) goes from +0.400 "
        "to +0.100; a colour histogram alone reaches 11.0 % (chance 10.0 %). "
        "Colour is a shortcut here: distort it."
    )


def test_colour_distortion_that_harms_where_colour_tells_the_class_shows_a_signal():
    found = judged(results({"crop": -0.02, "blur": -0.2}), floor=0.5)
    assert found.word == "signal"
    assert "from −20.0 with blur to −2.0 with crop" in found.sentence
    assert found.sentence.endswith("Colour is a signal here: distortion costs accuracy.")
    assert "distort it" not in found.sentence


@pytest.mark.parametrize(
    ("frame", "floor", "why"),
    [
        (results(0.001, spread=0.01), 0.11, "the interval contains 0"),
        (results(-0.001, spread=0.01), 0.5, "the interval contains 0"),
        (results(0.2, leak_fall=0.9), 0.5, "the chroma leak does not fall by at least 1 bit"),
        (results(0.2, use_fall=0.0), 0.5, "the use of colour does not fall"),
        (results(0.2, use_fall=-0.1), 0.5, "the use of colour does not fall"),
        (results(-0.2), 0.11, "a colour histogram alone is not clearly above chance"),
        (results(0.2, seeds=1), 0.11, "one seed gives no interval (run with --seeds 3)"),
        (
            results({"crop": 0.02, "blur": -0.2}),
            0.5,
            "distortion costs accuracy on average, but gains accuracy with crop",
        ),
        (
            results({"crop": 0.2, "blur": -0.02}),
            0.11,
            "distortion gains accuracy on average, but costs accuracy with blur",
        ),
    ],
)
def test_less_is_no_evidence_and_the_sentence_says_what_fails(frame, floor, why):
    found = judged(frame, floor)
    assert found.word == "no evidence"
    assert found.sentence.endswith(f" No evidence either way: {why}.")
    assert "distort it" not in found.sentence


def test_the_effect_of_one_seed_is_told_without_an_interval():
    found = judged(results(0.2, seeds=1, spread=0.0))
    assert found.evidence.interval is None
    assert "by +20.0 points (1 seed; " in found.sentence


def test_the_effect_and_its_interval_are_paired_over_seeds():
    evidence = judged(results(0.2, spread=0.03)).evidence
    by_seed = [0.17, 0.20, 0.23]  # seeds themselves lie 5 points apart
    expected = stats.t.interval(0.95, 2, np.mean(by_seed), stats.sem(by_seed))
    assert evidence.accuracy.difference == pytest.approx(0.2)
    assert evidence.interval == pytest.approx(expected)
    assert evidence.effects == {"crop": pytest.approx(0.2), "blur": pytest.approx(0.2)}


def test_each_augmentation_counts_once_and_color_itself_not_at_all():
    frame = results({"crop": 0.3, "blur": -0.1})
    frame.loc[(frame["first"] == "color") & (frame["second"] == "color"), "linear_top1_val"] = 0.0
    assert judged(frame).evidence.accuracy.difference == pytest.approx(0.1)


def test_both_orders_and_every_strength_count():
    entries = ENTRIES | {"color": {"strength": [0.25, 1.0]}}
    frame = results(0.0, entries=entries, spread=0.0)
    frame.loc[(frame["first"] == "crop") & (frame["second"] == "color 0.25"), "linear_top1_val"] += 0.4
    assert judged(frame).evidence.effects == {"crop": pytest.approx(0.1), "blur": pytest.approx(0.0)}


def test_what_mixes_color_with_something_else_is_on_neither_side():
    entries = ENTRIES | {"simclr": ["crop", "color"], "planckian": {}}
    frame = results(0.2, entries=entries)
    odd = frame["first"].isin(["simclr", "planckian"]) | frame["second"].isin(["simclr", "planckian"])
    frame.loc[odd, "linear_top1_val"] = 0.0
    assert judged(frame).evidence.effects == judged(results(0.2)).evidence.effects


def test_a_users_own_colour_distortion_can_be_named():
    entries = {"crop": {}, "mine": {"python": "mine:Twist"}}
    frame = results(0.0, entries=entries)
    frame.loc[frame["first"] != frame["second"], "linear_top1_val"] += 0.2
    mine = frozenset({"mine"})
    assert judged(frame).evidence.accuracy is None
    assert judged(frame, colors=Colors(mine, mine)).evidence.effects == {"crop": pytest.approx(0.2)}


@pytest.mark.parametrize(
    ("pairs", "expected"), [(["color"], ["crop", "blur"]), (["crop"], ["crop"]), ([], [])]
)
def test_a_grid_of_some_pairs_is_judged_by_those(pairs, expected):
    found = judged(results(0.2, pairs=pairs))
    assert list(found.evidence.effects) == expected
    assert found.word == ("shortcut" if expected else "no evidence")


def test_a_grid_without_color_has_nothing_to_compare():
    found = judged(results(0.0, entries={"crop": {}, "blur": {}}))
    assert (found.word, found.sentence) == (
        "no evidence",
        "No evidence either way: it takes cells with and without colour distortion, and the grid has none.",
    )


@pytest.mark.parametrize("first", ["crop", "color"])
def test_an_augmentation_with_a_gap_is_left_out_and_named(first):
    frame = results({"crop": 0.9, "blur": 0.2})
    found = judged(gap(frame, first, "crop", seed=1))
    assert list(found.evidence.effects) == ["blur"]
    assert found.evidence.accuracy.difference == pytest.approx(0.2)
    assert found.evidence.left_out == ("crop",)
    assert "Left out because of gaps: crop." in found.sentence


def test_a_seed_that_has_only_begun_is_left_out_and_named():
    frame = results(0.2)
    begun = frame[(frame["seed"] < 2) | (frame["first"] == "crop")]
    found = judged(begun)
    assert found.word == "shortcut"
    assert (found.evidence.seeds, found.evidence.left_out) == ((0, 1), ("seed 2",))


@pytest.mark.parametrize(
    ("gaps", "effects", "seeds"),
    [
        ([("crop", 0), ("crop", 1), ("crop", 2)], ["blur"], (0, 1, 2)),
        ([("crop", 0), ("blur", 0)], ["crop", "blur"], (1, 2)),
        ([("crop", 0), ("blur", 0), ("blur", 1)], ["crop"], (1, 2)),
        ([("crop", 0), ("blur", 1)], ["blur"], (0, 2)),
    ],
)
def test_what_is_left_is_without_gaps(gaps, effects, seeds):
    frame = results(0.2)
    for a, seed in gaps:
        frame = gap(frame, a, a, seed)
    evidence = judged(frame).evidence
    assert (list(evidence.effects), evidence.seeds) == (effects, seeds)


def test_gaps_everywhere_leave_no_evidence():
    frame = results(0.2).assign(linear_top1_val=np.nan, outcome="failed")
    found = judged(frame)
    assert found.word == "no evidence"
    assert found.sentence.endswith("with and without colour distortion, and all such cells have gaps.")
    assert judged(frame.iloc[:0]).word == "no evidence"


def test_cells_that_collapsed_count_and_are_told():
    frame = results(0.2)
    frame.loc[frame["first"] == "color", "outcome"] = "collapsed"  # of each seed three, of which two count
    found = judged(frame)
    assert found.evidence.collapsed == 6
    assert "Collapsed cells included: 6. " in found.sentence


@pytest.mark.parametrize(
    ("column", "name"), [("leak_bits_chroma", "chroma leak"), ("color_use", "use of colour")]
)
def test_a_shortcut_needs_leak_and_use_of_every_cell(column, name):
    whole = results(0.2)
    torn = whole.copy()
    torn.loc[0, column] = np.nan
    for frame in (whole.drop(columns=column), torn):
        found = judged(frame)
        assert found.word == "no evidence"
        assert f"Missing: {name}. " in found.sentence
        assert found.sentence.endswith(
            "a shortcut cannot be shown without the chroma leak and the use of colour."
        )


def test_old_results_still_show_a_signal():
    found = judged(results(-0.2).drop(columns=["leak_bits_chroma", "color_use"]), floor=0.5)
    assert found.word == "signal"
    assert "Missing: chroma leak, use of colour. " in found.sentence


def test_where_the_mean_says_nothing_what_colour_does_beside_the_best_alone_is_said():
    frame = results({"crop": 0.1, "blur": -0.1}, spread=0.005)
    frame["linear_top1_val"] += 0.2 * ((frame["first"] == "crop") | (frame["second"] == "crop"))
    found = judged(frame)
    assert (found.word, found.evidence.best) == ("no evidence", "crop")
    assert found.sentence.endswith(
        "the interval contains 0; but beside crop, which is best alone, distortion gains 10.0 points "
        "(+8.8 to +11.2)."
    )
    frame["linear_top1_val"] -= 0.4 * ((frame["first"] == "crop") | (frame["second"] == "crop"))
    assert "beside blur, which is best alone, distortion costs 10.0 points" in judged(frame).sentence


def test_a_signal_needs_the_floor():
    without = floors().query("kind != 'color-histogram'")
    found = verdict(results(-0.2), without, 10, 1000)
    assert found.word == "no evidence"
    assert found.sentence.endswith("a signal cannot be shown without the colour-histogram floor.")


EVIDENCE = Evidence(
    accuracy=Change(0.5, 0.4), interval=(-0.2, -0.1), leak=None, use=None, floor=0.5, classes=10, images=1000,
    effects={"crop": -0.1}, intervals={"crop": (-0.2, -0.1)}, seeds=(0, 1), left_out=(), collapsed=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("floor", "classes", "images", "clear"),
    [
        (0.14, 10, 100_000, False),  # certain, and a trifle
        (0.145, 10, 100_000, True),
        (0.145, 10, 400, False),  # three standard errors are .045
        (0.59, 2, 100_000, False),
        (0.61, 2, 100_000, True),
        (0.02, 100, 100_000, True),
        (0.05, 10, 100_000, False),  # below chance
        (1.0, 10, 1000, True),
        (None, 10, 1000, False),
    ],
)
def test_a_floor_is_clear_where_it_is_neither_accident_nor_trifle(floor, classes, images, clear):
    evidence = replace(EVIDENCE, floor=floor, classes=classes, images=images)
    assert evidence.floor_is_clear == clear
    assert rule(evidence)[0] == ("signal" if clear else "no evidence")


@pytest.mark.parametrize(
    ("interval", "word"),
    [
        ((1e-6, 0.1), "shortcut"),
        ((0.0, 0.1), "no evidence"),
        ((-0.1, 0.0), "no evidence"),
        ((-0.1, -1e-6), "signal"),
    ],
)
def test_an_interval_that_touches_0_is_no_evidence(interval, word):
    both = replace(EVIDENCE, interval=interval, intervals={}, leak=Change(5.0, 1.0), use=Change(0.4, 0.1))
    assert rule(both)[0] == word


@pytest.mark.parametrize(("with_color", "word"), [(3.6, "shortcut"), (3.61, "no evidence")])
def test_a_fall_of_exactly_one_bit_is_enough(with_color, word):
    # 4.6 - 3.6 is 0.9999999999999996
    gain = replace(
        EVIDENCE, interval=(0.1, 0.2), intervals={}, leak=Change(4.6, with_color), use=Change(0.4, 0.1)
    )
    assert rule(gain)[0] == word


def test_a_leak_a_little_below_zero_is_written_as_none():
    frame = results(0.2).assign(leak_bits_chroma=-0.001)
    assert "chroma leak goes from 0.00 to 0.00 bits" in judged(frame).sentence


def test_the_floor_is_the_balanced_accuracy_of_the_part_that_is_judged():
    test_scores = floors().assign(linear_balanced=0.7)
    frame = results(0.2)
    found = verdict(frame, test_scores, 10, 1000, metric="linear_top1")
    assert (found.evidence.floor, found.evidence.accuracy) == (0.7, Change(0.9, 0.9))
    assert "test linear top-1" in found.sentence


def test_the_frame_says_of_how_many_images_the_accuracies_are():
    frame = results(-0.2)
    with pytest.raises(ValueError, match="how many classes"):
        verdict(frame, floors(0.5))
    frame.attrs["sizes"] = {"classes": 7, "train": 90, "validation": 18, "test": 40}
    evidence = verdict(frame, floors(0.5)).evidence
    assert (evidence.classes, evidence.images) == (7, 18)
    assert verdict(frame, floors(0.5), images=5).evidence.images == 5


def test_another_metric_is_refused():
    with pytest.raises(ValueError, match="no accuracy is called 'loss'"):
        judged(results(0.2), metric="loss")


def test_a_results_folder_is_judged_as_it_is_loaded(tmp_path):
    folder = build(
        tmp_path,
        ["crop", "blur", "color"],
        lambda a, b, _: 0.5 - 0.2 * (a != b == "color"),
        seeds=[0, 1, 2],
    )
    found = verdict(load_results(folder), load_baselines(folder))
    assert (found.evidence.classes, found.evidence.images) == (10, 20)
    assert found.evidence.leak == Change(5.5, 1.5)
    assert found.evidence.use == Change(0.25, 0.25)
    found = verdict(load_results(folder), load_baselines(folder), images=1000)
    assert found.evidence.accuracy.difference == pytest.approx(-0.1)
    assert found.evidence.floor == pytest.approx((0.238 - 0.01) * 0.99)
    assert found.word == "signal"


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 10, 99])
def test_quantiles_of_t_are_scipys(freedom):
    assert t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-12)


def test_one_value_has_no_interval_and_equal_ones_a_point():
    assert mean_interval([0.2]) is None
    assert mean_interval([]) is None
    assert mean_interval([0.2, 0.2]) == (0.2, 0.2)


@pytest.mark.parametrize(("longest", "word"), [(10, "signal"), (40, "no evidence"), (None, "signal")])
def test_a_signal_in_shorter_jobs_than_the_race_goes_to_is_not_settled(longest, word):
    found = judged(results(-0.2), floor=0.5, longest=longest)
    assert found.word == word
    assert found.sentence.endswith(
        "Not settled: distortion costs accuracy in jobs of 10 epochs, but the race goes to 40, and too few "
        "cells with and without it have run that long."
    ) == (word == "no evidence")
