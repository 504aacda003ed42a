"""The operations beside the paper's seven: Kornia's, with parameters that mean what the table says."""

import io

import numpy as np
import pytest
import torch
import torchvision.transforms.v2.functional as TF
from PIL import Image
from scipy.stats import chisquare
from torchvision.transforms import InterpolationMode

from ablation.augment.inspect import fault, probe_batch
from ablation.augment.operations import build
from ablation.grid import operations as named
from ablation.grid.operations import OPERATIONS

PIXELS = torch.randint(0, 256, (32, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
IMAGES = PIXELS.float() / 255
NOISE = 1e-5  # of interpolation in float32 on white noise; 7e-6 and 1.1e-5 of 1 were the largest differences


def always(name, size=32, **parameters):
    model = OPERATIONS[name]
    return build(model(**({"p": 1.0} if "p" in model.model_fields else {}) | parameters), size)


def drawn(operation, images, seed=0):
    torch.manual_seed(seed)
    return operation(images)


@pytest.mark.parametrize("size", [8, 30, 36])
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_passes_what_is_asked_of_a_users_own(name, size):
    assert fault(always(name, size), probe_batch(size)) is None


def test_the_square_crop_keeps_the_aspect():
    boxes = always("square-crop").draw(200).boxes
    assert torch.equal(boxes[:, 2], boxes[:, 3])
    assert len(boxes[:, 2].unique()) > 10


def test_color_drop_is_torchvisions_grayscale():
    assert (
        always("color-drop")(IMAGES) - TF.rgb_to_grayscale(IMAGES, 3)
    ).abs().max() < 1e-3  # its luma has 4 digits


def test_flips_mirror_each_axis():
    assert torch.equal(always("flip")(IMAGES), IMAGES.flip(3))
    assert torch.equal(always("vertical-flip")(IMAGES), IMAGES.flip(2))


@pytest.mark.parametrize("threshold", [0.0, 0.3, 1.0])
def test_solarize_inverts_from_exactly_the_threshold_on(threshold):
    assert torch.equal(always("solarize", threshold=threshold)(IMAGES), TF.solarize(IMAGES, threshold))


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_posterize_keeps_exactly_so_many_bits(bits):
    assert torch.equal(always("posterize", bits=bits)(IMAGES), TF.posterize(PIXELS, bits).float() / 255)


def test_equalize_equals_torchvision():
    assert torch.equal(always("equalize")(IMAGES), TF.equalize(PIXELS).float() / 255)


def test_invert_is_the_negative():
    assert torch.equal(always("invert")(IMAGES), 1 - IMAGES)


def test_sharpness_equals_torchvision_and_both_smooths_and_sharpens():
    sharpness = always("sharpness")
    result = drawn(sharpness, IMAGES)
    factors = sharpness._params["sharpness"].tolist()
    for image, factor, sharp in zip(IMAGES, factors, result, strict=True):
        assert (TF.adjust_sharpness(image, factor) - sharp).abs().max() < 1e-6
    assert min(factors) < 0.5 < 1.5 < max(factors)


def test_gamma_equals_torchvision():
    gamma = always("gamma")
    result = drawn(gamma, IMAGES)
    for image, factor, changed in zip(IMAGES, gamma._params["gamma_factor"].tolist(), result, strict=True):
        assert (TF.adjust_gamma(image, factor) - changed).abs().max() < 1e-6


def test_channel_shuffle_draws_each_of_six_orders_alike():
    image = torch.tensor([0.1, 0.2, 0.3])[:, None, None].expand(3, 2, 2)
    result = drawn(always("channel-shuffle"), image.expand(1200, 3, 2, 2))
    _, counts = result[:, :, 0, 0].unique(dim=0, return_counts=True)
    assert len(counts) == 6
    assert chisquare(counts.numpy()).pvalue > 1e-4


def test_planckian_leaves_green_and_moves_red_against_blue():
    gray = torch.full((300, 3, 2, 2), 0.4)
    red, green, blue = drawn(always("planckian"), gray)[:, :, 0, 0].unbind(1)
    assert torch.equal(green, gray[:, 1, 0, 0])
    assert len(red.unique()) == 25  # temperatures
    assert torch.corrcoef(torch.stack([red, blue]))[0, 1] < -0.8


def test_perspective_equals_torchvision():
    perspective = always("perspective")
    result = drawn(perspective, IMAGES)
    points = perspective._params
    for image, start, end, warped in zip(
        IMAGES, points["start_points"], points["end_points"], result, strict=True
    ):
        # torchvision counts from the corner of the first pixel, Kornia from its centre.
        expected = TF.perspective(image, (start + 0.5).tolist(), (end + 0.5).tolist())
        assert (expected - warped).abs().max() < 3 * NOISE


def test_affine_equals_torchvision():
    affine = always("affine")
    result = drawn(affine, IMAGES)
    keys = ("angle", "translations", "scale", "shear_x")
    for image, changed, *values in zip(IMAGES, result, *(affine._params[key] for key in keys), strict=True):
        angle, translation, scale, shear = (value.tolist() for value in values)
        expected = TF.affine(
            image, angle, translation, scale[0], [shear, 0.0], interpolation=InterpolationMode.BILINEAR
        )
        assert (expected - changed).abs().max() < 3 * NOISE


@pytest.mark.parametrize("size", [32, 96])
def test_elastic_displaces_by_the_asked_share_of_the_side(size):
    ramp = torch.linspace(0, 1, size).expand(200, 3, size, size)
    moved = drawn(always("elastic", size, displacement=0.02), ramp) - ramp
    inside = moved[..., size // 4 : -size // 4, size // 4 : -size // 4]
    assert inside.std() == pytest.approx(0.02, rel=0.1)  # few independent places an image: 3 % over seeds


def test_motion_blur_leaves_flat_images_and_draws_an_angle_for_each():
    blur = always("motion-blur", 96)
    flat = torch.full((4, 3, 96, 96), 0.3)
    assert (drawn(blur, flat) - flat).abs().max() < 1e-6
    point = torch.zeros(16, 3, 96, 96)
    point[:, :, 48, 48] = 1
    assert len(drawn(blur, point).flatten(1).unique(dim=0)) == 16


@pytest.mark.parametrize("quality", [20, 50, 90])
def test_jpeg_is_near_to_pillows(quality):
    compressed = []
    for image in PIXELS:
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(file := io.BytesIO(), "JPEG", quality=quality)
        compressed.append(torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1))
    pillows = torch.stack(compressed).float() / 255  # (32, 3, 32, 32)
    ours = always("jpeg", quality=(float(quality), float(quality)))(IMAGES)
    # Kornia rounds softly: 0.024, 0.036 and 0.022 on white noise, the worst that can be compressed.
    assert (ours - pillows).abs().mean() < 0.04
    assert (IMAGES - pillows).abs().mean() > 0.15


@pytest.mark.parametrize("name", ["jpeg", "elastic"])
def test_what_is_computed_for_the_chosen_alone_equals_kornia(name):
    operation = build(OPERATIONS[name](), 32)
    expected = drawn(operation.reference, IMAGES)
    assert (drawn(operation, IMAGES) - expected).abs().max() < NOISE
    assert 5 < sum(torch.equal(a, b) for a, b in zip(expected, IMAGES, strict=True)) < 27


def test_a_batch_in_which_nothing_is_chosen_is_returned():
    assert torch.equal(build(named.Jpeg(p=0.0), 32)(IMAGES), IMAGES)
