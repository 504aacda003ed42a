"""A grid file as others may read it: the same grid, without where things lie on this machine."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace

from ablation.errors import GridError
from ablation.grid.data import LOCATIONS
from ablation.grid.file.load import GridFile
from ablation.grid.file.overrides import with_value
from ablation.private import shown_path, without_paths

# What is a comment, and what only looks like one within a string.
_TOKEN = re.compile(
    r'''("""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|'[^'\n]*')|(#[^\n]*)''', re.DOTALL
)


def shared(file: GridFile) -> GridFile:
    """Return a grid file whose data paths and comments are as others may read them.

    The cells keep their ids, of which paths of data are no part. Arguments of an operation are part of them,
    and stay as they are.

    Raises:
        GridError: the text is written so that it cannot be changed in place.
    """
    text, written, found = file.text, tomllib.loads(file.text), {}
    for section in ("data", "transfer"):
        values = written.get(section, {})
        paths = {key: value for key, value in values.items() if key in LOCATIONS and isinstance(value, str)}
        for key, value in paths.items():
            found[section, key] = value
            if shown_path(value) != value:
                text = with_value(text, (section, key), shown_path(value))

    def comment(written: str) -> str:
        for value in found.values():
            written = written.replace(value, shown_path(value))
        return without_paths(written)

    text = _comments(text, comment)
    sections = {
        section: one.model_copy(
            update={key: shown_path(value) for (of, key), value in found.items() if of == section}
        )
        for section in ("data", "transfer")
        if (one := getattr(file.grid, section)) is not None
    }
    return replace(file, text=text, grid=file.grid.model_copy(update=sections))


def _comments(text: str, change: Callable[[str], str]) -> str:
    return _TOKEN.sub(lambda found: found[1] or change(found[2]), text)


def shown_text(file: GridFile) -> str:
    """Return the text of a grid file without any path of this machine, to be read and not to be run."""
    try:
        return without_paths(shared(file).text)
    except GridError:
        return without_paths(file.text)
