"""The viewer's own pages: the index, a running grid, the frame of a report; in the report's styles."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shlex import quote as quoted
from urllib.parse import quote

from jinja2 import Environment, PackageLoader

from ablation.errors import in_words
from ablation.report.files import HEATMAP, PAGE
from ablation.report.page.escaping import templates as report_templates
from ablation.results.stored.damage import damage_words
from ablation.results.stored.endings import broken, ending_words
from ablation.view.folders import studies
from ablation.view.state import State, read_state


@dataclass(frozen=True)
class IndexLine:
    """An entry of the index."""

    name: str
    folder: str  # within the root; names need not be unique
    address: str
    words: str
    best: str = ""
    active: bool = False
    thumbnail: str = ""


def address(key: str) -> str:
    """Return the address of a results folder's page.

    That of the root itself has no name: a browser asks for `/study/` where a link says `/study/./`.

    Example:
        >>> address("mine/a b"), address(".")
        ('/study/mine/a%20b/', '/study/')
    """
    # Names of folders are bytes on disk and need not be valid text.
    return "/study/" if key == "." else f"/study/{quote(os.fsencode(key))}/"


def index_page(root: Path) -> str:
    """Write the list of all results folders: first those that are running, then the rest, by path."""
    lines = [_line(key, path) for key, path in studies(root).items()]
    lines.sort(key=lambda line: not line.active)
    return templates().get_template("index.html").render(lines=lines, root=str(root))


def live_page(key: str, state: State) -> str:
    """Write the page of an unfinished grid, which keeps itself up to date."""
    found = update(key, state)
    return templates().get_template("live.html").render(key=key, found=found)


def report_page(state: State) -> str:
    """Write the page around the report of a finished grid: a frame that keeps the report apart."""
    return templates().get_template("frame.html").render(name=state.study.folder.name, page=PAGE)


def message_page(text: str) -> str:
    """Write the page that says why there is no other."""
    return templates().get_template("message.html").render(text=text)


def script(name: str) -> str:
    """Return a script of these pages."""
    environment = templates()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def update(key: str, state: State) -> dict[str, str | int | bool]:
    """Return what changes on the page of a running grid, as plain values; `table` and `endings` are HTML."""
    from ablation.report.page.table import accuracy_table  # loads what draws, which the index does without

    study, view = state.study, templates()
    records = [*study.records, *study.varied_records]
    errors = broken(study.folder.path, records)
    ended = ending_words(pair for pair in records if pair[1].error is None)
    warnings = [*damage_words(state.tally.damaged), *ended]
    table = accuracy_table(study.results, study.baselines)
    return {
        "name": study.folder.name,
        "words": "; ".join(filter(None, (state.words, state.best))),
        "done": state.tally.done + state.probes.done,
        "total": len(state.tally.cells) + state.probes.total,
        "finished": state.drawn and not state.unfinished,
        "drawn": state.drawn,
        "command": f"ablation report {quoted(str(study.folder.path))}",
        "address": address(key),
        "table": view.get_template("table.html").render(table=table),
        "endings": view.get_template("endings.html").render(warnings=warnings, errors=errors),
    }


def _line(key: str, path: Path) -> IndexLine:
    try:
        state = read_state(path)
        best = state.best
        thumbnail = address(key) + HEATMAP if (path / HEATMAP).is_file() else ""
    except Exception as error:  # whatever is in one folder, the others are shown
        return IndexLine(path.name, key, address(key), in_words(error))
    return IndexLine(state.study.folder.name, key, address(key), state.words, best, state.active, thumbnail)


def shows_report(state: State) -> bool:
    """Whether a folder's own page shows its current results."""
    return state.drawn and (state.study.folder.path / PAGE).is_file()


@cache
def templates() -> Environment:
    """Return the report's templates, together with those of this package."""
    return report_templates(PackageLoader("ablation.view"))
