"""Opens an image file with what can read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from ablation.data.decoding.dicom import DicomFile
from ablation.data.decoding.pages import File
from ablation.data.decoding.pillow import PillowFile
from ablation.data.decoding.stored import Opened
from ablation.data.decoding.tiff import MAGIC, TiffFile
from ablation.data.extras import DICOM_SUFFIXES, install, installed
from ablation.files import open_file


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
        elif (image := _pillow(file)) is None:
            yield TiffFile(file)
        else:
            with image:
                yield PillowFile(file, image)


def _pillow(file: IO[bytes]) -> ImageFile | None:
    """Open an image with Pillow, or return None for a TIFF that it cannot open."""
    try:
        return Image.open(file)
    except UnidentifiedImageError:
        file.seek(0)
        if file.read(4) not in MAGIC:
            raise
        return None
