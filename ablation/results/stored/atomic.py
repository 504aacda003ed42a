"""Files that are either wholly there or not there at all."""

import os
import uuid
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file through a temporary one beside it, so that no reader ever sees half of it.

    On an error the temporary file is removed and what was at `path` stays.

    Raises:
        OSError: the disk is full, or the folder is missing or not writable; it names `path`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_atomically(Path(folder) / "cells.csv", b"first,second")
        ...     [file.name for file in Path(folder).iterdir()]
        ['cells.csv']
    """
    # Not `tempfile`: its files are readable by their owner alone, which a shared results folder must not be.
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        error.filename = str(path)  # not the temporary file, which means nothing to a user
        raise
    finally:
        temporary.unlink(missing_ok=True)
