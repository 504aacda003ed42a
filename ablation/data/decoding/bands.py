"""TIFF files whose channels are neither grey nor colours and transparency, such as those of satellites."""

from collections.abc import Sequence

_GREY_OR_RGB = {0: 1, 1: 1, 2: 3}  # samples of a pixel, by the photometric interpretation
_OPACITY = (1, 2)  # kinds of extra samples: premultiplied alpha, alpha


def bands_of(photometric: int, samples: int, extra: Sequence[int]) -> int | None:
    """Return how many bands a page of a TIFF has, or None if it is a grey or colour picture.

    Args:
        photometric: the photometric interpretation.
        samples: of each pixel.
        extra: the kinds of those that are not part of the picture, as far as the file says.

    Example:
        >>> bands_of(2, 4, [2]), bands_of(2, 4, [0]), bands_of(1, 13, [0] * 12)
        (None, 4, 13)
    """
    picture = _GREY_OR_RGB.get(photometric)
    if picture is None or samples == picture or (samples == picture + 1 and tuple(extra[:1]) in {(1,), (2,)}):
        return None
    return samples if samples != 3 else None  # of three, a picture can be made
