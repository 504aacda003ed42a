"""Whether the report in a results folder shows what the folder holds, whatever the clock says."""

import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from ablation.files import read_file, stamp
from ablation.report.files import DRAWN, FILES
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.model import Stored
from ablation.results.stored.paths import CELLS, ENVIRONMENT, GRID, RACE
from ablation.results.stored.sealed import read_sealed, sealed


class Drawn(Stored):
    """What the files of a report were made of, and what they are."""

    shows: str  # `results_checksum` of the folder
    files: dict[str, str]  # checksums, by name


def results_checksum(folder: Path) -> str:
    """Return a checksum of what a report shows: grid, environment, race, records of jobs and probes.

    What was confirmed or has grown is not among it: the commands that run these draw the report again.

    Call it before the results are read: what is written meanwhile then counts as not shown.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name:
        ...     folder = Path(name)
        ...     before, _ = results_checksum(folder), (folder / "grid.toml").write_text("seeds = [0]")
        ...     before == results_checksum(folder)
        False
    """
    files = [
        *(folder / name for name in (GRID, ENVIRONMENT, RACE)),
        *sorted((folder / CELLS).glob("[!.]*.json")),
    ]
    return _sum("".join(f"{file.name} {_sum_of(file)}\n" for file in files).encode())


def write_files(folder: Path, files: Mapping[str, bytes], shows: str) -> None:
    """Write the files of a report, and at last what they show.

    Args:
        folder: of results.
        files: what each is to hold, by name; those of `FILES`, but for the last.
        shows: the folder's `results_checksum` before they were read.
    """
    for name in FILES[:-1]:
        write_atomically(folder / name, files[name])
    sums = {name: _sum(files[name]) for name in FILES[:-1]}
    write_atomically(folder / DRAWN, sealed(Drawn(shows=shows, files=sums).model_dump(mode="json")))


def is_drawn(folder: Path) -> bool:
    """Whether every file of the report is there, and shows what the folder holds."""
    drawn = _read(folder)
    there = all((folder / name).exists() for name in FILES)
    return drawn is not None and there and drawn.shows == results_checksum(folder)


def is_as_drawn(folder: Path) -> bool:
    """Whether every file of the report is as it was written, and no link."""
    drawn = _read(folder)
    return (
        drawn is not None
        and all(_is_file(folder / name) for name in FILES)
        and drawn.files == {name: _sum_of(folder / name) for name in FILES[:-1]}
    )


def _read(folder: Path) -> Drawn | None:
    try:
        return read_sealed(folder / DRAWN, Drawn)
    except (DamagedError, PermissionError):
        return None


def _is_file(path: Path) -> bool:
    try:
        return S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _sum_of(file: Path) -> str:
    try:
        return _sum_as_of(file, stamp(file))
    except OSError:
        return "unreadable"


# A page asks every few seconds, and all but one or two of a thousand records have not changed.
@lru_cache(maxsize=20_000)
def _sum_as_of(file: Path, _: tuple[int, ...]) -> str:
    return _sum(read_file(file))


def _sum(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"
