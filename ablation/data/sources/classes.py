"""Labels as data sets give them, numbered 0..K-1: classes without images are left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablation.data.copies import Ids
from ablation.data.sources.listing import some
from ablation.errors import DataError
from ablation.words import printable


@dataclass(frozen=True, eq=False)
class Classes:
    """Labels in 0..K-1, those of train before those of test, and what the K classes are called."""

    labels: Ids  # (N,)
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def numbered(
    train: NDArray[Any], test: NDArray[Any] | None, names: Sequence[str] | None, where: str
) -> Classes:
    """Number the classes of a data set.

    Args:
        train: (n,), positions in `names`, or anything that can be sorted, which then is the name.
        test: (m,), likewise; None if there is no test split.
        names: of the classes that there could be.
        where: what to call the data set.

    Raises:
        DataError: there is a single class, or a class has images in one split alone.

    Example:
        >>> classes = numbered(np.array([2, 1, 1]), np.array([1, 2]), ("N/A", "a", "b"), "emnist")
        >>> classes.labels.tolist(), classes.names, classes.notes
        ([1, 0, 0, 0, 1], ('a', 'b'), ("1 class has no images: 'N/A'",))
    """
    there, labels = np.unique(train if test is None else np.concatenate([train, test]), return_inverse=True)
    if names is not None and there.dtype.kind in "iu" and not 0 <= there[0] <= there[-1] < len(names):
        raise DataError(f"{where}: labels are {there[0]} to {there[-1]}, but {len(names)} classes have names")
    called = [printable(str(one if names is None else names[one])) for one in there.tolist()]
    if len(there) < 2:
        raise DataError(f"{where}: only one class, {called[0]!r}; linear evaluation needs two or more")
    if test is not None:
        for split, of in (("training", train), ("test", test)):
            if missing := [called[k] for k in np.flatnonzero(~np.isin(there, of))]:
                raise DataError(f"{where}: no {split} images of class {some(missing)}")
    notes: tuple[str, ...] = ()
    if names is not None and (empty := [names[k] for k in sorted({*range(len(names))} - {*there.tolist()})]):
        told = "1 class has" if len(empty) == 1 else f"{len(empty)} classes have"
        notes = (f"{told} no images: {some([printable(name) for name in empty])}",)
    return Classes(labels.astype(np.int64), tuple(called), notes)
