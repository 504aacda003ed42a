"""What processes leave in a results folder that are killed, and what is no longer of use."""

import re
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from ablation.results.stored.paths import CELLS, FAILURES, PARTIAL

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}\.tmp")  # as `write_atomically` names them
_YOUNG = 60.0  # seconds; `ablation report` may be writing such a file now, beside a run


def remove_leftovers(folder: Path, unfinished: Collection[str]) -> None:
    """Remove temporary files, and what long jobs kept that are not to be run any more.

    Only for whoever holds the folder: nobody else writes cells.

    Args:
        folder: of results.
        unfinished: the ids of the jobs still to be run.
    """
    for path in _leftovers(folder, unfinished):
        with suppress(OSError):  # a folder by this name, or on a disk that can only be read: it does no harm
            path.unlink()
    with suppress(OSError):
        (folder / PARTIAL).rmdir()


def _leftovers(folder: Path, unfinished: Collection[str]) -> Iterator[Path]:
    yield from (path for path in _inside(folder) if _is_temporary(path) and not _is_young(path))
    for name in (CELLS, FAILURES):
        yield from filter(_is_temporary, _inside(folder / name))
    for path in _inside(folder / PARTIAL):
        if _is_temporary(path) or path.stem not in unfinished:
            yield path


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _is_temporary(path: Path) -> bool:
    return _TEMPORARY.fullmatch(path.name) is not None


def _is_young(path: Path) -> bool:
    try:
        return abs(time.time() - path.stat().st_mtime) < _YOUNG
    except OSError:
        return False
