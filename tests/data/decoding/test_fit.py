import numpy as np
import pytest
from PIL import Image

from ablation.data.decoding.fit import fit


@pytest.mark.parametrize("shape", [(40, 100), (100, 40), (16, 48), (8, 12), (800, 1200)])
def test_the_shorter_side_is_resized_and_the_centre_cropped(shape):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8))
    whole = picture.resize([side * 16 // min(shape) for side in picture.size], Image.Resampling.BILINEAR)
    left, top = ((side - 16) // 2 for side in whole.size)
    expected = np.asarray(whole.crop((left, top, left + 16, top + 16))).transpose(2, 0, 1)
    assert np.abs(fit(picture, 16).astype(int) - expected).max() <= 2


def test_resizing_is_antialiased():
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 254
    assert np.abs(fit(Image.fromarray(stripes), 16)[:, 2:-2, 2:-2].astype(int) - 127).max() <= 4


def test_an_image_of_the_right_size_is_unchanged():
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert np.array_equal(fit(Image.fromarray(picture), 16), picture.transpose(2, 0, 1))


@pytest.mark.parametrize("resize", ["crop", "squash", "pad"])
def test_a_square_picture_is_the_same_however_it_is_resized(resize):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    np.testing.assert_array_equal(fit(picture, 16, resize), fit(picture, 16))


def halves(shape, axis):
    """A picture whose first half along an axis is white."""
    pixels = np.zeros((*shape, 3), np.uint8)
    pixels.swapaxes(0, axis)[: shape[axis] // 2] = 255
    return Image.fromarray(pixels)


def test_squashing_keeps_every_part_of_the_picture():
    for axis, shape in ((0, (128, 32)), (1, (32, 128)), (1, (16, 64))):
        half = fit(halves(shape, axis), 16, "squash").swapaxes(1, axis + 1)
        assert (half[:, :7] == 255).all()
        assert (half[:, 9:] == 0).all()


@pytest.mark.parametrize("shape", [(32, 128), (128, 32), (4, 16)])
def test_padding_keeps_the_ratio_and_adds_black_on_both_sides(shape):
    padded = fit(Image.new("RGB", shape, (10, 200, 30)), 16, "pad")
    if shape[0] < shape[1]:
        padded = padded.swapaxes(1, 2)
    assert (padded[:, :6] == 0).all()
    assert (padded[:, 10:] == 0).all()
    assert (padded[:, 6:10].transpose(1, 2, 0) == (10, 200, 30)).all()


def test_a_line_keeps_one_pixel_when_it_is_padded():
    assert fit(Image.new("L", (500, 1), 255), 16, "pad").any(axis=(0, 2)).sum() == 1
