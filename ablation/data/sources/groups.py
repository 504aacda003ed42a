"""Which images belong together, such as those of a patient: read from a CSV."""

import csv
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ablation.data.sources.listing import some
from ablation.errors import DataError
from ablation.files import open_file


def read_groups(table: Path, root: Path, files: Sequence[Path]) -> NDArray[np.int64]:
    """Read the group of each file from a CSV with the columns file (relative to `root`) and group: (N,).

    Raises:
        DataError: the table or a column is missing, an image is not listed, a listed file is not in the data
            set, or a file is in two groups.
    """
    wanted = {path.relative_to(root).as_posix(): position for position, path in enumerate(files)}
    groups: dict[str, str] = {}
    try:
        with TextIOWrapper(open_file(table), encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if not {"file", "group"} <= set(rows.fieldnames or ()):
                raise DataError(
                    f"{table}: needs the columns file and group in its first line, found {rows.fieldnames}"
                )
            for row in rows:
                name = PurePosixPath((row["file"] or "").replace("\\", "/")).as_posix()
                group = (row["group"] or "").strip()
                if not group:
                    raise DataError(f"{table}, line {rows.line_num}: no group for {name!r}")
                if groups.setdefault(name, group) != group:
                    raise DataError(
                        f"{table}, line {rows.line_num}: {name!r} is also in group {groups[name]!r}"
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table}: cannot be read ({error}); check data.groups") from error
    if unknown := [name for name in groups if name not in wanted]:
        raise DataError(
            f"{table}: no such image in {root}: {some(unknown)}; give paths relative to data.path"
        )
    if unlisted := [name for name in wanted if name not in groups]:
        raise DataError(f"{table}: no group for {some(unlisted)}; list every image")
    return group_numbers([groups[name] for name in wanted])


def group_numbers(groups: Sequence[str]) -> NDArray[np.int64]:
    """Number groups in the order of their names: (N,).

    Example:
        >>> group_numbers(["anna", "bert", "anna"]).tolist()
        [0, 1, 0]
    """
    return np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int64)
