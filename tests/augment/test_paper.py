"""Each of the seven is what torchvision means by it; its draws are spread as the paper says."""

import kornia.augmentation as K
import numpy as np
import pytest
import scipy.ndimage
import torch
import torchvision.transforms.v2.functional as TF
from scipy.stats import binomtest, chisquare, ks_2samp, kstest
from torchvision.transforms.v2 import RandomResizedCrop

from ablation.augment import paper
from ablation.augment.fast.draws import applied, drawn
from ablation.grid import operations as named

SIZES = pytest.mark.parametrize("size", [32, 96])
PLAUSIBLE = 1e-3  # the least p-value of a true hypothesis; seeds are fixed, so nothing here fails by chance
REFUTED = 1e-9  # the largest p-value of a false one


def noise(size, n=16):
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0))


def seeded(function, *arguments, seed=0):
    torch.manual_seed(seed)
    return function(*arguments)


def distance(a, b):
    return float((a - b).abs().max())


# Pixels: the same parameters, given to torchvision. Each tolerance is about twice what was measured.


def torchvision_crop(images, crops):
    size = images.shape[-1]
    cropped = [
        TF.resized_crop(image, top, left, height, width, [size, size], antialias=False)
        for image, (left, top, width, height) in zip(images, crops.boxes.tolist(), strict=True)
    ]
    return torch.where(crops.flips[:, None, None, None], torch.stack(cropped).flip(-1), torch.stack(cropped))


@pytest.mark.parametrize(("size", "tolerance"), [(32, 2.4e-7), (96, 4e-5)])
def test_crop_is_torchvisions(size, tolerance):
    crop, images = paper.crop(named.Crop(), size), noise(size)
    expected = torchvision_crop(images, seeded(crop.draw, 16))
    assert distance(seeded(crop, images), expected) < tolerance


@SIZES
@pytest.mark.parametrize(
    "trap", [{"align_corners": True, "cropping_mode": "slice"}, {"cropping_mode": "resample"}]
)
def test_crop_with_kornias_defaults_is_not(trap, size):
    crop, images = paper.crop(named.Crop(flip=0.0), size), noise(size)
    expected = torchvision_crop(images, seeded(crop.draw, 16))
    assert distance(seeded(K.RandomResizedCrop((size, size), **trap), images), expected) > 0.1


@SIZES
def test_cutout_is_torchvisions_erase(size):
    cutout, images = paper.cutout(named.Cutout(), size), noise(size)
    holes = seeded(drawn, cutout.reference, images.shape)
    expected = [
        TF.erase(image, *(int(holes[key][i]) for key in ("ys", "xs", "heights", "widths")), torch.zeros(1))
        for i, image in enumerate(images)
    ]
    assert torch.equal(seeded(cutout, images), torch.stack(expected))
    assert holes["heights"].unique().tolist() == holes["widths"].unique().tolist() == [size / 2]


ADJUST = (TF.adjust_brightness, TF.adjust_contrast, TF.adjust_saturation, TF.adjust_hue)
FACTORS = ("brightness_factor", "contrast_factor", "saturation_factor", "hue_factor")


def torchvision_jitter(images, parameters):
    results = []
    for i, image in enumerate(images):
        for which in parameters["order"].tolist() if applied(parameters)[i] else []:
            image = ADJUST[which](image, float(parameters[FACTORS[which]][i]))
        results.append(image)
    return torch.stack(results)


def torchvision_color(images, color):
    torch.manual_seed(0)
    expected = torchvision_jitter(images, drawn(color.jitter.reference, images.shape))
    gray = applied(drawn(color.grayscale.reference, images.shape))
    assert 0 < gray.sum() < len(images)
    return torch.where(gray[:, None, None, None], TF.rgb_to_grayscale(expected, 3), expected)


@SIZES
@pytest.mark.parametrize(("strength", "tolerance"), [(0.5, 2e-4), (1.0, 4e-4)])
def test_color_is_torchvisions_jitter_then_grayscale(size, strength, tolerance):
    color, images = paper.color(named.Color(strength=strength), size), noise(size)
    assert distance(seeded(color, images), torchvision_color(images, color)) < tolerance


@SIZES
def test_color_differs_from_torchvisions_by_a_digit_of_the_weight_of_red_alone(size, monkeypatch):
    def luma(image, num_output_channels=1, preserve_dtype=True):
        red, green, blue = image.unbind(-3)
        gray = 0.299 * red + 0.587 * green + 0.114 * blue  # torchvision has 0.2989, PIL and Kornia 0.299
        return gray.unsqueeze(-3).expand(*image.shape[:-3], num_output_channels, *image.shape[-2:])

    monkeypatch.setattr("torchvision.transforms.v2.functional._color._rgb_to_grayscale_image", luma)
    color, images = paper.color(named.Color(), size), noise(size)
    assert distance(seeded(color, images), torchvision_color(images, color)) < 7e-6


