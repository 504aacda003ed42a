"""The source files behind a user's own operation or encoder, which are part of what a cell is."""

import ast
import hashlib
import importlib.machinery
import re
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ablation.errors import GridError
from ablation.files import read_file

TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")  # module:name
SITE = tuple(dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib")))


def read_sources(folder: Path, module: str) -> dict[str, bytes]:
    """Read a module of a folder, and every module of that folder that it imports, directly or not.

    What is installed is imported from where it is installed, whatever lies in the folder, and is not read.

    Args:
        folder: where the grid file lies.
        module: its dotted name.

    Returns:
        The content of each file, by its path in the folder with forward slashes, sorted.

    Raises:
        GridError: there is no such module, or a file is no Python.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name:
        ...     _ = (Path(name) / "mine.py").write_text("import math, helper")
        ...     _ = (Path(name) / "helper.py").write_text("")
        ...     list(read_sources(Path(name), "mine"))
        ['helper.py', 'mine.py']
    """
    if _file(folder, module) is None:
        raise GridError(f"there is no {module.replace('.', '/')}.py in {folder}, where the grid file lies")
    found: dict[str, bytes] = {}
    known, waiting = set(), list(_with_parents(module))
    while waiting:
        name = waiting.pop()
        file = _file(folder, name)
        if name in known or file is None:
            continue
        known.add(name)
        found[file.relative_to(folder).as_posix()] = content = _read(file)
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        waiting += [name for name in _imported(_parsed(file, content), package) if not is_installed(name)]
    return dict(sorted(found.items()))


def sources_hash(sources: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of source files, which changes with any of their names and contents.

    Example:
        >>> sources_hash({"mine.py": b""}) == sources_hash({"mine.py": b"# changed"})
        False
    """
    digest = hashlib.sha256()
    for path, content in sorted(sources.items()):
        digest.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def is_installed(module: str) -> bool:
    """Say whether a module, or the package it is in, is Python's own, installed, or of `ablation`.

    Example:
        >>> is_installed("random"), is_installed("numpy.linalg"), is_installed("my_augmentations")
        (True, True, False)
    """
    top = module.partition(".")[0]
    return (
        top in sys.stdlib_module_names
        or top == __name__.partition(".")[0]
        or importlib.machinery.PathFinder.find_spec(top, SITE) is not None
    )


def _file(folder: Path, module: str) -> Path | None:
    at = folder.joinpath(*module.split("."))
    for file in (at / "__init__.py", at.with_name(f"{at.name}.py")):
        with suppress(OSError):  # longer than a file's name may be
            if file.is_file():
                return file
    return None


def _read(file: Path) -> bytes:
    try:
        return read_file(file)
    except OSError as error:
        raise GridError(f"{file} cannot be read: {error.strerror}") from None


def _parsed(file: Path, content: bytes) -> ast.AST:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError) as error:
        where = f"{file}:{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else file
        raise GridError(f"{where} is no Python: {getattr(error, 'msg', error)}") from None


def _imported(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join(filter(None, [*above, node.module or ""]))
            yield from _with_parents(base)
            for alias in node.names:  # each may be a module of the package or a name in it
                yield f"{base}.{alias.name}" if base else alias.name


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        yield ".".join(parts[:depth])
