"""Which folders and files are served; nothing that is not named here can be requested."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ablation.report.files import FIGURES, TABLES
from ablation.results.stored.folder import may_be_results
from ablation.results.stored.paths import CELLS, PREVIEW, SHORTCUT

_DEPTH = 3  # levels of folders that are searched
_OF_A_STUDY = (CELLS, FIGURES, TABLES, PREVIEW, SHORTCUT)
_NAME = re.compile(r"(?:(?:figures|tables)/)?[A-Za-z0-9][A-Za-z0-9_.-]*\.([a-z]+)")
KINDS = {
    "html": "text/html; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "toml": "text/plain; charset=utf-8",
    "tex": "text/plain; charset=utf-8",
    "parquet": "application/octet-stream",
}


def studies(root: Path) -> dict[str, Path]:
    """Return the results folders in a folder, by their path within it; the folder itself is ".".

    Example:
        >>> studies(Path("nowhere"))
        {}
    """
    return {folder.relative_to(root).as_posix(): folder for folder in sorted(_within(root, _DEPTH))}


def _within(folder: Path, depth: int) -> Iterator[Path]:
    if may_be_results(folder):
        yield folder
    # Links may lead outside or in a circle; a study's own folders hold thousands of files, but no studies.
    with suppress(OSError), os.scandir(folder) as entries:
        inside = [
            folder / entry.name
            for entry in entries
            if entry.is_dir(follow_symlinks=False) and entry.name not in _OF_A_STUDY and entry.name[0] != "."
        ]
        for path in inside if depth else ():
            yield from _within(path, depth - 1)


def file_of(folder: Path, name: str) -> Path | None:
    """Return a file of a results folder, if it may be served; None for anything else, existing or not.

    Example:
        >>> file_of(Path("results/quick"), "../secret.json") is None
        True
    """
    match = _NAME.fullmatch(name)
    if match is None or match[1] not in KINDS:
        return None
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve())  # a link may lead outside
        return path if inside and path.is_file() else None
    except (
        OSError,
        ValueError,
        RuntimeError,
    ):  # the last is how Python before 3.13 says that links go in a circle
        return None
