"""Opens an image file with what can read it."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import EXTRASAMPLES, PHOTOMETRIC_INTERPRETATION, SAMPLESPERPIXEL, TiffImageFile

from ablation.data.decoding.bands import bands_of
from ablation.data.decoding.dicom import DicomFile
from ablation.data.decoding.pages import File, Page
from ablation.data.decoding.pillow import PillowFile
from ablation.data.decoding.stack import Stack
from ablation.data.decoding.stored import Opened
from ablation.data.decoding.tiff import MAGIC, TiffFile
from ablation.data.decoding.video import VideoFile
from ablation.data.extras import DICOM_SUFFIXES, VIDEO_SUFFIXES, install, installed
from ablation.files import open_file

# What it logs it then raises, and where nobody listens, logging prints.
logging.getLogger("PIL.TiffImagePlugin").addHandler(logging.NullHandler())


@contextmanager
def opened_for(page: Page) -> Iterator[Opened]:
    """Open the file of a page.

    Raises:
        OSError, ValueError: as `opened`.
    """
    with opened(page.path) as file:
        yield Stack(file) if page.stacked else file


@contextmanager
def opened(path: File) -> Iterator[Opened]:
    """Open an image file.

    Raises:
        OSError: as of `open_file`; UnidentifiedImageError if it is of no kind that is known.
        ValueError: a DICOM file is none, or what an extra reads is not installed.
    """
    with open_file(path) if isinstance(path, Path) else path.open() as file:
        if path.suffix.lower() in DICOM_SUFFIXES:
            if not installed("dicom"):
                raise ValueError(f"a DICOM file: {install('dicom')}")
            yield DicomFile(file)
        elif path.suffix.lower() in VIDEO_SUFFIXES:
            with closing(VideoFile(file)) as video:
                yield video
        elif (image := _pillow(file)) is None:
            yield TiffFile(file)
        else:
            with image:
                yield PillowFile(file, image)


def _pillow(file: IO[bytes]) -> ImageFile | None:
    """Open an image with Pillow, or return None for a TIFF that it cannot open, or that has other bands."""
    try:
        image = Image.open(file)
        if isinstance(image, TiffImageFile) and _has_bands(image):
            return None
        return image
    except UnidentifiedImageError:
        file.seek(0)
        if file.read(4) not in MAGIC:
            raise
        return None


def _has_bands(image: TiffImageFile) -> bool:
    tags = image.tag_v2
    photometric = tags.get(PHOTOMETRIC_INTERPRETATION, 0)
    return bands_of(photometric, tags.get(SAMPLESPERPIXEL, 1), tags.get(EXTRASAMPLES, ())) is not None
