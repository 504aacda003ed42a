"""One cell, two files: `cells/<id>.npz` first, then `cells/<id>.json`, each whole or absent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ablation.grid.cells import Cell
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.paths import arrays_file, card_file, record_file, traceback_file, weights_file
from ablation.results.stored.record import Record, Records
from ablation.results.stored.sealed import read_sealed, sealed
from ablation.results.stored.within import within

if TYPE_CHECKING:  # `status` reads a thousand records and no array: it starts without numpy
    from ablation.results.stored.arrays import CellArrays

ReadRecord = Callable[[Path, str], Record | None]


@dataclass(frozen=True)
class CellResult:
    """What came out of a cell, before it is written; arrays and weights are None where there are none."""

    record: Record
    arrays: "CellArrays | None" = None
    weights: bytes | None = None  # of the encoder, as a safetensors file
    card: str = ""  # of these weights, in Markdown
    traceback: str = ""  # of the error, if it failed


def write_cell(folder: Path, result: CellResult) -> Record:
    """Write a cell's arrays, then its record; the record's `arrays` is filled in with their size in bytes.

    The traceback of a failure goes into a file of its own, `failures/<id>.txt`.

    The order means that a record vouches for its arrays: whoever sees the one may trust the other.

    Args:
        folder: the results folder.
        result: what came out; replaces an earlier result of the same cell.

    Returns:
        The record as written.

    Raises:
        ValueError: the record holds a number that is not finite.
        ResultsError: `cells` or `failures` is a link that leads out of the folder.
        OSError: the files cannot be written; no half-written file is left behind.
    """
    written = _file(folder, record_file(folder, result.record.id))
    packed = None if result.arrays is None else result.arrays.pack()
    record = result.record.model_copy(update={"arrays": None if packed is None else len(packed)})
    text = _text(record)
    if packed is not None:
        write_atomically(arrays_file(folder, record.id), packed)
    if result.weights is not None:
        write_atomically(weights_file(folder, record.id), result.weights)
        write_atomically(card_file(folder, record.id), result.card.encode())
    trace = traceback_file(folder, record.id)
    if result.traceback:
        write_atomically(_file(folder, trace), result.traceback.encode(errors="replace"))
    write_atomically(written, text)
    if packed is None:
        arrays_file(folder, record.id).unlink(missing_ok=True)  # of an earlier attempt
    if not result.traceback and trace.exists():
        within(folder, trace).unlink()
    return record


def rewrite_record(folder: Path, record: Record) -> Record:
    """Write the record of a cell whose files were deleted; return it as written.

    Its arrays are lost, unless their file is still there; a note then says so.

    Raises:
        ResultsError: `cells` is a link that leads out of the folder.
        OSError: the file cannot be written.
    """
    path = _file(folder, record_file(folder, record.id))
    if record.arrays is not None and not _has_arrays(folder, record):
        note = "the results folder was deleted during the run; predictions and pictures of this job are lost"
        record = record.model_copy(update={"arrays": None, "notes": (*record.notes, note)})
    write_atomically(path, _text(record))
    return record


def read_sound(folder: Path, id: str) -> Record | None:
    """Read a cell's record; None where there is none.

    Raises:
        DamagedError: the file holds something else (half a record, numbers that cannot be, the record of
            another cell), or the file of its arrays is missing or has another size.
        PermissionError: the file may not be read.
    """
    path = record_file(folder, id)
    record = read_sealed(path, Record)
    if record is None:
        return None
    if record.id != id:
        raise DamagedError(path, "it is of another job")
    if record.arrays is not None and not _has_arrays(folder, record):
        raise DamagedError(arrays_file(folder, id), "it is missing, or is not as long as it was written")
    return record


def read_record(folder: Path, id: str) -> Record | None:
    """Read a cell's record as `read_sound`, but None where it is damaged: such a cell is still to be run.

    Raises:
        PermissionError: the file may not be read.
    """
    try:
        return read_sound(folder, id)
    except DamagedError:
        return None


def read_records(folder: Path, cells: Iterable[Cell], read: ReadRecord = read_sound) -> Records:
    """Read the records of cells, of those that have one.

    Args:
        folder: of results.
        cells: in the order of work.
        read: reads one record by the folder and its id.

    Raises:
        DamagedError: by default, one of them is damaged.
    """
    found = ((cell, read(folder, cell.id)) for cell in cells)
    return [(cell, record) for cell, record in found if record is not None]


def is_finished(record: Record) -> bool:
    """Whether a run leaves this cell alone: an error is retried, a divergence would only happen again."""
    return record.outcome != "failed"


def _file(folder: Path, path: Path) -> Path:
    within(folder, path).parent.mkdir(parents=True, exist_ok=True)
    return path


def _has_arrays(folder: Path, record: Record) -> bool:
    try:
        return arrays_file(folder, record.id).stat().st_size == record.arrays
    except PermissionError:
        raise
    except OSError:  # it is not there, or a link that leads nowhere or to itself
        return False


def _text(record: Record) -> bytes:
    return sealed(record.model_dump(mode="json"))