@SIZES
def test_color_jiggle_is_not(size):
    ranges = [(0.2, 1.8), (0.2, 1.8), (0.2, 1.8), (-0.2, 0.2)]
    jiggle, images = K.ColorJiggle(*ranges, p=0.8), noise(size)
    expected = torchvision_jitter(images, seeded(drawn, jiggle, images.shape))
    assert (seeded(jiggle, images) - expected).abs().mean() > 0.1


@SIZES
def test_sobel_is_scipys_magnitude_over_four(size):
    images, kernel = noise(size), np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])[None, None]
    gx, gy = (
        scipy.ndimage.correlate(images.double().numpy(), k, mode="nearest") for k in (kernel, kernel.mT)
    )
    expected = torch.from_numpy(np.sqrt(gx**2 + gy**2 + 1e-6) / 4)
    assert distance(paper.sobel(named.Sobel(), size)(images), expected) < 4e-7


@SIZES
def test_noise_is_torchvisions_before_its_clip(size):
    images = noise(size)
    expected = seeded(TF.gaussian_noise, images, 0.0, 0.2, False)
    assert torch.equal(seeded(paper.noise(named.Noise(std=0.2), size), images), expected)


@SIZES
def test_blur_is_torchvisions(size):
    blur, images = paper.blur(named.Blur(), size), noise(size)
    parameters, side = seeded(drawn, blur.reference, images.shape), paper.kernel_size(size)
    expected = [
        TF.gaussian_blur(image, [side, side], [float(sigma)] * 2) if blurred else image
        for image, sigma, blurred in zip(images, parameters["sigma"], applied(parameters), strict=True)
    ]
    assert distance(seeded(blur, images), torch.stack(expected)) < 8e-7


@SIZES
def test_rotation_is_rot90(size):
    rotate, images = paper.rotate(named.Rotate(), size), noise(size)
    times = seeded(drawn, rotate.reference, images.shape)["times"].round().int().tolist()
    expected = [torch.rot90(image, k, (1, 2)) for image, k in zip(images, times, strict=True)]
    assert torch.equal(seeded(rotate, images), torch.stack(expected))


@pytest.mark.parametrize(("size", "side"), [(16, 3), (32, 3), (64, 7), (96, 9), (224, 23)])
def test_blur_kernel_is_a_tenth_of_the_side_and_odd(size, side):
    assert paper.kernel_size(size) == side


# Draws: how they are spread, and that the traps of protocol.md would be seen.


@pytest.mark.parametrize(
    ("operation", "different"),
    [
        (paper.crop(named.Crop(), 32), 60),
        (paper.cutout(named.Cutout(), 32), 40),  # of 289 places
        (paper.color(named.Color(p=1.0), 32), 64),
        (paper.noise(named.Noise(), 32), 64),
        (paper.blur(named.Blur(p=1.0), 32), 64),
        (paper.rotate(named.Rotate(), 32), 4),
    ],
)
def test_each_image_of_a_batch_has_its_own_draw(operation, different):
    same = noise(32, n=1).expand(64, -1, -1, -1)
    assert len(seeded(operation, same).unique(dim=0)) >= different


def test_the_order_of_color_is_drawn_once_a_batch_and_all_orders_are_as_likely():
    jitter = paper.color(named.Color(), 32).jitter.reference
    torch.manual_seed(0)
    orders = torch.stack([drawn(jitter, (1, 3, 32, 32))["order"] for _ in range(1200)])  # (1200, 4)
    _, counts = orders.unique(dim=0, return_counts=True)
    assert len(counts) == 24
    assert chisquare(counts.numpy()).pvalue > PLAUSIBLE


SIDE = 1024  # boxes alone are drawn here, no pixels: large, so that rounding to pixels is not seen


def spread(left, top, width, height):
    """Share of the area, log aspect and place (where there is a choice) of boxes in pixels."""
    left, top, width, height = (torch.as_tensor(v, dtype=torch.float64) for v in (left, top, width, height))
    across, down = left / (SIDE - width), top / (SIDE - height)  # 0 / 0 where the box fills the side
    return (
        width * height / SIDE**2,
        (width / height).log(),
        across[across.isfinite()],
        down[down.isfinite()],
    )


def drawn_crops(scale, ratio=(3 / 4, 4 / 3)):
    return spread(*seeded(paper.resized_crop(SIDE, scale, ratio).draw, 4000).boxes.unbind(1))


