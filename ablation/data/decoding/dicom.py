"""DICOM files, read by pydicom (the extra `dicom`): in the units of the modality, shown by their window."""

from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ablation.data.decoding.depth import interval_of
from ablation.data.decoding.reading import Interval
from ablation.data.decoding.samples import Depth, Samples
from ablation.data.decoding.stored import Stored, refuse_huge

Values = NDArray[Any]

_RESCALE = (("RescaleSlope", 1), ("RescaleIntercept", 0))  # keys, and what they are where they are not given


class DicomFile:
    """A DICOM file that is open; its frames are pages.

    Raises:
        ValueError: it is none, or holds no image.
    """

    def __init__(self, file: IO[bytes]) -> None:
        from pydicom import dcmread
        from pydicom.errors import InvalidDicomError

        try:
            self._file: Any = dcmread(file)
        except InvalidDicomError:
            raise ValueError("not a DICOM file") from None
        if not self._file.get("Rows") or not self._file.get("Columns"):
            raise ValueError("a DICOM file without an image")
        self._number = 0
        refuse_huge(*self.size)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return int(self._file.Columns), int(self._file.Rows)

    @property
    def pages(self) -> int:
        """How many frames there are."""
        return int(self._file.get("NumberOfFrames") or 1)

    @property
    def bands(self) -> None:
        """None: it is a grey or colour picture."""
        return None

    def turn_to(self, number: int | None, side: int) -> None:
        """Turn to a frame, as `Opened` says."""
        del side  # frames are decoded whole
        self._number = number or 0

    def read(self, exact: bool) -> Stored:
        """Read the frame; where samples must be kept exact, the window of the file is not applied."""
        from pydicom.pixels.processing import apply_color_lut
        from pydicom.pixels.utils import pixel_array

        values = pixel_array(self._file, index=self._number)
        kind = self._file.PhotometricInterpretation
        if kind == "PALETTE COLOR":
            values = apply_color_lut(values, self._file)
        if values.ndim == 3:
            bits = values.dtype.itemsize * 8 if kind == "PALETTE COLOR" else int(self._file.BitsStored)
            colours = Samples(values, Depth(bits, interval_of(bits, signed=False)))
            return Stored(colours, self._file.get("ICCProfile"))
        values, depth = self._in_units(values, kind == "MONOCHROME1")
        if not exact or depth.bits <= 8:
            values, depth = self._windowed(values, depth)
        return Stored(Samples(values, depth))

    def _in_units(self, values: Values, white_is_zero: bool) -> tuple[Values, Depth]:
        """Return grey values in the units of the modality, such as Hounsfield's, and what they can be."""
        whole = values.dtype.kind in "iu"
        bits = int(self._file.BitsStored) if whole else values.dtype.itemsize * 8
        interval = interval_of(bits, values.dtype.kind == "i", whole)
        if table := self._file.get("ModalityLUTSequence"):
            from pydicom.pixels.processing import apply_modality_lut

            values, interval = apply_modality_lut(values, self._file), (0, _largest(table[0]))
        else:
            scale = self._of_frame("PixelValueTransformationSequence")
            slope, intercept = (float(scale.get(key, or_else)) for key, or_else in _RESCALE)
            if slope == 0 or not np.isfinite([slope, intercept]).all():
                raise ValueError(f"its rescale slope is {slope:g} and its intercept {intercept:g}")
            if whole and slope.is_integer() and intercept.is_integer():
                values = values.astype(np.int64) * int(slope) + int(intercept)
            else:
                values = values * slope + intercept
            if interval is not None:
                low, high = sorted(float(end * slope + intercept) for end in interval)
                interval = low, high
        return values, Depth(bits, interval, white_is_zero)

    def _windowed(self, values: Values, depth: Depth) -> tuple[Values, Depth]:
        """Return grey values, and which of them the file says are to be seen: its first window."""
        if table := self._file.get("VOILUTSequence"):
            from pydicom.pixels.processing import apply_voi

            seen = apply_voi(np.round(values).astype(np.int64), self._file)
            return seen, Depth(depth.bits, (0, _largest(table[0])), depth.white_is_zero, windowed=True)
        window = self._of_frame("FrameVOILUTSequence")
        if "WindowCenter" not in window or "WindowWidth" not in window:
            return values, depth
        centre, width = (
            float(np.atleast_1d(window[key].value)[0]) for key in ("WindowCenter", "WindowWidth")
        )
        function = window.get("VOILUTFunction", "LINEAR")
        if width <= (function == "LINEAR"):
            raise ValueError(f"its window is {width:g} wide, so nothing is seen; set data.range")
        if function == "SIGMOID":
            with np.errstate(over="ignore"):  # far below the window
                values, interval = 1 / (1 + np.exp(-4 * (values - centre) / width)), (0.0, 1.0)
        else:
            interval = _window(centre, width, function == "LINEAR")
        return values, Depth(depth.bits, interval, depth.white_is_zero, windowed=True)

    def _of_frame(self, sequence: str) -> Any:
        """Return what holds some values of a frame: its own, those that all frames share, or the file's."""
        own = self._file.get("PerFrameFunctionalGroupsSequence") or []
        for groups in (
            *own[self._number : self._number + 1],
            *(self._file.get("SharedFunctionalGroupsSequence") or [])[:1],
        ):
            if groups.get(sequence):
                return groups[sequence][0]
        return self._file


def _largest(table: Any) -> float:
    """Return the largest value that a look-up table says it can hold."""
    return float((1 << int(table.LUTDescriptor[2])) - 1)


def _window(centre: float, width: float, linear: bool) -> Interval:
    """Return the ends of a window (DICOM PS3.3, C.11.2.1.2): `LINEAR` is of whole numbers.

    Example:
        >>> _window(40, 400, linear=True), _window(40, 400, linear=False)
        ((-160.0, 239.0), (-160.0, 240.0))
    """
    return (
        (centre - width / 2, centre + width / 2 - 1) if linear else (centre - width / 2, centre + width / 2)
    )
