"""How many channels images have: three, as many as their bands, or what `data.channels` says."""

from typing import TYPE_CHECKING, Any, TypeVar

from ablation.errors import DataError
from ablation.words import counted, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

RGB = 3
Array = TypeVar("Array", "NDArray[Any]", "Tensor")


def channels_of(stored: int, wanted: int | None, where: str) -> int:
    """Return how many channels images get that are stored with so many.

    Grey images get three equal ones, unless `data.channels` is 1, which also makes colours grey. Other images
    keep their channels.

    Args:
        stored: 1 for grey, 3 for colours, or any other number.
        wanted: `data.channels`.
        where: names the images in the message.

    Raises:
        DataError: images cannot have so many.

    Example:
        >>> [channels_of(stored, None, "x") for stored in (1, 3, 13)], channels_of(3, 1, "x")
        ([3, 3, 13], 1)
    """
    pictures = stored in (1, RGB)
    if wanted is None:
        return RGB if pictures else stored
    if wanted == stored or (pictures and wanted in (1, RGB)):
        return wanted
    raise DataError(
        f"{where}: has {counted(stored, 'channel')}, and data.channels is {wanted}; "
        f"write channels = {stored}, or leave it out"
    )


def refuse_other_channels(trained: int, others: int) -> None:
    """Raise DataError where encoders of images of so many channels cannot be transferred to others.

    Example:
        >>> refuse_other_channels(3, 3)
    """
    if others != trained:
        raise DataError(
            f"transfer: these images have {counted(others, 'channel')}, and the encoders are of "
            f"{trained}; choose images of the same channels, or set transfer.channels"
        )


def shown_channels(channels: int, show: tuple[int, int, int] | None) -> tuple[int, int, int]:
    """Return which channels figures show as red, green and blue, from 0.

    By default the first three; of two, the first in magenta and the second in green.

    Args:
        channels: of the images.
        show: `data.show`, from 1.

    Raises:
        DataError: there is no such channel.

    Example:
        >>> shown_channels(13, (4, 3, 2)), shown_channels(2, None), shown_channels(1, None)
        ((3, 2, 1), (0, 1, 0), (0, 0, 0))
    """
    if show is None:
        return {1: (0, 0, 0), 2: (0, 1, 0)}.get(channels, (0, 1, 2))
    if max(show) > channels:
        raise DataError(
            f"data.show: there is no channel {max(show)}; the images have {counted(channels, 'channel')}"
        )
    red, green, blue = show
    return red - 1, green - 1, blue - 1


def shown_words(channels: int, show: tuple[int, int, int] | None) -> str:
    """Say which channels figures show; empty for RGB as it is.

    Example:
        >>> shown_words(13, (4, 3, 2)), shown_words(1, None), shown_words(3, None)
        ('shown as red, green and blue: channels 4, 3 and 2 of 13', '', '')
    """
    if channels == 1 or (channels == RGB and show is None):
        return ""
    names = [str(channel + 1) for channel in shown_channels(channels, show)]
    return f"shown as red, green and blue: channels {listed(names)} of {channels}"


def shown(images: Array, show: tuple[int, int, int] | None) -> Array:
    """Return what figures show of images: (..., C, S, S) to (..., 3, S, S); RGB as it is."""
    channels = images.shape[-3]
    if channels == RGB and show is None:
        return images
    return images[..., list(shown_channels(channels, show)), :, :]
