import struct

import numpy as np
import pytest
from numpy.lib.format import open_memmap
from PIL import Image, ImageCms

from ablation.data.decoding.decode import decode
from ablation.data.decoding.findings import Findings
from ablation.data.decoding.pages import Page
from ablation.data.decoding.pool import decode_all
from ablation.data.decoding.reading import Reading


def pixels(path, size=16) -> np.ndarray:
    return decode(Page(path), Reading(size)).pixels


def pixel(path) -> list[int]:
    image = pixels(path)
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


def tiff(path, values, *, bits=16, signed=False, white_is_zero=False):
    """A TIFF of one channel, by hand: Pillow writes none of 12 bits, signed, or with white as 0."""
    height, width = values.shape
    if bits == 12:
        first, second = values.astype(np.uint16).reshape(-1, 2).T
        packed = np.stack([first >> 4, ((first & 15) << 4) | (second >> 8), second & 255], axis=1)
        data = packed.astype(np.uint8).tobytes()
    else:
        data = values.astype("<i2" if signed else "<u2").tobytes()
    tags = [
        (256, width), (257, height), (258, bits), (259, 1), (262, 0 if white_is_zero else 1), (273, 8),
        (277, 1), (278, height), (279, len(data)), (339, 2 if signed else 1),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    header = b"II*\0" + struct.pack("<I", 8 + len(data))
    path.write_bytes(header + data + struct.pack("<H", len(tags)) + entries + bytes(4))
    return path


@pytest.mark.parametrize(
    ("stored", "written", "gray"),
    [
        (0x7F80, {}, 127),
        (0x7F8, {"bits": 12}, 127),
        (0xFFFF - 0x4080, {"white_is_zero": True}, 0x40),
        (0x4080 - 0x8000, {"signed": True}, 0x40),
    ],
)
def test_samples_are_read_as_the_file_says(tmp_path, stored, written, gray):
    path = tiff(tmp_path / "a.tif", np.full((20, 20), stored), **written)
    assert pixel(path) == [gray] * 3


def test_sixteen_bits_are_turned_as_the_exif_orientation_says(tmp_path):
    values = np.zeros((24, 16), np.uint16)
    values[:8] = 0xFFFF
    exif = Image.Exif()
    exif[0x112] = 8
    Image.fromarray(values).save(tmp_path / "a.png", exif=exif)
    Image.fromarray((values >> 8).astype(np.uint8)).save(tmp_path / "b.png", exif=exif)
    turned = pixels(tmp_path / "a.png")
    np.testing.assert_array_equal(turned, pixels(tmp_path / "b.png"))
    assert (turned[0, 8] != turned[0, 8, ::-1]).any()


def test_a_turned_uncompressed_tiff_is_not_sheared(tmp_path):
    stripes = np.zeros((24, 40), np.uint8)
    stripes[:, ::4] = 255
    upright = Image.fromarray(stripes)
    upright.save(tmp_path / "a.png")
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "b.tif", tiffinfo={274: 6})
    np.testing.assert_array_equal(pixels(tmp_path / "a.png", 24), pixels(tmp_path / "b.tif", 24))


def test_an_embedded_profile_is_converted_to_srgb(tmp_path):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # One of another name, whose red is sRGB's green and the other way round.
    swapped = srgb.replace(b"rXYZ", b"....", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"....", b"gXYZ", 1)
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "grbS".encode("utf-16-be"))
    image = Image.new("RGB", (20, 20), (200, 100, 50))
    for name, profile, expected in [
        ("same", srgb, [200, 100, 50]),
        ("swapped", swapped, [100, 200, 50]),
        ("damaged", b"no profile", [200, 100, 50]),
    ]:
        image.save(tmp_path / f"{name}.png", icc_profile=profile)
        assert np.abs(np.subtract(pixel(tmp_path / f"{name}.png"), expected)).max() <= 2
        facts = decode(Page(tmp_path / f"{name}.png"), Reading(16)).facts
        assert facts.damaged_profile == (name == "damaged")
    for other in (image.convert("RGBA"), image.quantize(2)):
        other.save(tmp_path / "other.png", icc_profile=swapped)
        assert np.abs(np.subtract(pixel(tmp_path / "other.png"), [100, 200, 50])).max() <= 2


def test_pixels_without_a_fixed_range_are_refused(tmp_path):
    Image.fromarray(np.full((20, 20), 0.5, np.float32)).save(tmp_path / "a.tiff")
    with pytest.raises(ValueError, match="32-bit pixels have no fixed range"):
        pixels(tmp_path / "a.tiff")


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
    assert np.array_equal(pixels(tmp_path / "a.png"), upright.transpose(2, 0, 1))


def test_broken_files_leave_their_rows_and_say_why(tmp_path):
    files = [tmp_path / f"{i}.png" for i in range(20)]
    for number, path in enumerate(files):
        Image.new("RGB", (20, 20), (number, 0, 0)).save(path)
    files[3].write_bytes(b"no image")
    files[11].unlink()
    images = open_memmap(tmp_path / "images.npy", "w+", np.uint8, (30, 3, 16, 16))
    images[:] = 99
    broken = decode_all([Page(path) for path in files], images, np.arange(20) + 5, Reading(16), Findings())
    assert broken.keys() == {3, 11}
    assert broken[3] == "not an image"
    assert images[:, 0, 0, 0].tolist() == [99] * 5 + [99 if i in broken else i for i in range(20)] + [99] * 5
