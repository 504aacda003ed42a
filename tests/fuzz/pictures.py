"""One picture in every format and mode that the tool reads and something writes, made in memory."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import tifffile
from PIL import Image, ImageOps

from tests.data.decoding.dicoms import dicom_bytes

SIDE = 48

Settings = dict[str, Any]  # of Image.save


class Encoded(NamedTuple):
    """A file, and how far its pixels may be from the picture's."""

    name: str  # what is special about it, and its suffix
    content: bytes
    picture: Image.Image  # what a viewer shows, RGB
    loss: float  # mean difference in levels that the codec may make

    @property
    def suffix(self) -> str:
        return "." + self.name.rpartition(".")[2]


def encoded() -> Iterator[Encoded]:
    """Yield every file; of those with several frames or pages, the first is the picture."""
    for stored, shown, loss, files in (*_in_colour(), *_in_grey(), *_with_palette(), *_lossy()):
        for name, settings in files.items():
            file = BytesIO()
            stored.save(file, **settings)
            yield Encoded(name, file.getvalue(), shown.convert("RGB"), loss)
    yield from _by_others()


def _colourful() -> Image.Image:
    """A picture that is like none of its turned, mirrored or channel-swapped versions."""
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1)
    disc = (x - 0.3) ** 2 + (y - 0.7) ** 2 < 0.04
    channels = [220 * x + 20, 200 * y * (1 - x) + 10, np.where(disc, 240, 60 * y)]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def _glass(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Make an image more transparent towards its top; return it, and what it looks like on white."""
    glass = image.convert("RGB")
    glass.putalpha(Image.linear_gradient("L").resize(image.size))
    white = Image.new("RGBA", image.size, "white")
    return glass.convert("LA") if image.mode == "L" else glass, Image.alpha_composite(white, glass)


def _sideways(image: Image.Image) -> tuple[Image.Image, Image.Exif]:
    """Turn an image, and say in its EXIF data how to turn it back."""
    exif = Image.Exif()
    exif[0x112] = 6
    return image.transpose(Image.Transpose.ROTATE_90), exif


_Files = tuple[
    Image.Image, Image.Image, float, dict[str, Settings]
]  # stored, shown, loss, each file's settings


def _in_colour() -> Iterator[_Files]:
    rgb = _colourful()
    frames = {"save_all": True, "append_images": [ImageOps.invert(rgb)]}
    webp = {"format": "WEBP", "lossless": True, "exact": True}
    compressed = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd")
    files: dict[str, Settings] = {
        "rgb.png": {"format": "PNG"},
        "rgb.bmp": {"format": "BMP"},
        "rgb.dib": {"format": "DIB"},
        "rgb.ppm": {"format": "PPM"},
        "rgb.tga": {"format": "TGA"},
        "packed.tga": {"format": "TGA", "compression": "tga_rle"},
        "rgb.jp2": {"format": "JPEG2000"},
        "lossless.webp": webp,
        "animated.webp": webp | frames,
        "animated.png": {"format": "PNG", **frames},
        "pages.tif": {"format": "TIFF", **frames},
        "big.tiff": {"format": "TIFF", "big_tiff": True},
        **{f"{how}.tif": {"format": "TIFF", "compression": how} for how in compressed},
    }
    yield rgb, rgb, 0, files
    sideways, exif = _sideways(rgb)
    files = {
        "turned.png": {"format": "PNG", "exif": exif},
        "turned.tif": {"format": "TIFF", "exif": exif},
        "turned.webp": webp | {"exif": exif},
    }
    yield sideways, rgb, 0, files
    glass, on_white = _glass(rgb)
    files = {
        "glass.png": {"format": "PNG"},
        "glass.webp": webp,
        "glass.tif": {"format": "TIFF"},
        "glass.tga": {"format": "TGA"},
        "glass.jp2": {"format": "JPEG2000"},
    }
    yield glass, on_white, 0, files
    yield rgb.convert("CMYK"), rgb, 0, {"cmyk.tif": {"format": "TIFF"}}
    yield rgb.convert("YCbCr"), rgb, 2, {"ycbcr.tif": {"format": "TIFF"}}


def _in_grey() -> Iterator[_Files]:
    grey = _colourful().convert("L")
    plain: dict[str, Settings] = {
        "png": {"format": "PNG"},
        "tif": {"format": "TIFF"},
        "jp2": {"format": "JPEG2000"},
        "pgm": {"format": "PPM"},
    }
    others: dict[str, Settings] = {
        "bmp": {"format": "BMP"},
        "tga": {"format": "TGA"},
        "gif": {"format": "GIF"},
    }
    yield grey, grey, 0, {f"grey.{suffix}": settings for suffix, settings in (plain | others).items()}
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    packed = {"deep-lzw.tif": {"format": "TIFF", "compression": "tiff_lzw"}}
    yield deep, grey, 0, {f"deep.{suffix}": settings for suffix, settings in plain.items()} | packed
    glass, on_white = _glass(grey)
    yield glass, on_white, 1, {"thin.png": {"format": "PNG"}, "thin.tif": {"format": "TIFF"}}
    two = grey.point(lambda level: 255 * (level > 127)).convert("1")
    files: dict[str, Settings] = {
        "bits.png": {"format": "PNG"},
        "bits.pbm": {"format": "PPM"},
        "bits.bmp": {"format": "BMP"},
        "bits.gif": {"format": "GIF"},
        "group3.tif": {"format": "TIFF", "compression": "group3"},
        "group4.tif": {"format": "TIFF", "compression": "group4"},
    }
    yield two, two, 0, files


def _with_palette() -> Iterator[_Files]:
    palette = _colourful().quantize(60)
    frames = {"save_all": True, "append_images": [palette.rotate(90)]}
    files: dict[str, Settings] = {
        "palette.png": {"format": "PNG"},
        "palette.gif": {"format": "GIF"},
        "palette.bmp": {"format": "BMP"},
        "palette.tif": {"format": "TIFF"},
        "palette.tga": {"format": "TGA"},
        "animated.gif": {"format": "GIF", **frames},
    }
    yield palette, palette, 0, files
    four = _colourful().quantize(4)
    yield four, four, 0, {"four.png": {"format": "PNG", "bits": 2}}
    pixels = np.asarray(four.convert("RGB")).copy()
    pixels[np.asarray(four) == 1] = 255
    clear = {
        "clear.png": {"format": "PNG", "transparency": 1},
        "clear.gif": {"format": "GIF", "transparency": 1},
    }
    yield four, Image.fromarray(pixels), 0, clear


def _lossy() -> Iterator[_Files]:
    rgb = _colourful()
    grey = rgb.convert("L")
    sideways, exif = _sideways(rgb)
    jpeg = {"format": "JPEG", "quality": 95}
    rates = {"format": "JPEG2000", "quality_mode": "rates", "quality_layers": [8], "irreversible": True}
    avif = {"format": "AVIF", "quality": 95}
    files: dict[str, Settings] = {
        "rgb.jpg": jpeg,
        "progressive.jpeg": jpeg | {"progressive": True},
        "jpeg.tif": {"format": "TIFF", "compression": "jpeg", "quality": 95},
        "lossy.webp": {"format": "WEBP", "quality": 95},
        "lossy.jp2": rates,
    }
    Image.init()
    if "AVIF" in Image.SAVE:  # from Pillow 11.3 on
        frames = {"save_all": True, "append_images": [ImageOps.invert(rgb)]}
        files |= {"rgb.avif": avif, "animated.avif": avif | frames}
    yield rgb, rgb, 4, files
    yield sideways, rgb, 4, {"turned.jpe": jpeg | {"exif": exif}}
    yield grey, grey, 4, {"grey.jfif": jpeg}
    yield rgb.convert("CMYK"), rgb, 4, {"cmyk.jpg": jpeg}


def _by_others() -> Iterator[Encoded]:
    """Yield files that Pillow cannot write, and does not read."""
    rgb = _colourful()
    grey = rgb.convert("L")
    colours, deep = np.asarray(rgb), np.asarray(grey).astype(np.uint16) * 257
    planes = colours.transpose(2, 0, 1).astype(np.uint16) * 257
    for name, values, settings in (
        ("planes.tif", planes, {"photometric": "rgb", "planarconfig": "separate"}),
        ("tiles.tif", colours.astype(np.uint16) * 257, {"tile": (16, 16), "compression": "zstd"}),
        ("signed.tif", (colours.astype(np.int32) * 257 - 2**15).astype(np.int16), {"photometric": "rgb"}),
    ):
        file = BytesIO()
        tifffile.imwrite(file, values, **settings)
        yield Encoded(name, file.getvalue(), rgb, 0)
    shown = grey.convert("RGB")
    yield Encoded("rgb.dcm", dicom_bytes(colours), rgb, 0)
    yield Encoded("deep.dcm", dicom_bytes(deep), shown, 0)
    yield Encoded("packed.dcm", dicom_bytes(deep, compress=True), shown, 0)
    window = {"WindowCenter": "32768", "WindowWidth": "65536", "RescaleSlope": "1", "RescaleIntercept": "0"}
    yield Encoded("window.dcm", dicom_bytes(deep, **window), shown, 0)
    frames = np.stack([deep, deep[::-1]])
    yield Encoded("frames.dcm", dicom_bytes(frames, NumberOfFrames=2), shown, 0)
