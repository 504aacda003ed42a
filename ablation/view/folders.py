"""Which folders and files are served; whatever is not named here cannot be asked for."""

import re
from pathlib import Path

from ablation.results.folder import GRID

_DEPTH = 3  # folders within folders that are looked through
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
    """Return the results folders in a folder, by their path within it; itself is "." if it is one.

    Example:
        >>> studies(Path("nowhere"))
        {}
    """
    found = [root / GRID] if (root / GRID).is_file() else []
    for depth in range(1, _DEPTH + 1):
        found += root.glob("/".join(["*"] * depth) + f"/{GRID}")
    folders = sorted(file.parent for file in found)
    return {folder.relative_to(root).as_posix(): folder for folder in folders if not _hidden(folder, root)}


def file_of(folder: Path, name: str) -> Path | None:
    """Return a file of a results folder that may be read; None for anything else, whether it exists or not.

    Example:
        >>> file_of(Path("results/quick"), "../secret.json") is None
        True
    """
    match = _NAME.fullmatch(name)
    if match is None or match[1] not in KINDS:
        return None
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve())  # a link may lead out
        return path if inside and path.is_file() else None
    except (OSError, ValueError):
        return None


def _hidden(folder: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in folder.relative_to(root).parts) or not (
        folder.resolve().is_relative_to(root.resolve())
    )
