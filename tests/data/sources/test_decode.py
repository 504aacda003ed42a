import numpy as np
import pytest
from PIL import Image

from ablation.data.sources.decode import decode, decode_all, fit


def pixel(path) -> list[int]:
    image = decode(path, 16)
    assert image.shape == (3, 16, 16)
    assert image.dtype == np.uint8
    return image[:, 8, 8].tolist()


def test_transparency_is_laid_on_white(tmp_path):
    Image.new("RGBA", (20, 20), (255, 0, 0, 128)).save(tmp_path / "a.png")
    assert pixel(tmp_path / "a.png") == [255, 127, 127]
    Image.new("LA", (20, 20), (0, 0)).save(tmp_path / "b.png")
    assert pixel(tmp_path / "b.png") == [255, 255, 255]
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([0, 200, 0])
    palette.save(tmp_path / "c.png", transparency=0)
    assert pixel(tmp_path / "c.png") == [255, 255, 255]
    palette.save(tmp_path / "d.png")
    assert pixel(tmp_path / "d.png") == [0, 200, 0]


def test_sixteen_bits_are_scaled_from_their_full_range(tmp_path):
    Image.fromarray(np.full((20, 20), 0x7F80, np.uint16)).save(tmp_path / "a.png")
    Image.fromarray(np.full((20, 20), 0x7F80, np.uint16)).save(tmp_path / "b.tiff")
    assert pixel(tmp_path / "a.png") == pixel(tmp_path / "b.tiff") == [127, 127, 127]


def test_pixels_without_a_fixed_range_are_refused(tmp_path):
    Image.fromarray(np.full((20, 20), 0.5, np.float32)).save(tmp_path / "a.tiff")
    with pytest.raises(ValueError, match="32-bit pixels have no fixed range"):
        decode(tmp_path / "a.tiff", 16)


def test_cmyk_grey_and_one_bit_are_converted(tmp_path):
    Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(tmp_path / "a.tiff")
    Image.new("L", (20, 20), 77).save(tmp_path / "b.png")
    Image.new("1", (20, 20), 1).save(tmp_path / "c.png")
    assert pixel(tmp_path / "a.tiff") == [255, 0, 0]
    assert pixel(tmp_path / "b.png") == [77, 77, 77]
    assert pixel(tmp_path / "c.png") == [255, 255, 255]


def test_the_exif_orientation_is_applied(tmp_path):
    upright = np.zeros((16, 16, 3), np.uint8)
    upright[:8] = 200  # the upper half is light
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: its upper side is stored on the left
    Image.fromarray(np.rot90(upright)).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(decode(tmp_path / "a.png", 16), upright.transpose(2, 0, 1))


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


def test_broken_files_leave_their_rows_and_say_why(tmp_path):
    files = [tmp_path / f"{i}.png" for i in range(20)]
    for number, path in enumerate(files):
        Image.new("RGB", (20, 20), (number, 0, 0)).save(path)
    files[3].write_bytes(b"no image")
    files[11].unlink()
    images = np.full((30, 3, 16, 16), 99, np.uint8)
    broken = decode_all(files, images, np.arange(20) + 5)
    assert broken.keys() == {3, 11}
    assert broken[3] == "not an image"
    assert images[:, 0, 0, 0].tolist() == [99] * 5 + [99 if i in broken else i for i in range(20)] + [99] * 5
