"""`[transfer]`: images of a second data section, whose errors must name that section."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ablation.data.fingerprint import data_fingerprint
from ablation.errors import DataError
from ablation.grid.data import Data
from ablation.telling import Tell, silent


@contextmanager
def of_transfer(data: Data) -> Iterator[None]:
    """Let errors that are raised within say `transfer.path` where they would say `data.path`.

    Example:
        >>> from ablation.grid.data import Npz
        >>> with of_transfer(Npz(source="npz", path="other.npz")):
        ...     raise DataError("other.npz: no such file; check data.path")
        Traceback (most recent call last):
            ...
        ablation.errors.DataError: transfer: other.npz: no such file; check transfer.path
    """
    try:
        yield
    except DataError as error:
        keys = "|".join(type(data).model_fields)
        told = re.sub(rf"\bdata\.({keys})\b", r"transfer.\1", str(error))
        raise DataError(told if told.startswith("transfer.") else f"transfer: {told}") from error


def transfer_fingerprint(data: Data | None, tell: Tell = silent) -> str | None:
    """Return the fingerprint of the images of `[transfer]`, or None where there are none.

    Raises:
        DataError: as `data_fingerprint`.
    """
    if data is None:
        return None
    with of_transfer(data):
        return data_fingerprint(data, tell)
