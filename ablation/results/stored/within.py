"""Nothing is written or deleted through a link that leads out of a results folder."""

import os
from collections.abc import Iterable
from pathlib import Path

from ablation.errors import ResultsError


def within(folder: Path, path: Path) -> Path:
    """Return a path in a results folder, if a file can be written or deleted there and nowhere else.

    The folder may itself be a link, and links that stay inside it are followed. The last part is not looked
    at: a file that is replaced or deleted is the link, never what it leads to.

    Args:
        folder: a results folder.
        path: of a file in it, or in a folder of it.

    Raises:
        ResultsError: a folder on the way is a link that leads out.

    Example:
        >>> within(Path("results/quick"), Path("results/quick/figures/leak.png")).name
        'leak.png'
    """
    root = os.path.realpath(folder)
    if not Path(os.path.realpath(path.parent)).is_relative_to(root):
        link = next((one for one in _way(folder, path) if one.is_symlink()), path.parent)
        raise ResultsError(
            f"{link}: is a link that leads out of the results folder, where nothing is written or deleted; "
            "remove it, or let the results folder itself be the link"
        )
    return path


def refuse_links(folder: Path, names: Iterable[str]) -> None:
    """Raise ResultsError if one of these folders of a results folder is a link that leads out of it."""
    for name in names:
        within(folder, folder / name / "any")


def _way(folder: Path, path: Path) -> list[Path]:
    return [one for one in reversed(path.parents) if one != folder and one.is_relative_to(folder)]
