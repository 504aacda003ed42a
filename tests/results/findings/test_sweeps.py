"""Which strengths to sweep, and what that costs."""

import tomllib

import pytest

from ablation.grid.cells import cells
from ablation.grid.models import Grid
from ablation.results.findings.doses_words import dose_words
from ablation.results.study import read_study
from tests.results.builder import build

NOISE = {0: 0.0, 1: 0.004, 2: -0.004}


def study(
    path, gain, beside_blur=0.0, seeds=(0, 1, 2), color="strength = 0.5", names=("crop", "blur"), noise=1
):
    """A grid in which color adds `gain` beside crop."""

    def score(first, second, seed):
        luck = noise * NOISE[(seed + len(first) + 2 * len(second)) % 3]
        colored = {(first, second), (second, first)}
        added = gain * (("crop", "color") in colored) + beside_blur * (("blur", "color") in colored)
        return 0.4 + 0.1 * ("crop" in (first, second)) + added + luck

    return read_study(build(path, [*names], score, [*seeds], extra=f"color = {{ {color} }}"))


def test_color_without_evidence_is_swept_around_its_strength_beside_its_best_partner(tmp_path):
    found = study(tmp_path, 0.0)
    (color, *_) = found.sweeps_to_try
    assert color.text == 'pairs = ["crop"]\ncolor = {strength = [0.125, 0.25, 0.5, 1.0]}'
    assert (color.color, color.fewer_pairs, color.partner) == (True, True, "crop")
    assert color.seconds == pytest.approx(color.jobs * 23.1)
    told = dose_words(found.doses, found.sweeps_to_try)[0]
    assert told.startswith(
        "color is neither clearly good nor clearly bad at strength 0.5; a sweep tells which"
    )
    assert f"`{color.text.splitlines()[1]}` in the grid file and run it again: 27 more jobs, about 10" in told


def test_the_cost_is_what_the_changed_grid_has_and_this_one_has_not(tmp_path):
    found = study(tmp_path, 0.0, color="strength = 0.8")
    (color, *_) = found.sweeps_to_try
    values = tomllib.loads(found.folder.file.text)
    changed = tomllib.loads(color.text)
    values["augmentations"]["color"], values["pairs"] = changed["color"], changed["pairs"]
    wanted = {cell.id for cell in cells(Grid.model_validate(values), found.folder.environment.fingerprint)}
    assert color.values == (0.1, 0.2, 0.4, 0.8)
    assert color.jobs == len(wanted - {cell.id for cell in found.folder.cells}) == 27


def test_color_that_clearly_gains_or_costs_is_not_swept_unless_it_does_both(tmp_path):
    for gain in (0.1, -0.1):
        clear = study(tmp_path / str(gain), gain, names=["crop"])
        assert clear.judgement.verdict.evidence.interval[0] * gain > 0
        assert clear.sweeps_to_try == ()
    mixed = study(tmp_path / "mixed", 0.1, beside_blur=-0.05)
    assert mixed.judgement.verdict.evidence.harmed == ["blur"]
    assert mixed.sweeps_to_try[0].entry == "color"


def test_another_augmentation_is_swept_where_it_may_still_gain_a_point(tmp_path):
    precise, vague = (study(tmp_path / str(noise), 0.1, beside_blur=0.1, noise=noise) for noise in (0.1, 3))
    assert "blur" not in [one.entry for one in precise.sweeps_to_try]
    (blur,) = [one for one in vague.sweeps_to_try if one.entry == "blur"]
    assert "blur = {p = [0.125, 0.25, 0.5, 1.0]}" in blur.text
    assert not blur.color
    assert "The effect of blur cannot be told from zero at p 0.5" in dose_words(vague.doses, [blur])[0]


def test_with_one_seed_or_a_sweep_nothing_is_suggested(tmp_path):
    assert study(tmp_path / "one", 0.0, seeds=[0]).sweeps_to_try == ()
    swept = study(tmp_path / "swept", 0.0, color="strength = [0.25, 0.5]", names=["crop"])
    assert "color" not in [one.entry for one in swept.sweeps_to_try]
