"""Damage to what is stored: one error, whatever is wrong, that says where and what mends it."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from ablation.errors import ResultsError
from ablation.words import counted

_NAMES = 3  # files that are named
_CHARACTERS = 120  # of a reason that are shown


class DamagedError(ResultsError):
    """A file of results is not what was written; running the grid again mends it.

    Example:
        >>> print(DamagedError(Path("cells/0.npz"), "File is not a zip file"))
        cells/0.npz: is damaged (File is not a zip file); run the grid again to replace it
    """

    def __init__(self, path: Path, reason: Exception | str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason if isinstance(reason, str) else _words(reason)

    def __str__(self) -> str:
        return f"{self.path}: is damaged ({self.reason}); run the grid again to replace it"


def damage_words(damaged: Sequence[DamagedError]) -> list[str]:
    """Name the files because of which jobs have to run again, in one sentence; none where nothing is damaged.

    Example:
        >>> damage_words([DamagedError(Path("cells/0.npz"), "File is not a zip file")])
        ['1 damaged job, to be run again: cells/0.npz (File is not a zip file)']
    """
    if not damaged:
        return []
    named = ", ".join(f"{one.path} ({one.reason})" for one in damaged[:_NAMES])
    more = f" and {len(damaged) - _NAMES} more" if len(damaged) > _NAMES else ""
    return [f"{counted(len(damaged), 'damaged job')}, to be run again: {named}{more}"]


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        text = f"{place}: {first['msg']}" if place else first["msg"]
    elif isinstance(error, OSError):
        text = error.strerror or str(error)
    else:
        text = str(error) or type(error).__name__
    line = "".join(one if one.isprintable() else " " for one in text)
    return line if len(line) <= _CHARACTERS else line[: _CHARACTERS - 1] + "…"
