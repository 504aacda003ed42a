from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablation.results.frames.correct import image_covariance
from ablation.results.statistics.additive import fit_additive
from ablation.results.statistics.measured_noise import measured_noise, noise_of
from ablation.results.statistics.noise import CIFAR10, PALETTES, SHAPES
from ablation.results.study import read_study

REFERENCE = Path(__file__).parents[3] / "results" / "reference"


def test_planted_parts_are_found_whatever_the_number_of_images():
    for images in (400, 4000):
        draws = np.random.default_rng(0)
        of_seeds = 0.03 * draws.standard_normal((12, 4))
        likely = draws.uniform(0.3, 0.7, (12, 1, images)) + of_seeds[..., None]
        correct = (draws.random((12, 4, images)) < likely).astype(float)
        flat = pd.DataFrame(correct.reshape(-1, images))
        found = measured_noise(correct, image_covariance(flat, pd.DataFrame(np.arange(48).reshape(12, 4))))
        assert found.luck == pytest.approx(0.25 - 0.4**2 / 12, rel=0.05)  # the mean of p (1 - p)
        assert found.images == pytest.approx(2 * 0.4**2 / 12, rel=0.2)
        planted = fit_additive(of_seeds).residual.pooled
        assert found.seeds == pytest.approx(planted, abs=0.25 * found.residual(images))


@pytest.mark.parametrize(
    ("name", "noise"), [("cifar10-pairs", CIFAR10), ("shapes", SHAPES), ("palettes", PALETTES)]
)
def test_the_constants_are_those_of_the_reference(name, noise):
    study = read_study(REFERENCE / name)
    found = noise_of(study.results, study.correct_by(study.chosen_by))
    assert vars(found) == pytest.approx(vars(noise), rel=0.01), "run python tests/benchmarks/noise.py"


def test_twice_as_many_test_images_have_the_noise_that_validation_foretells():
    study = read_study(REFERENCE / "cifar10-pairs")
    found = noise_of(study.results, study.correct)  # 4,000 images; CIFAR10 is of 2,000 others
    # With 96 degrees of freedom each of the two is known to 7 %, and their ratio to twice 10 %.
    assert found.residual(4000) ** 0.5 == pytest.approx(CIFAR10.residual(4000) ** 0.5, rel=0.2)
    assert found.images == pytest.approx(CIFAR10.images, rel=0.1)


def test_gaps_are_left_out_and_one_seed_has_no_noise():
    study = read_study(REFERENCE / "shapes")
    results, correct = study.results, study.correct_by(study.chosen_by)
    lacking = results[(results["seed"] < 2) | (results["first"] == "crop")]
    assert noise_of(lacking, correct).luck == pytest.approx(SHAPES.luck, rel=0.3)
    assert noise_of(results[results["seed"] == 0], correct) is None
