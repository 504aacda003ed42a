"""Each operation is what torchvision and the paper mean by its name."""

import pytest
import torch
import torchvision.transforms.v2.functional as TF
from scipy.stats import chisquare

from ablation.augment.operations import build
from ablation.augment.paper import kernel_size
from ablation.grid.operations import OPERATIONS, Blur, Color, Crop, Cutout, Noise, Rotate, Sobel


@pytest.fixture
def images():
    return torch.rand(16, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def drawn(operation, images, seed=0):
    torch.manual_seed(seed)
    return operation(images)


@pytest.mark.parametrize("name", OPERATIONS)
def test_same_seed_draws_the_same_and_another_does_not(name, images):
    operation = build(OPERATIONS[name](), 32)
    assert torch.equal(drawn(operation, images), drawn(operation, images))
    if name != "sobel":  # the one that draws nothing
        assert not torch.equal(drawn(operation, images, 0), drawn(operation, images, 1))


@pytest.mark.parametrize("size", [32, 96])
def test_crop_equals_torchvision(size):
    images = torch.rand(8, 3, size, size, generator=torch.Generator().manual_seed(0))
    crop = build(Crop(flip=0.0), size)[0]
    result = drawn(crop, images)
    for i, box in enumerate(crop._params["src"]):
        left, top = box[0].int().tolist()
        right, bottom = box[2].int().tolist()
        expected = TF.resized_crop(
            images[i], top, left, bottom - top + 1, right - left + 1, [size, size], antialias=False
        )
        assert (result[i] - expected).abs().max() < 1e-5


def test_crop_flips_half_of_the_images():
    ramp = torch.linspace(0, 1, 32).expand(400, 3, 32, 32)
    result = drawn(build(Crop(), 32), ramp)
    flipped = (result[:, 0, 0, 0] > result[:, 0, 0, -1]).sum()
    assert 160 < flipped < 240  # 4 standard deviations


def test_cutout_is_one_square_hole_of_a_quarter_wholly_inside():
    result = drawn(build(Cutout(), 32), torch.ones(64, 3, 32, 32))
    holes = result[:, 0] == 0
    assert holes.sum(dim=(1, 2)).unique().tolist() == [256]
    assert holes.any(dim=1).sum(dim=1).unique().tolist() == [16]
    assert holes.any(dim=2).sum(dim=1).unique().tolist() == [16]


def test_color_jitter_equals_torchvision(images):
    jitter = build(Color(strength=0.5, p=1.0, grayscale=0.0), 32)[0]
    result = drawn(jitter, images)
    params = jitter._params
    for i in range(len(images)):
        expected = images[i]
        for which in params["order"].tolist():
            adjust, key = [
                (TF.adjust_brightness, "brightness_factor"),
                (TF.adjust_contrast, "contrast_factor"),
                (TF.adjust_saturation, "saturation_factor"),
                (TF.adjust_hue, "hue_factor"),
            ][which]
            expected = adjust(expected, float(params[key][i]))
        assert (result[i] - expected).abs().max() < 3e-4


def test_color_grayscales_a_fifth(images):
    many = images.repeat(64, 1, 1, 1)
    result = drawn(build(Color(), 32), many)
    gray = (result.amax(dim=1) - result.amin(dim=1)).amax(dim=(1, 2)) < 1e-6
    assert 140 < gray.sum() < 270  # 0.2 of 1,024, 5 standard deviations


def test_sobel_of_a_step_edge_is_one_and_of_a_flat_image_zero():
    step = torch.zeros(1, 3, 8, 8)
    step[..., 4:] = 1
    result = build(Sobel(), 8)(step)
    assert result[..., 3:5].min() == pytest.approx(1, abs=1e-3)
    assert result[..., :2].max() < 1e-2


def test_noise_has_the_asked_standard_deviation():
    noise = drawn(build(Noise(std=0.2), 32), torch.zeros(64, 3, 32, 32))
    assert noise.std() == pytest.approx(0.2, rel=0.02)
    assert noise.mean().abs() < 0.005


def test_blur_equals_torchvision(images):
    blur = build(Blur(p=1.0), 32)
    result = drawn(blur, images)
    for i, sigma in enumerate(blur._params["sigma"].tolist()):
        assert (result[i] - TF.gaussian_blur(images[i], [3, 3], [sigma, sigma])).abs().max() < 1e-5


@pytest.mark.parametrize(("size", "side"), [(16, 3), (32, 3), (64, 7), (96, 9), (224, 23)])
def test_blur_kernel_is_a_tenth_of_the_side_and_odd(size, side):
    assert kernel_size(size) == side


def test_rotation_is_bit_equal_to_rot90_and_uniform():
    image = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))
    turned = torch.stack([torch.rot90(image, k, (1, 2)) for k in range(4)])
    result = drawn(build(Rotate(), 32), image.expand(1000, 3, 32, 32))
    same = (result[:, None] == turned[None]).all(dim=(2, 3, 4))  # (1000, 4)
    assert same.sum(dim=1).eq(1).all()
    assert chisquare(same.sum(dim=0).numpy()).pvalue > 1e-4  # times=(0, 3) fails by far
