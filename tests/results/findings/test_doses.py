"""The dose-response of a sweep, the dose that is named, and the words for it."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from ablation.grid.models import Grid
from ablation.results.answers import doses
from ablation.results.findings.dose_choices import choose_doses
from ablation.results.findings.doses import WITHOUT, dose_frame
from ablation.results.findings.doses_words import dose_words
from ablation.results.findings.swept import sweeps_of
from ablation.results.study import read_study
from tests.results.builder import build
from tests.results.simulated import POINT

STRENGTHS = [0.125, 0.25, 0.5, 1.0]
PEAK = {0.125: 0.01, 0.25: 0.03, 0.5: 0.06, 1.0: 0.03}
ENTRIES = {"crop": {}, "color": {"strength": STRENGTHS}, "blur": {}}


def results(response, seeds=3, noise=0.3 * POINT, entries=ENTRIES, random=None, **grid):
    """A frame in which a dose adds `response` to whatever it is combined with; `noise` of each job's own.

    The response is by the dose, or by the dose and the partner.
    """
    random = np.random.default_rng(0) if random is None else random
    values = {"data": {"source": "shapes"}, "augmentations": entries, "pretrain": {"epochs": 12}}
    made = Grid.model_validate(values | grid)
    shared = 0.8 * POINT * random.standard_normal(seeds)
    rows = []
    for (first, second), seed in product(made.planned, range(seeds)):
        swept = [one for one in (first, second) if one.swept]
        dose = swept[0].swept[0][1] if swept else None
        partner = second.name if first.swept else first.name
        gain = response.get((dose, partner), response.get(dose, 0.0))
        top1 = 0.4 + gain + shared[seed] + noise * random.standard_normal()
        leak = 6.0 if dose is None else 5.0 - 3 * dose + 0.02 * seed
        rows.append((first.name, second.name, seed, "ok", top1, 0.9, leak, 0.05))
    columns = ["first", "second", "seed", "outcome", "linear_top1_val", "linear_top1", "leak_bits"]
    frame = pd.DataFrame(rows, columns=[*columns, "leak_bits_se"])
    names = pd.CategoricalDtype([one.name for one in made.resolved], ordered=True)
    frame = frame.astype({"first": names, "second": names})
    frame.attrs["grid"] = made.model_dump(mode="json")
    frame.attrs["cells"] = [[first.name, second.name] for first, second in made.planned]
    return frame


def said(*args, **changes):
    return " ".join(dose_words(dose_frame(results(*args, **changes))))


def choice(*args, **changes):
    (found,) = choose_doses(dose_frame(results(*args, **changes)))
    return found


def test_a_planted_dose_is_named():
    found = choice(PEAK)
    assert found.named["strength"] == found.best["strength"] == 0.5
    assert found.best["low"] < 0.06 < found.best["high"]
    assert found.further is None
    told = said(PEAK)
    assert (
        "Of color strength 0.125, 0.25, 0.5, 1 and no color, beside crop and blur, 0.5 has the highest"
        in told
    )
    assert "All the others are significantly worse, corrected for their number." in told
    assert "Colour leak: 6.00 bits with no color, 3.52 with 0.5." in told
    assert "These are jobs of 12 epochs." in told


def test_effects_are_paired_within_seeds_and_averaged_over_orders_and_partners():
    frame = results(PEAK, noise=0.5 * POINT)
    table = frame.pivot_table("linear_top1_val", ["first", "second"], "seed", observed=True)
    beside = [
        table.loc[[(b, "color 0.5"), ("color 0.5", b)]].mean() - table.loc[(b, b)] for b in ("crop", "blur")
    ]
    found = dose_frame(frame)
    by_hand = found[(found["augmentation"] == "color 0.5")].set_index("beside")["effect"]
    assert by_hand[""] == pytest.approx(np.mean(beside))
    assert by_hand["crop"] == pytest.approx(beside[0].mean())
    assert (found.loc[found["augmentation"] == WITHOUT, "effect"] == 0).all()


def test_the_interval_of_the_best_over_none_and_its_p_agree():
    for strength in np.linspace(0, 1.5 * POINT, 5):
        found = choice(dict.fromkeys(STRENGTHS, -1.0) | {0.5: strength}, noise=0.5 * POINT)
        if found.best["augmentation"] != WITHOUT:
            assert (found.rows[0]["p"] < 0.05) == (found.best["low"] > 0)


def test_where_all_doses_are_alike_one_sweep_in_twenty_tells_any_apart():
    random, sweeps = np.random.default_rng(0), 40
    entries = {"crop": {}, "color": {"strength": STRENGTHS}}
    found = [choice({}, random=random, noise=0.7 * POINT, entries=entries) for _ in range(sweeps)]
    wrong = sum(len(one.alike) < len(one.rows) for one in found)
    assert wrong <= binom.ppf(0.995, sweeps, 0.05)
    quiet = next(one for one in found if len(one.alike) == len(one.rows))
    assert (quiet.named, quiet.further, quiet.otherwise) == (None, None, ())


def test_nothing_is_named_where_leaving_it_out_is_as_good():
    assert "does not show that color helps at any of these values" in said({})
    assert choice({dose: -0.05 * dose for dose in STRENGTHS}).named is None


def test_of_doses_that_are_as_good_the_weakest_is_named_without_assuming_an_order():
    tied = {0.125: 0.05, 0.25: 0.0, 0.5: 0.051, 1.0: 0.049}
    found = choice(tied)
    assert found.named["strength"] == 0.125
    assert {row["strength"] for row in found.alike} == {0.125, 0.5, 1.0}
    assert "Take 0.125, the weakest of these: it changes the images least." in said(tied)


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ({dose: 0.06 * dose for dose in STRENGTHS}, "end of the sweep: stronger values, such as 2, were not"),
        ({dose: 0.1 - 0.06 * dose for dose in STRENGTHS}, "end of the sweep: weaker values, such as 0.0625,"),
    ],
)
def test_a_best_dose_at_the_end_of_the_sweep_is_called_that(response, words):
    assert words in said(response)


def test_no_value_is_suggested_that_the_parameter_cannot_have():
    entries = ENTRIES | {"color": {"operation": "grayscale", "p": [0.25, 0.5, 1.0]}}
    assert "end of the sweep" not in said({p: 0.06 * p for p in (0.25, 0.5, 1.0)}, entries=entries)


def test_one_seed_tells_nothing_apart():
    found = dose_frame(results(PEAK, seeds=1))
    assert found["low"].isna().all()
    assert found["distinguishable"].isna().all()
    assert found.loc[1, "leak_high"] - found.loc[1, "leak_low"] > 0  # from its own error
    assert choice(PEAK, seeds=1).named is None
    assert "One seed cannot tell values of color strength apart: 0.5 has the highest" in said(PEAK, seeds=1)


def test_a_partner_beside_which_another_dose_is_better_is_told():
    response = PEAK | {(0.125, "blur"): 0.06, (0.5, "blur"): 0.0, (0.5, "crop"): 0.14}
    assert "But 0.5 is significantly worse beside blur, where 0.125 is best." in said(response)


def test_gaps_are_left_out_and_named():
    frame = results(PEAK)
    frame.loc[(frame["first"] == "blur") & (frame["second"] == "color 0.5"), "linear_top1_val"] = np.nan
    found = dose_frame(frame)
    assert set(found.loc[found["beside"] == "", ["partners", "left_out"]].agg(tuple, axis=1)) == {
        ("crop", "blur")
    }
    assert (
        found[found["beside"] == ""]["effect"].tolist() == found[found["beside"] == "crop"]["effect"].tolist()
    )
    assert "Left out because of gaps: blur." in " ".join(dose_words(found))


def test_a_dose_that_always_diverges_is_left_out_alone():
    frame = results(PEAK)
    frame.loc[(frame["first"] == "color 1") | (frame["second"] == "color 1"), "linear_top1_val"] = np.nan
    mean = dose_frame(frame).query("beside == ''").set_index("augmentation")
    assert mean["effect"].isna().tolist() == [False, False, False, False, True]
    assert mean["partners"].unique().tolist() == ["crop, blur"]
    assert mean.loc["color 1", "leak_bits"] == pytest.approx(2.02)


def test_policies_without_partners_are_compared_with_their_weakest_dose():
    entries = {"policy": ["crop", {"operation": "color", "strength": STRENGTHS}]}
    found = dose_frame(results(PEAK, entries=entries, pairs=[]))
    assert found["augmentation"].tolist() == [f"policy {dose:g}" for dose in STRENGTHS]
    assert found["effect"].iloc[0] == 0
    assert "0.5 has the highest" in said(PEAK, entries=entries, pairs=[])


def test_fewer_bits_are_the_stronger_dose():
    entries = {"crop": {}, "posterize": {"bits": [2, 4, 6]}}
    grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": entries})
    (sweep,) = sweeps_of(grid)
    assert [sweep.strength(dose) for dose in sweep.doses] == [6, 4, 2]


def test_a_folder_is_read_and_a_grid_without_a_sweep_or_results_says_nothing(tmp_path):
    swept = "color = { strength = [0.5, 1.0] }"
    folder = build(
        tmp_path / "a", ["crop"], lambda a, b, _: 0.4 + 0.1 * ("1" in a + b), [0, 1, 2], extra=swept
    )
    study = read_study(folder)
    pd.testing.assert_frame_equal(doses(study), doses(folder))
    assert doses(study)["partners"].unique().tolist() == ["crop"]
    plain = read_study(build(tmp_path / "b", ["crop"], lambda *_: 0.4)).doses
    pending = read_study(build(tmp_path / "c", ["crop"], lambda *_: None, extra=swept)).doses
    assert plain.empty
    assert dose_words(plain) == dose_words(pending) == []
