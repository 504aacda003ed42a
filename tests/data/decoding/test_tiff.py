"""TIFF that Pillow cannot read or not to the last bit, and colours of 16 bits."""

import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from ablation.data import extras
from ablation.data.decoding.decode import decode
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading
from ablation.data.fingerprint import data_fingerprint
from ablation.data.sources.folder import image_folder
from ablation.errors import DataError
from ablation.grid.data import ImageFolder

COLOURS = np.random.default_rng(0).integers(0, 65536, (16, 16, 3)).astype(np.uint16)
TWELVE = COLOURS >> 4


def pixels(path, chosen=None):
    return decode(Page(path), Reading(16, chosen)).pixels.transpose(1, 2, 0)


def without(monkeypatch, extra):
    monkeypatch.setattr(extras, "_PACKAGES", dict(extras._PACKAGES) | {extra: ("no_such_package",)})


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_colours_of_sixteen_bits_are_scaled_from_their_full_range(tmp_path, planes, order):
    values = COLOURS if planes == "contig" else COLOURS.transpose(2, 0, 1)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, photometric="rgb", planarconfig=planes, byteorder=order)
    np.testing.assert_array_equal(pixels(path), COLOURS >> 8)


def test_colours_in_planes_are_skipped_without_the_extra_rather_than_misread(tmp_path, monkeypatch):
    tifffile.imwrite(
        tmp_path / "a.tif", COLOURS.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"
    )
    without(monkeypatch, "tiff")
    with pytest.raises(ValueError, match=r"pip install 'augmentation-ablation\[tiff\]'"):
        pixels(tmp_path / "a.tif")


def test_twelve_bits_of_colours_in_sixteen_have_their_range(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", TWELVE, photometric="rgb")
    (tmp_path / "b.png").write_bytes(imagecodecs.png_encode(TWELVE))
    encoded = imagecodecs.jpeg2k_encode(TWELVE, level=0, reversible=True, bitspersample=16)
    (tmp_path / "c.jp2").write_bytes(encoded)
    for name in ("a.tif", "b.png", "c.jp2"):
        np.testing.assert_array_equal(pixels(tmp_path / name, (0, 4095)), TWELVE >> 4)


def test_without_a_range_or_the_extra_twelve_bits_of_colours_are_told_of(tmp_path, monkeypatch):
    without(monkeypatch, "tiff")
    random = np.random.default_rng(0)
    for label in "ab":
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(4):
            twelve = random.integers(0, 4096, (16, 16, 3)).astype(np.uint16)
            path = tmp_path / "photos" / label / str(number)
            path.with_suffix(".png").write_bytes(imagecodecs.png_encode(twelve))
    data = {"source": "folder", "path": str(tmp_path / "photos"), "size": 16, "duplicates": "keep"}
    notes = image_folder(ImageFolder.model_validate(data), tmp_path).notes
    assert notes[0] == (
        "16-bit images use values 0 to 4095 only, so they are nearly black; set data.range = [0, 4095]"
    )
    with pytest.raises(DataError, match="16-bit colours are needed to the last bit: pip install"):
        image_folder(ImageFolder.model_validate(data | {"range": [0, 4095]}), tmp_path)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int16", "uint32", "int8"])
@pytest.mark.parametrize("channels", [1, 3])
def test_samples_of_every_kind_are_read(tmp_path, kind, channels):
    low = -100 if kind.startswith("int") else 0
    values = np.random.default_rng(0).integers(low, 101, (16, 16, 3)[: 1 + channels]).astype(kind)
    how = "rgb" if channels == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "a.tif", values, photometric=how)
    if kind == "int8":
        expected = values.astype(int) + 128
    else:
        whole = kind.lstrip("u").startswith("int")
        expected = ((values - low) * (256 / (100 - low + whole))).clip(0, 255).astype(int)
    found = pixels(tmp_path / "a.tif", (low, 100))
    assert np.abs(found - np.broadcast_to(expected.reshape(16, 16, channels), (16, 16, 3))).max() <= 1


