"""A few pictures of a split decoded as all will be, so that a grid can be checked before it is run."""

from collections.abc import Sequence
from pathlib import Path

from ablation.data.decoding.decode import decode_page
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading
from ablation.data.decoding.stored import Opened
from ablation.data.decoding.threads import each
from ablation.errors import DataError
from ablation.words import counted, printable

_LOOKED_AT = 20  # pictures, spread over all


def look(name: str, pages: Sequence[Page], reading: Reading, root: Path) -> list[str]:
    """Decode some pictures of a split; return notes on those that cannot be read, and on small ones.

    Args:
        name: of the split.
        pages: of the split.
        reading: how they become images.
        root: what they are named from.

    Raises:
        DataError: none of those looked at can be read.
    """
    chosen = pages[:: -(-len(pages) // _LOOKED_AT)]

    def side(file: Opened, index: int) -> int:
        decode_page(file, chosen[index].number, reading)
        return min(file.size)

    found = [*each(chosen, side)]
    broken = {page: why for page, why in zip(chosen, found, strict=True) if isinstance(why, str)}
    sides = [one for one in found if isinstance(one, int)]
    looked = counted(len(chosen), f"{name} image")
    notes = []
    if broken:
        page, why = next(iter(broken.items()))
        example = printable(f"{page.name(root)} ({why})")
        if not sides:
            raise DataError(f"{root}: 0 of {looked} checked can be read; for example {example}")
        notes.append(f"{len(broken)} of {looked} checked cannot be read, for example {example}")
    if small := [one for one in sides if one < reading.size]:
        are = "is" if len(small) == 1 else "are"
        notes.append(
            f"{len(small)} of {looked} checked {are} smaller than data.size ({min(small)} pixels), "
            "and will be enlarged"
        )
    return notes
