"""The errors a user can cause; each message says what was wrong, where, and what to do."""

from ablation.words import brief, printable


class AblationError(Exception):
    """Base class of every error a user can cause: printed in one or two lines, without a traceback.

    Example:
        >>> raise DataError("photos/: no such folder; check data.path")
        Traceback (most recent call last):
            ...
        ablation.errors.DataError: photos/: no such folder; check data.path
    """


def in_words(error: Exception) -> str:
    """Say what went wrong, without a traceback, and briefly whatever the error repeats of its input.

    Args:
        error: of this package, of the operating system, or any other.

    Example:
        >>> in_words(DataError("photos/: no such folder")), in_words(KeyError("seed"))
        ('photos/: no such folder', "KeyError: 'seed'")
        >>> in_words(PermissionError(13, "Permission denied", "photos"))
        'photos: Permission denied'
    """
    if isinstance(error, AblationError):
        return brief(str(error))
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return brief(f"{where}{error.strerror or error}")
    return brief(f"{type(error).__name__}: {error}")


class GridError(AblationError):
    """The grid file is wrong; the message lists every error in it, one per line, each with its location."""


class DataError(AblationError):
    """The images are missing, broken, or cannot be used as they are: one line, whatever files are called."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class ResultsError(AblationError):
    """A results folder is missing, in use by another run, or not a results folder."""


class DeviceError(AblationError):
    """The requested device does not exist, or does not support what the grid asks for."""


class ClusterError(AblationError):
    """The cluster cannot be reached, or its workers cannot be used as they are."""
