"""The names of the files in a results folder: the one place that knows them."""

from pathlib import Path

CELLS = "cells"  # a folder
FAILURES = "failures"  # a folder, of what only the owner of the machine needs to read
GRID = "grid.toml"
ENVIRONMENT = "environment.json"
PARTIAL = "partial"  # a folder, of long jobs that have not ended
PICTURES = "pictures.npz"
RACE = "race.json"  # how far a race has come
PARENT = "parent"  # which race the policies here grew from
PREVIEW, SHORTCUT = "preview", "shortcut"  # folders; may be there before the first cell
MAPS = "maps"  # a folder


def record_file(folder: Path, id: str) -> Path:
    """Return where a cell's record is kept."""
    return folder / CELLS / f"{id}.json"


def arrays_file(folder: Path, id: str) -> Path:
    """Return where a cell's arrays are kept, if it has any."""
    return folder / CELLS / f"{id}.npz"


def weights_file(folder: Path, id: str) -> Path:
    """Return where a cell's encoder is kept, if it is."""
    return folder / CELLS / f"{id}.safetensors"


def partial_file(folder: Path, id: str) -> Path:
    """Return where a long job keeps how far it is, until it has ended."""
    return folder / PARTIAL / f"{id}.safetensors"


def map_file(folder: Path, id: str) -> Path:
    """Return where the map of a cell's h is, if somebody drew it."""
    return folder / MAPS / f"{id}.png"


def card_file(folder: Path, id: str) -> Path:
    """Return where the model card of a cell's encoder is kept, if the encoder is."""
    return folder / CELLS / f"{id}.md"


def probe_file(folder: Path, id: str, probe: str) -> Path:
    """Return where what a probe measured of a cell is kept; `probe` is its id."""
    return folder / CELLS / f"{id}.probe-{probe}.json"


def traceback_file(folder: Path, id: str) -> Path:
    """Return where the traceback of a failed cell is kept; neither the page nor a published copy holds it."""
    return folder / FAILURES / f"{id}.txt"
