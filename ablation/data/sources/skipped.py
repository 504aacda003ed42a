"""Says which files could not be read, in a note."""

from collections.abc import Mapping
from pathlib import Path

from ablation.data.decoding.pages import Page
from ablation.words import counted, printable

_SHOWN = 3  # files named with the reason


def skipped(what: str, broken: Mapping[Page, str], root: Path) -> list[str]:
    """Count what could not be read and name the first few; nothing if there is none.

    Example:
        >>> skipped("train image", {Page(Path("photos/a/1.png")): "not an image"}, Path("photos"))
        ['skipped 1 unreadable train image: a/1.png (not an image)']
    """
    if not broken:
        return []
    shown = "; ".join(f"{page.name(root)} ({why})" for page, why in [*broken.items()][:_SHOWN])
    more = f"; and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
    note = f"skipped {counted(len(broken), f'unreadable {what}')}: {shown}{more}"
    return [printable(note)]  # file names are bytes on disk and need not be valid text, but a note must be
