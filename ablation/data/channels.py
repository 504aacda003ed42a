"""How many channels images have: three, as many as their bands, or what `data.channels` says."""

from ablation.errors import DataError
from ablation.words import counted

RGB = 3


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
