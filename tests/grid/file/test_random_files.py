"""Whatever a grid file holds, reading it gives a grid or says what is wrong and where, and nothing else."""

import copy
import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from ablation.errors import GridError
from ablation.grid.data import SOURCES
from ablation.grid.file.load import load_grid
from ablation.grid.file.place import keys, sections
from ablation.grid.models import Grid
from ablation.grid.operations import OPERATIONS
from ablation.grid.settings import Inline, Settings, mark
from ablation.grid.unions import by_tag

FILE = Path("quick.toml")
GOOD = b'data.source = "shapes"\n[augmentations]\ncrop = {}\n'

Values = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

# Any value that TOML can hold, and keys that mean something somewhere.

NAMES = [*Grid.model_fields, *SOURCES, *OPERATIONS, "all", "operation", "kornia", "python", "p", "strength"]
TEXTS = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(["", "[key]", "a\nb", 'a"b', "mod:Name", "é" * 300 + ":x"]),
    st.text(max_size=3),
)
TOO_LONG = 2**65  # stands for a number that Python refuses to write in decimals
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-3, 300) | st.sampled_from([2**32, 2**63 - 1, 2**63, -(10**400), TOO_LONG]),
    st.floats() | st.floats(0, 1),
    TEXTS,
    st.dates() | st.times() | st.datetimes() | st.datetimes(timezones=st.just(datetime.UTC)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)

# Grids most of which are right: every section of the models, its keys with their defaults, choices, limits.


def fitting(field: FieldInfo) -> st.SearchStrategy[Any]:
    default, kind = field.get_default(call_default_factory=True), str(field.annotation)
    known = [default] if isinstance(default, bool | int | float | str | tuple) else []
    known += re.findall(r"'([\w-]+)'", kind) if "Literal" in kind else []
    known += [getattr(mark, name) for mark in field.metadata for name in ("ge", "le") if hasattr(mark, name)]
    return st.sampled_from(known or [[2, 5] if "tuple" in kind else 500 if "int" in kind else "photos"])


def table(model: type[Settings]) -> st.SearchStrategy[Values]:
    inline = [name for name, field in model.model_fields.items() if mark(field, Inline)]
    fields = {name: field for name, field in model.model_fields.items() if name not in ("operation", *inline)}
    found: st.SearchStrategy[Values] = st.fixed_dictionaries(
        {name: fitting(field) for name, field in fields.items() if field.is_required()},
        optional={name: fitting(field) for name, field in fields.items() if not field.is_required()},
    )
    for name in inline:
        models = by_tag(model.model_fields[name].annotation, name)
        chosen = st.one_of(*(table(one).map({name: tag}.__or__) for tag, one in models.items()))
        found = st.tuples(found, chosen | st.just({})).map(lambda parts: parts[0] | parts[1])
    return found


BUILT_IN = st.sampled_from(list(OPERATIONS))
STRENGTHS = st.lists(st.floats(0.1, 2.5), min_size=1, max_size=3, unique=True)
ENTRIES: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    BUILT_IN.flatmap(lambda name: st.tuples(st.just(name), table(OPERATIONS[name]))),
    BUILT_IN.map(lambda name: (f"my {name}", {"operation": name})),
    st.lists(BUILT_IN, min_size=1, max_size=3).map(lambda names: ("several", names)),
    STRENGTHS.map(lambda strengths: ("color", {"strength": strengths})),
    st.just(("poster", {"kornia": "RandomPosterize", "bits": 3, "p": [0.1, 0.9]})),
    st.just(("own", {"python": "mine:Mine", "by": 2})),
)
SECTIONS = {name: st.one_of(*map(table, models)) for name, models in sections(Grid).items()}
GRIDS = st.fixed_dictionaries(
    {
        "data": SECTIONS.pop("data"),
        "augmentations": st.lists(ENTRIES, min_size=1, max_size=4).map(dict),
    },
    optional={
        **SECTIONS,
        "name": st.just("mine"),
        "seeds": st.just([0, 1]),
        "pairs": st.sampled_from(["all", [], ["crop"]]),
        "save_encoder": st.booleans(),
        "label_free": st.booleans(),
    },
)


def changed(draw: Draw, values: Values) -> Values:
    """Set, remove or move something at any depth."""
    result = copy.deepcopy(values)
    at: Any = result
    for _ in range(draw(st.integers(0, 2))):
        inner = [value for value in at.values() if isinstance(value, dict)]
        at = draw(st.sampled_from(inner)) if inner else at
    key = draw(st.sampled_from(sorted(at)) | TEXTS) if at else draw(TEXTS)
    match draw(st.sampled_from(["set", "set", "set", "remove", "move"])):
        case "set":
            at[key] = draw(VALUES)
        case "remove":
            at.pop(key, None)
        case "move":
            result[draw(TEXTS)] = at.pop(key, 0)
    return result


# Their texts, in each layout that TOML has, whole or broken.


def toml(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(inline(value)) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in value) + '"'
        case bool():
            return str(value).lower()
        case int():
            return "0x" + "f" * 4000 if value == TOO_LONG else str(value)
        case float():
            return repr(value)
    return str(value.isoformat())


