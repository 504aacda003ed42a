"""What colour distortion adds under each value of a setting: planted gains, and what is left of none."""

import numpy as np
import pytest

import ablation as ab
from ablation.results.findings.along_words import along_words
from ablation.results.findings.colour_along import colour_crossed_words, colour_words
from ablation.results.findings.verdict import verdict
from ablation.results.study import read_study
from tests.results.builder import build
from tests.results.findings.test_along import study

OBJECTIVES = '[vary]\n"pretrain.objective" = ["nt-xent", "byol", "vicreg"]'


def needs_color(first, second, *at):
    """Color adds 10 points beside crop under NT-Xent, 4 under the others, and none beside blur."""
    gains = 0.10 if "nt-xent" in at else 0.04
    return gains * ({first, second} == {"crop", "color"})


def own(first, second, *at):
    return needs_color(first, second, *(at if isinstance(at[0], str) else ("nt-xent", *at)))


@pytest.fixture
def found(tmp_path):
    return study(tmp_path, own, vary=OBJECTIVES)


def test_a_planted_gain_is_found_beside_each_augmentation_and_on_average(found):
    frame = ab.colour_along(found).frame.set_index(["first", "value"])
    for a, value, gain in [
        ("crop", "nt-xent", 0.10),
        ("crop", "byol", 0.04),
        ("blur", "vicreg", 0.0),
        ("", "nt-xent", 0.05),
    ]:
        row = frame.loc[(a, value)]
        assert row["low"] < gain < row["high"]
    assert frame.loc[[("crop", "byol"), ("crop", "vicreg")], "distinguishable"].all()
    assert not frame.loc["blur"]["distinguishable"].any()


def test_it_is_what_a_verdict_goes_by(found):
    effects = verdict(found.results, found.baselines).evidence.effects
    frame = ab.colour_along(found).frame
    here = frame[(frame["value"] == "nt-xent") & (frame["first"] != "")].set_index("first")["mean"]
    assert here.to_dict() == pytest.approx(effects)


def test_words_say_with_which_value_it_adds_most_and_with_which_less(found):
    crop, blur = colour_words(ab.colour_along(found), 10)
    changes = "changes validation linear top-1 by these points: "
    assert crop.startswith(f"In jobs of 10 epochs, adding colour distortion to crop {changes}+")
    assert crop.endswith("It adds most with nt-xent, and distinguishably less with byol and vicreg.")
    assert blur.startswith(f"In jobs of 10 epochs, adding colour distortion to blur {changes}")
    assert blur.endswith("no other value is distinguishable from it.")


def test_jobs_of_different_lengths_are_not_told_as_of_one(tmp_path):
    lengths = (
        '[vary]\npretrain = [{ objective = "nt-xent", epochs = 10 }, { objective = "byol", epochs = 5 }]'
    )
    found = study(tmp_path, needs_color, vary=lengths)
    [crop, _], [best, *_] = colour_words(ab.colour_along(found), 10), along_words(ab.along(found), 10)
    assert crop.startswith(
        "In jobs whose epochs differ from value to value, adding colour distortion to crop"
    )
    assert "with byol (epochs 5)" in crop
    assert best.endswith("jobs whose epochs differ from value to value).")


def test_what_distortion_costs_is_told_as_a_cost(tmp_path):
    paid = study(tmp_path, lambda first, second, *_: -0.2 * ("color" in (first, second)), vary=OBJECTIVES)
    told, _ = colour_words(ab.colour_along(paid), 10)
    assert "It costs least with" in told
    assert told.endswith("no other value is distinguishable from it.")


def test_a_gain_that_longer_jobs_lose_is_told_by_epochs(tmp_path):
    def fades(first, second, *at):
        return own(first, second, *at) * (40 not in at)

    found = study(tmp_path, fades, vary=OBJECTIVES + '\n"pretrain.epochs" = [10, 40]')
    [crossed] = found.axes.colour_crossed.values()
    short, _, long, _ = colour_crossed_words(crossed)
    assert short.startswith("After 10 epochs, ")
    assert "least" not in short
    assert long.startswith("After 40 epochs, ")
    assert long.endswith("no other value is distinguishable from it.")
    ab.write_report(tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "What colour distortion adds" in page
    assert short in page


def test_a_grid_without_distortion_has_nothing_to_tell(tmp_path):
    plain = study(tmp_path, lambda *_: 0.0, vary=OBJECTIVES + '\nonly = ["crop", "blur"]')
    assert ab.colour_along(plain) is None


def test_whole_policies_are_compared_where_there_are_no_pairs(tmp_path):
    luck = np.random.default_rng(0)

    def value(first, second, seed, at=None):
        gains = 0.1 if (at or {"objective": "nt-xent"})["objective"] == "nt-xent" else 0.04
        return 0.5 + gains * ("color" in first) + 0.01 * seed + 0.002 * luck.standard_normal()

    both = '"crop + color" = ["crop", "color"]\n' + OBJECTIVES
    build(tmp_path, ["crop", "blur"], value, [0, 1, 2], {}, both, "pairs = []", varied=value)
    frame = ab.colour_along(tmp_path).frame
    assert set(frame["first"]) == {"crop"}
    assert frame["mean"].round(2).tolist() == [0.10, 0.04, 0.04]


STRENGTHS = """[vary]
"pretrain.objective" = ["nt-xent", "supervised"]
"augmentations.color.strength" = [0.25, 0.5, 1.0]
"""


@pytest.mark.parametrize(
    ("hurts", "told"), [(0.04, " points higher (95 % "), (-0.12, "cannot be told apart")]
)
def test_strength_that_helps_one_objective_and_hurts_another_is_told(tmp_path, hurts, told):
    luck = np.random.default_rng(2)

    def value(first, second, seed, at=None):
        at = at or {"objective": "nt-xent", "color.strength": 1.0}
        slope = 0.12 if at["objective"] == "nt-xent" else -hurts
        strength = at["color.strength"] if {first, second} == {"crop", "color"} else 0.0
        return 0.4 + slope * strength / 0.75 + 0.01 * seed + 0.001 * luck.standard_normal()

    build(tmp_path, ["crop", "color"], value, [0, 1, 2], {}, STRENGTHS, varied=value)
    axes = read_study(tmp_path).axes
    [places] = axes.colour_gains
    more = axes.colour_gains[places].set_index("value").loc["nt-xent"]
    assert more["more_low"] < 0.12 + hurts < more["more_high"]
    *_, last = colour_crossed_words(axes.colour_crossed[places], axes.colour_gains[places], 10)
    assert last.startswith(
        "In jobs of 10 epochs, going from color.strength 0.25 to 1.0 changes what colour distortion adds to "
        "validation linear top-1 by +"
    )
    assert told in last
