"""Writes the table of docs/dependencies.md, from pyproject.toml and what is installed: `make licences`."""

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "dependencies.md"
HEAD = "| package | licence | what it is for | needed by |\n|---|---|---|---|\n"
_LINE = re.compile(r'^    "([A-Za-z0-9._-]+)[^"]*",\s+# (.+)$', re.MULTILINE)
_TROVE = "License :: OSI Approved :: "
_LONGEST = 30  # characters of a licence's name; longer is its text


@dataclass(frozen=True)
class Dependency:
    """A package that pyproject.toml names."""

    name: str
    purpose: str  # the comment beside it
    extra: str  # "" for one that is always needed


def dependencies(text: str) -> Iterator[Dependency]:
    """Yield the packages that a pyproject.toml names, in its order; the project's own extras are none."""
    project = tomllib.loads(text)["project"]
    purposes = dict(_LINE.findall(text))
    for extra, wanted in {"": project["dependencies"], **project["optional-dependencies"]}.items():
        for requirement in wanted:
            [name] = re.findall(r"^[A-Za-z0-9._-]+", requirement)
            if name != project["name"]:
                yield Dependency(name, purposes[name], extra)


def licence(name: str) -> str | None:
    """Return what an installed package says of its licence; None where it says nothing or is not there."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    trove = [one.removeprefix(_TROVE) for one in told.get_all("Classifier", []) if one.startswith(_TROVE)]
    written = (told.get("License") or "").strip()
    named = written if written and "\n" not in written and len(written) <= _LONGEST else ""
    return told.get("License-Expression") or ", ".join(trove) or named or None


def table(found: Iterator[Dependency], known: dict[str, str]) -> str:
    """Write the table; a licence that no package states here is what the table said before."""
    rows = []
    for one in found:
        stated = licence(one.name) or known.get(one.name)
        if stated is None:
            sys.exit(f"{one.name}: no licence is stated, or it is not installed; look it up and add its row")
        rows.append(
            f"| {one.name} | {stated} | {one.purpose} | {f'`{one.extra}`' if one.extra else 'all'} |\n"
        )
    return HEAD + "".join(rows)


def rows(page: str) -> dict[str, str]:
    """Read the licences of a page's table, by package."""
    return dict(re.findall(r"^\| ([^ |]+) \| ([^|]+?) \|", page.partition(HEAD)[2], re.MULTILINE))


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    before, _, after = page.partition(HEAD)
    rest = after[after.index("\n\n") :] if "\n\n" in after else "\n"
    written = table(dependencies((ROOT / "pyproject.toml").read_text(encoding="utf-8")), rows(page))
    PAGE.write_text(before + written.rstrip("\n") + rest, encoding="utf-8")
