"""Every class of kornia.augmentation is run, or refused with a sentence."""

import inspect as signatures

import pytest
import torch

from ablation.augment.inspect import inspect, refusal
from ablation.augment.kornia_classes import DRAWN_ONCE, build, classes, construct, problems
from ablation.augment.views import TwoViews
from ablation.errors import GridError
from ablation.grid.augmentations import Step
from ablation.grid.entries import Kornia
from ablation.grid.recipe import Views

SIZE = 32
PIXELS = torch.randint(
    0, 256, (8, 3, SIZE, SIZE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
)
FACTORS = [0.5, 1.5]
JITTER = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}

# What a class needs to do something; the others do it by default.
ARGUMENTS = {
    "CenterCrop": {"size": 16},
    "ColorJiggle": JITTER,
    "ColorJitter": JITTER,
    "LongestMaxSize": {"max_size": 16},
    "PadTo": {"size": [40, 40]},
    "RandomAffine": {"degrees": 20.0},
    "RandomBrightness": {"brightness": FACTORS},
    "RandomContrast": {"contrast": FACTORS},
    "RandomCrop": {"size": [SIZE, SIZE], "padding": 4},
    "RandomFisheye": {"center_x": [-0.3, 0.3], "center_y": [-0.3, 0.3], "gamma": [0.8, 1.2]},
    "RandomGamma": {"gamma": FACTORS},
    "RandomGaussianBlur": {"kernel_size": [3, 3], "sigma": [0.1, 2.0]},
    "RandomHue": {"hue": [-0.2, 0.2]},
    "RandomMotionBlur": {"kernel_size": 3, "angle": 30.0, "direction": 0.5},
    "RandomResizedCrop": {"size": [SIZE, SIZE]},
    "RandomRotation": {"degrees": 30.0},
    "RandomRotation90": {"times": [-1.5, 2.5]},
    "RandomSaturation": {"saturation": FACTORS},
    "RandomShear": {"shear": 10.0},
    "RandomSnow": {"snow_coefficient": [0.2, 0.8]},
    "RandomTranslate": {"translate_x": [-0.2, 0.2]},
    "Resize": {"size": 16},
    "SmallestMaxSize": {"max_size": 16},
}
RESIZERS = {"CenterCrop", "LongestMaxSize", "PadTo", "Resize", "SmallestMaxSize"}


def of(name):
    return Kornia(kornia=name, arguments=ARGUMENTS.get(name, {}))


@pytest.mark.parametrize("name", classes())
def test_every_class_runs_on_a_batch_or_is_refused_with_a_sentence(name):
    if found := inspect(of(name), SIZE):
        assert refusal(name) or name in RESIZERS, f"{found}: has {name} new arguments?"
        assert found[""].startswith(f"{name} ")
        return
    views = TwoViews.build([Step("it", of(name))], Views(), SIZE, seed=0)(PIXELS, step=0)
    for view in views:
        assert view.shape == PIXELS.shape
        assert view.isfinite().all()
        assert view.min() >= 0
        assert view.max() <= 1


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("RandomMixUpV2", "mixes images"),
        ("RandomTransplantation", "needs a mask"),
        ("RandomAffine3D", "is for volumes"),
        ("AugmentationSequential", "contains other operations"),
        ("GeometricAugmentationBase2D", "is a base class"),
        ("RandAugment", 'operation = "randaugment"'),
        ("Normalize", "normalised after"),
        ("RandomDissolving", "downloads"),
    ],
)
def test_a_refusal_says_why(name, why):
    assert why in refusal(name)
    assert why in inspect(Kornia(kornia=name), SIZE)[""]


def test_most_classes_for_images_can_be_used():
    usable = [name for name in classes() if refusal(name) is None]
    assert len(usable) >= 50
    assert {"RandomJigsaw", "RandomClahe", "RandomRain"} <= set(usable)


@pytest.mark.parametrize(
    ("name", "arguments", "at", "what"),
    [
        ("RandomPosterise", {}, "", 'did you mean "RandomPosterize"'),
        ("RandomPosterize", {"bit": 3}, "bit", 'did you mean "bits"'),
        ("RandomPosterize", {"bits": "three"}, "bits", 'must be a number or a list, not "three"'),
        ("RandomPosterize", {"bits": 12}, "bits", "bits[0] should be smaller"),
        ("RandomPosterize", {"p": True}, "p", "must be a number, not true"),
        ("RandomAffine", {}, "", "needs degrees"),
        ("RandomInvert", {"same_on_batch": True}, "same_on_batch", "each image draws its own"),
        ("RandomInvert", {"p": 1.5}, "p", "from 0 to 1, not 1.5"),
        ("RandomHorizontalFlip", {"p_batch": 0.5}, "p_batch", "each image draws its own"),
        ("Resize", {"size": [16, 16]}, "", "returns (16, 3, 16, 16) for (16, 3, 32, 32)"),
        ("RandomCrop", {"size": [16, 16], "p": 0.01}, "", "must keep the shape"),
        ("RandomBrightness", {}, "", "changes no image"),
        ("RandomGaussianBlur", {"kernel_size": 4, "sigma": [0.1, 2.0]}, "", "must be an odd integer"),
        (
            "RandomMotionBlur",
            {"kernel_size": [3, 9], "angle": [0.0, 0.0], "direction": [0.0, 0.0]},
            "",
            "draws once per batch",
        ),
    ],
)
def test_a_mistake_is_named_at_its_place(name, arguments, at, what):
    found = inspect(Kornia(kornia=name, arguments=arguments), SIZE)
    assert list(found) == [at]
    assert what in found[at]
    assert "\n" not in found[at]


def test_several_mistakes_are_named_at_once():
    assert set(problems("RandomAffine", {"shears": 3, "p": "no"})) == {"shears", "p", ""}


def test_an_argument_that_is_only_misspelt_is_not_called_missing_too():
    assert list(problems("RandomAffine", {"degree": 3})) == ["degree"]


def test_what_cannot_be_built_is_an_error_of_the_grid():
    with pytest.raises(GridError, match='RandomPosterize: bit unknown; did you mean "bits"'):
        build(Kornia(kornia="RandomPosterize", arguments={"bit": 3}), SIZE)


@pytest.mark.parametrize("name", ["ColorJiggle", "ColorJitter"])
def test_the_order_of_colour_jitter_is_drawn_once_a_batch_as_the_listing_says(name):
    assert name in DRAWN_ONCE
    jitter = construct(name, JITTER)
    jitter(torch.rand(8, 3, 8, 8))
    assert jitter._params["order"].shape == (4,)
    assert jitter._params["hue_factor"].unique().shape == (8,)


def test_arguments_of_the_test_are_of_classes_that_exist():
    for name, arguments in ARGUMENTS.items():
        assert set(arguments) <= set(signatures.signature(classes()[name]).parameters)
