"""The results folder of a run: held against other runs, and put back if it is deleted in the meantime."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ablation.errors import ResultsError
from ablation.results.stored.cells import rewrite_record
from ablation.results.stored.paths import CELLS, GRID, arrays_file, record_file
from ablation.results.stored.record import Record
from ablation.runner.seldom import Seldom
from ablation.runner.tally import Tally
from ablation.words import counted

_LOCK = ".lock"


class Hold:
    """A lock on a results folder that notices when the folder is no longer the one that was locked."""

    def __init__(self, folder: Path) -> None:
        from filelock import FileLock

        self.folder = folder
        self._lock = FileLock(folder / _LOCK)
        self.looking = Seldom()
        self._disk, self._file = self._acquire("wait for it to end, or choose another with --out")

    def release(self) -> None:
        """Let other runs use the folder."""
        self._lock.release()

    def put_back(self, tally: Tally, describe: Callable[[], None], at_end: bool = False) -> str | None:
        """Write again what was deleted from the folder since the run began, as far as this process has it.

        It has the records, but not their arrays and encoders. Of thousands of jobs, not every call looks for
        the files.

        Args:
            tally: its records are replaced by those that were written again.
            describe: writes what the folder holds besides cells.
            at_end: look for all files in any case.

        Returns:
            What happened, in words; None if nothing did.

        Raises:
            ResultsError: the folder's disk is gone, another run is using the folder, or it cannot be written.
        """
        try:
            same = self._found() == (self._disk, self._file)
            described = (self.folder / GRID).is_file()
            if same and described and not at_end and not self.looking.is_due():
                return None
            with self.looking.working():
                files = _names(self.folder / CELLS)
                lost = [record for record in tally.records.values() if not _files_of(record) <= files]
            if same and described and not lost:
                return None
            if _disk(self.folder) != self._disk:
                raise ResultsError(
                    f"{self.folder}: its disk is no longer there, only what was written on it before"
                )
            if not same:
                self._lock.release()
                self._disk, self._file = self._acquire("this one had it before it was deleted")
            describe()
            for record in lost:
                tally.records[record.id] = rewrite_record(self.folder, record)
        except OSError as error:
            raise ResultsError(f"{self.folder}: cannot write results ({error})") from error
        arrays = any(tally.records[record.id] != record for record in lost)
        without = " (without their predictions and pictures, which are lost)" if arrays else ""
        return (
            f"{self.folder}: was deleted during the run, wholly or in part; it is written again with "
            f"{counted(len(lost), 'finished job')}{without}"
        )

    def _acquire(self, advice: str) -> tuple[int, int]:
        from filelock import Timeout

        if (self.folder / _LOCK).is_symlink():
            raise ResultsError(f"{self.folder / _LOCK}: is a link, and would be emptied; remove it")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            found = self._found()
        except Timeout:
            raise ResultsError(f"{self.folder}: another run is using this folder; {advice}") from None
        except OSError as error:
            raise ResultsError(
                f"{self.folder}: cannot be written ({error.strerror}); choose another folder with --out"
            ) from None
        assert found is not None, "the lock has a file"
        return found

    def _found(self) -> tuple[int, int] | None:
        try:
            status = (self.folder / _LOCK).stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino


@contextmanager
def held(folder: Path) -> Iterator[Hold]:
    """Create a results folder if there is none, and hold it.

    Raises:
        ResultsError: another run is using the folder, or it cannot be written.
    """
    hold = Hold(folder)
    try:
        yield hold
    finally:
        hold.release()


def _files_of(record: Record) -> set[str]:
    cell, arrays = _file_names(record.id)
    return {cell} if record.arrays is None else {cell, arrays}


@cache  # of thousands of jobs, after each of them
def _file_names(id: str) -> tuple[str, str]:
    return record_file(Path(), id).name, arrays_file(Path(), id).name


def _names(folder: Path) -> set[str]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries}
    except FileNotFoundError:
        return set()


def _disk(folder: Path) -> int:
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return there.stat().st_dev
