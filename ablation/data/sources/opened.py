"""Opens an image file with what can read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from ablation.data.extras import DICOM_SUFFIXES
from ablation.data.sources.dicom import DicomFile
from ablation.data.sources.pillow import PillowFile
from ablation.data.sources.stored import Opened
from ablation.files import open_file


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open an image file.

    Raises:
        OSError: as of `open_file`; UnidentifiedImageError if it is of no kind that is known.
        ValueError: a DICOM file is none.
    """
    with open_file(path) as file:
        if path.suffix.lower() in DICOM_SUFFIXES:
            yield DicomFile(file)
        else:
            with Image.open(file) as image:
                yield PillowFile(image)
