"""DICOM files, made in memory."""

from io import BytesIO
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RLELossless, SecondaryCaptureImageStorage, generate_uid


def dicom_bytes(values: NDArray[Any], *, compress: bool = False, **tags: Any) -> bytes:
    """Encode values of (H, W), (H, W, 3) or, with NumberOfFrames, (F, H, W)."""
    file = Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.MediaStorageSOPClassUID = file.SOPClassUID = SecondaryCaptureImageStorage
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID = generate_uid()
    file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    colour = values.shape[-1] == 3
    file.Rows, file.Columns = values.shape[:2] if colour else values.shape[-2:]
    file.SamplesPerPixel = 3 if colour else 1
    file.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        file.PlanarConfiguration = 0
    file.BitsAllocated = file.BitsStored = 8 * values.dtype.itemsize
    file.PixelRepresentation = int(values.dtype.kind == "i")
    file.PixelData = values.tobytes()
    for name, value in tags.items():
        setattr(file, name, value)
    file.HighBit = file.BitsStored - 1
    if compress:
        file.compress(RLELossless)
    content = BytesIO()
    file.save_as(content, enforce_file_format=True)
    return content.getvalue()