@pytest.fixture(scope="module")
def torchvisions_crops():
    crop = RandomResizedCrop(SIDE, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3))
    image = torch.empty(3, SIDE, SIDE)
    torch.manual_seed(1)
    boxes = [crop.make_params([image]) for _ in range(4000)]
    return spread(*([box[key] for box in boxes] for key in ("left", "top", "width", "height")))


def test_crop_is_uniform_in_area_and_place_and_log_uniform_in_aspect():
    area, aspect, across, down = drawn_crops((0.08, 0.5))  # every drawn box fits: nothing is drawn again
    assert kstest(area, "uniform", (0.08, 0.42)).pvalue > PLAUSIBLE
    assert kstest(aspect, "uniform", (np.log(3 / 4), np.log(16 / 9))).pvalue > PLAUSIBLE
    assert (
        kstest(aspect.exp(), "uniform", (3 / 4, 4 / 3 - 3 / 4)).pvalue < REFUTED
    )  # the aspect itself is not
    for place in (across, down):
        assert kstest(place, "uniform").pvalue > PLAUSIBLE


def test_crop_is_spread_as_torchvisions_where_boxes_are_drawn_again(torchvisions_crops):
    for ours, theirs in zip(drawn_crops((0.08, 1.0)), torchvisions_crops, strict=True):
        assert ks_2samp(ours, theirs).pvalue > PLAUSIBLE


@pytest.mark.parametrize("trap", [{"scale": (0.2, 1.0)}, {"scale": (0.08, 1.0), "ratio": (0.6, 5 / 3)}])
def test_crop_of_another_range_is_not(trap, torchvisions_crops):
    pairs = zip(drawn_crops(**trap), torchvisions_crops, strict=True)
    assert min(ks_2samp(ours, theirs).pvalue for ours, theirs in pairs) < REFUTED


@pytest.mark.parametrize(
    ("operation", "p"),
    [
        (paper.crop(named.Crop(), 32).reference[1], 0.5),
        (paper.color(named.Color(), 32).jitter.reference, 0.8),
        (paper.color(named.Color(), 32).grayscale.reference, 0.2),
        (paper.blur(named.Blur(), 32).reference, 0.5),
    ],
)
def test_p_is_the_share_of_images(operation, p):
    chosen = applied(seeded(drawn, operation, (4000, 3, 1, 1)))
    assert binomtest(int(chosen.sum()), 4000, p).pvalue > PLAUSIBLE


def test_cutouts_places_are_as_likely():
    holes = seeded(drawn, paper.cutout(named.Cutout(), 32).reference, (17 * 17 * 20, 3, 32, 32))
    places = torch.bincount((holes["ys"] * 17 + holes["xs"]).long(), minlength=17 * 17)  # 32 - 16 + 1 a side
    assert len(places) == 17 * 17
    assert chisquare(places.numpy()).pvalue > PLAUSIBLE


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_colors_factors_are_uniform_around_one_and_hue_in_turns(strength):
    jitter = paper.color(named.Color(strength=strength), 32).jitter.reference
    parameters = seeded(drawn, jitter, (4000, 3, 32, 32))
    for name in FACTORS[:3]:
        assert kstest(parameters[name], "uniform", (1 - 0.8 * strength, 1.6 * strength)).pvalue > PLAUSIBLE
    assert kstest(parameters["hue_factor"], "uniform", (-0.2 * strength, 0.4 * strength)).pvalue > PLAUSIBLE


def test_noise_is_normal_of_its_standard_deviation():
    values = seeded(paper.noise(named.Noise(std=0.2), 32), torch.zeros(4, 3, 32, 32)).flatten()
    assert kstest(values, "norm", (0, 0.2)).pvalue > PLAUSIBLE


def test_blurs_sigma_is_uniform():
    sigma = seeded(drawn, paper.blur(named.Blur(), 32).reference, (4000, 3, 32, 32))["sigma"]
    assert kstest(sigma, "uniform", (0.1, 1.9)).pvalue > PLAUSIBLE


def quarter_turns(rotate):
    image = noise(32, n=1)
    turned = torch.stack([torch.rot90(image[0], k, (1, 2)) for k in range(4)])
    result = seeded(rotate, image.expand(1000, -1, -1, -1))
    same = (result[:, None] == turned).all(dim=(2, 3, 4))  # (1000, 4)
    assert same.sum(dim=1).eq(1).all()
    return same.sum(dim=0).numpy()


def test_rotations_are_as_likely():
    assert chisquare(quarter_turns(paper.rotate(named.Rotate(), 32))).pvalue > PLAUSIBLE


def test_rotations_of_integer_times_are_not():
    trap = K.RandomRotation90(times=(0, 3), resample="nearest", p=1.0)
    assert chisquare(quarter_turns(trap)).pvalue < REFUTED