@pytest.mark.parametrize("compression", ["lzw", "deflate", "zstd", "jpegxl", "lzma"])
def test_compressed_kinds_are_read(tmp_path, compression):
    how = {"compressionargs": {"lossless": True}} if compression == "jpegxl" else {}
    tifffile.imwrite(tmp_path / "a.tif", COLOURS, photometric="rgb", compression=compression, **how)
    np.testing.assert_array_equal(pixels(tmp_path / "a.tif"), COLOURS >> 8)


def test_orientation_and_transparency_hold_for_every_depth(tmp_path):
    alpha = np.full((16, 16, 1), 0x8000, np.uint16)
    both = np.concatenate([COLOURS, alpha], axis=2)
    tags = [(274, "H", 1, 6, True)]
    for name, chosen in (("pillow", None), ("tifffile", (0, 65535))):
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, both, photometric="rgb", extrasamples=["unassalpha"], extratags=tags)
        turned = np.rot90((COLOURS >> 8) * (128 / 255) + 255 * (127 / 255), -1)
        assert np.abs(pixels(path, chosen) - turned).max() <= 1.5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_colours_of_sixteen_bits_in_png_are_turned_as_those_of_eight(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    Image.fromarray((COLOURS >> 8).astype(np.uint8)).save(tmp_path / "eight.png", exif=exif)
    content = png_with(imagecodecs.png_encode(COLOURS), b"eXIf", exif.tobytes()[6:])
    (tmp_path / "sixteen.png").write_bytes(content)
    for chosen in (None, (0, 65535)):
        np.testing.assert_array_equal(
            pixels(tmp_path / "sixteen.png", chosen), pixels(tmp_path / "eight.png")
        )


def png_with(content, name, data):
    """Put a chunk in front of the pixels of a PNG."""
    body = name + data
    chunk = len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return content[:33] + chunk + content[33:]


def test_a_transparent_value_of_sixteen_bits_is_compared_to_the_last_bit(tmp_path):
    grey = np.full((16, 16), 0x1200, np.uint16)
    grey[8:] = 0x1201
    colours = np.stack([grey, grey, grey], axis=-1)
    for name, values, value in (("a", grey, b"\x12\x01"), ("b", colours, b"\x12\x01" * 3)):
        path = tmp_path / f"{name}.png"
        path.write_bytes(png_with(imagecodecs.png_encode(values), b"tRNS", value))
        assert (pixels(path)[:8] == 0x12).all()
        assert (pixels(path)[8:] == 255).all()


def test_grey_jpeg_2000_of_twelve_bits_is_read_in_its_own_values(tmp_path):
    grey = TWELVE[..., 0]
    encoded = imagecodecs.jpeg2k_encode(grey, level=0, reversible=True, bitspersample=12)
    (tmp_path / "a.jp2").write_bytes(encoded)
    for chosen in (None, (0, 4095)):
        np.testing.assert_array_equal(pixels(tmp_path / "a.jp2", chosen)[..., 0], grey >> 4)


def test_what_is_no_picture_is_refused_with_the_reason(tmp_path):
    tifffile.imwrite(tmp_path / "b.tif", np.zeros((16, 16), np.complex64), photometric="minisblack")
    with pytest.raises(ValueError, match="neither grey nor RGB"):
        pixels(tmp_path / "b.tif")


def test_whether_the_extra_is_there_counts_where_it_may_matter(tmp_path, monkeypatch):
    for name in ("photos/a/1.tif", "photos/b/1.png", "others/a/1.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (16, 16), len(name)).save(path)
    sets = [
        {"path": str(tmp_path / "photos")},
        {"path": str(tmp_path / "others")},
        {"path": str(tmp_path / "others"), "range": [0, 1]},
    ]
    every = [ImageFolder.model_validate({"source": "folder"} | settings) for settings in sets]
    there = [data_fingerprint(data) for data in every]
    without(monkeypatch, "tiff")
    assert [one == data_fingerprint(data) for one, data in zip(there, every, strict=True)] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("how", [{}, {"tile": (16, 16)}, {"rowsperstrip": 4}, {"compression": "zstd"}])
def test_a_file_that_is_cut_short_is_refused_and_not_black(tmp_path, how):
    values = np.random.default_rng(0).random((48, 48, 3), np.float32)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, photometric="rgb", **how)
    assert np.abs(pixels(path, (0, 1)).astype(float) - 127).mean() < 60
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ValueError, match="cut short"):
        pixels(path, (0, 1))