def inline(values: Values, above: str = "") -> list[str]:
    return [f"{above}{toml(key)} = {toml(value)}" for key, value in values.items()]


def dotted(values: Values, above: str = "") -> list[str]:
    lines = []
    for key, value in values.items():
        deeper = isinstance(value, dict) and value
        lines += dotted(value, f"{above}{toml(key)}.") if deeper else inline({key: value}, above)
    return lines


def headed(values: Values, above: str = "") -> list[str]:
    tables = {key: value for key, value in values.items() if isinstance(value, dict) and not above}
    return with_tables(
        {key: value for key, value in values.items() if key not in tables}, tables, above, headed
    )


def deeply_headed(values: Values, above: str = "") -> list[str]:
    tables = {key: value for key, value in values.items() if isinstance(value, dict)}
    own = {key: value for key, value in values.items() if key not in tables}
    return with_tables(own, tables, above, deeply_headed)


def with_tables(
    own: Values, tables: Values, above: str, layout: Callable[[Values, str], list[str]]
) -> list[str]:
    lines = inline(own)
    for key, value in tables.items():
        lines += ["", "# of it", f"[{above}{toml(key)}]  # it", *layout(value, f"{above}{toml(key)}.")]
    return lines


BREAKS = [*'\n\r\0\x1b"[]{}=.#é \ufeff', "'''", "[" * 500, "[data]\n", "data = 3\n", "a." * 500 + "a = 1\n"]


@st.composite
def files(draw: Draw) -> bytes:
    values = draw(GRIDS)
    for _ in range(draw(st.sampled_from([0] * 4 + [1, 1, 2, 3]))):
        values = changed(draw, values)
    layout = draw(st.sampled_from([inline, dotted, headed, deeply_headed]))
    text = "\n".join(["# a grid", *layout(values), ""])
    at = draw(st.integers(0, len(text)))
    match draw(st.sampled_from(["whole"] * 8 + ["cut", "twice", "inserted", "bytes", "windows"])):
        case "cut":
            text = text[:at]
        case "twice":
            text += draw(st.sampled_from(text.splitlines(keepends=True)))
        case "inserted":
            text = text[:at] + draw(st.sampled_from(BREAKS) | st.text(max_size=3)) + text[at:]
        case "bytes":
            return text[:at].encode() + draw(st.binary(max_size=3)) + text[at:].encode()
        case "windows":
            return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    return text.encode()


KEYS = [f"{name}.{key}" for name, models in sections(Grid).items() for model in models for key in keys(model)]
OVERRIDES = st.one_of(
    st.tuples(st.sampled_from([*KEYS, *NAMES, "augmentations.crop.p"]), VALUES.map(toml)).map("=".join),
    st.tuples(st.lists(TEXTS.map(toml), max_size=3).map(".".join), VALUES.map(toml)).map("=".join),
    st.text(),
)


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text("class Mine: pass\n")


@settings(max_examples=400, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=files(),
    overrides=st.just([]) | st.lists(OVERRIDES, max_size=2),
    seeds=st.none() | st.none() | st.integers(-1, 3),
)
@example(GOOD + b"[lengths]\nepoch = 3\n", [], None)
@example(GOOD + b"[lengths]\nepochs = [1, 2]\naugmentations = 3\n", [], None)
@example(GOOD + rb'"a\nb" = {}', [], None)
@example(GOOD + rb'several = ["a\nb"]', [], None)
@example(GOOD + b'poster = { kornia = "RandomPosterize", p = [[]] }', [], None)
@example(GOOD + b'poster = { kornia = "RandomPosterize", bits = nan }', ["pretrain.epochs=2"], None)
@example(GOOD + b'own = { python = "' + b"a" * 300 + b':B" }', [], None)
@example(b"seeds = [0x" + b"f" * 4000 + b"]\n" + GOOD, [], None)
@example(b"pairs = " + b"[" * 500 + b"]" * 500 + b"\n" + GOOD, [], None)
@example(b"a." * 500 + b"a = 1\n" + GOOD, [], None)
@example(GOOD, ["a." * 500 + "a=1"], None)
@example(GOOD, ["seeds=" + "[" * 500 + "]" * 500], None)
@example(GOOD, ["\x1f"], None)
@example(GOOD, ["name=\udcff"], None)  # a byte that Python could not decode
def test_a_file_is_read_or_what_is_wrong_is_told_in_lines_that_name_the_place(
    content: bytes, overrides: list[str], seeds: int | None
) -> None:
    FILE.write_bytes(content)
    try:
        loaded = load_grid(FILE, overrides, seeds)
    except GridError as error:
        told = str(error)
    else:
        FILE.write_text(loaded.text, encoding="utf-8")
        assert load_grid(FILE) == loaded
        return
    for line in told.split("\n"):
        assert re.match(r"(quick\.toml(:\d+)?|--set .*|--seeds .*)  \S", line)
        assert line.isprintable()
        assert not re.search(r"Input|should|Value error|Field|literal\[|tuple\[", line)  # pydantic's words
