"""What a shell offers after the Tab key: grid files, results folders, built-in grids."""

from collections.abc import Iterable
from pathlib import Path


def grid_files(incomplete: str) -> list[str]:
    """List the TOML files of the folder typed so far, and of the folders in it."""
    return _offered(_found(incomplete, ("*.toml", "*/*.toml")), incomplete)


def results_folders(incomplete: str) -> list[str]:
    """List the results folders in the folder typed so far, and in the folders in it."""
    inside = _found(incomplete, ("*/grid.toml", "*/*/grid.toml"))
    return _offered((path.parent for path in inside), incomplete)


def builtin_names(incomplete: str) -> list[str]:
    """List the built-in grids."""
    from ablation.grid.file.builtin import builtin_grids

    return [grid.name for grid in builtin_grids() if grid.name.startswith(incomplete)]


def _found(incomplete: str, patterns: Iterable[str]) -> list[Path]:
    folder = Path(incomplete.rpartition("/")[0] or ("/" if incomplete.startswith("/") else "."))
    return [path for pattern in patterns for path in folder.glob(pattern)]


def _offered(paths: Iterable[Path], incomplete: str) -> list[str]:
    shown = sorted({path.as_posix() for path in paths if not any(_hidden(part) for part in path.parts)})
    return [path for path in shown if path.startswith(incomplete)]


def _hidden(part: str) -> bool:
    return part.startswith(".") and part.strip(".") != ""
