"""A user's own `nn.Module`, loaded from the grid file's folder."""

import contextlib
import importlib
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from ablation.augment import arguments as args
from ablation.errors import GridError
from ablation.grid.entries import Python
from ablation.grid.names import nearest
from ablation.grid.user_code import SITE, is_installed, read_sources, sources_hash
from ablation.seeds import seeded


def load(operation: Python) -> Callable[..., Any]:
    """Import the class or function that an entry names from its folder.

    During the import, the folder is on `sys.path` before everything but what is installed; afterwards it is
    last, so that the code can import its neighbours at any time.

    Raises:
        GridError: the code has changed since the grid was read, cannot be imported, or lacks the name.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "mine.py").write_text("from torch.nn import Identity as Same")
        ...     source = sources_hash(read_sources(Path(folder), "mine"))
        ...     load(Python(python="mine:Same", source=source, folder=folder))()
        Identity()
    """
    folder, (name, _, target) = Path(operation.folder), operation.python.partition(":")
    if sources_hash(read_sources(folder, name)) != operation.source:
        raise GridError(
            f"{_place(folder, name)}: the code has changed since the grid was read; run the command again"
        )
    module = _imported(str(folder), name, operation.source)
    found = getattr(module, target, None)
    if isinstance(found, nn.Module):
        name_its = f'name its class, "{type(found).__name__}"'
        raise GridError(f'{_place(folder, name)}: "{target}" is an instance; {name_its}')
    if not callable(found):
        callables = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        near = nearest(target, callables)
        hint = f'; did you mean "{near}"?' if near else ""
        what = "is not a class" if hasattr(module, target) else "does not exist"
        raise GridError(f'{_place(folder, name)}: "{target}" {what}{hint}')
    called: Callable[..., Any] = found
    return called


def construct(operation: Python) -> nn.Module:
    """Call a user's class or function with the arguments of an entry, under a fixed seed.

    Any random weights are then the same in every cell and process.

    Raises:
        GridError: as for `load`, or the result is not an `nn.Module`.
        Exception, SystemExit: whatever the user's code raises.
    """
    target = load(operation)
    with seeded(torch.device("cpu"), "python", operation.python), output_aside():
        module = target(**args.adapted(operation.arguments, target, list))
    if not isinstance(module, nn.Module):
        raise GridError(f"{operation.python} must create a torch.nn.Module, not {type(module).__name__}")
    return module


class Guest(nn.Module):
    """Runs a user's module among ours: (N, 3, S, S) to the same, on the device of the images.

    What the module prints goes to standard error.

    Raises:
        RuntimeError: the user's code exits the process (`sys.exit`).

    Example:
        >>> Guest(nn.Conv2d(3, 3, 1))(torch.empty(2, 3, 8, 8, device="meta")).device
        device(type='meta')
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module
        self.device = torch.device("cpu")

    def forward(self, x: Tensor) -> Tensor:
        """Return what the user's module returns."""
        if x.device != self.device:  # when it was built, the images' device was not known
            self.module.to(x.device)
            self.device = x.device
        try:
            with output_aside():
                result: Tensor = self.module(x)
        except SystemExit as error:  # would silently end a worker and its jobs
            raise RuntimeError(f"the user's code exits the process: {args.one_line(error)}") from error
        return result


def build(operation: Python, _: int) -> Guest:
    """Build the user's module that an entry names.

    Raises:
        GridError: the module cannot be loaded or built.
    """
    try:
        return Guest(construct(operation))
    except GridError:
        raise
    except (Exception, SystemExit) as error:
        text = "; ".join(args.blamed(error, operation.arguments).values())
        raise GridError(f"{operation.python}: {text}{where(error, Path(operation.folder))}") from error


def output_aside() -> contextlib.AbstractContextManager[object]:
    """Send what a user's code prints to standard error; standard output is for a command's own output."""
    return contextlib.redirect_stdout(sys.stderr)


def where(error: BaseException, folder: Path) -> str:
    """Name the innermost line of a folder that raised, such as " (mine.py:12)"; "" if none did.

    Example:
        >>> where(ValueError(), Path("."))
        ''
    """
    inside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(folder.resolve())
        or Path(frame.filename).is_relative_to(folder)
    ]
    return f" ({Path(inside[-1].filename).name}:{inside[-1].lineno})" if inside else ""


# One import per process for each state of the code; workers keep it from job to job.
@cache
def _imported(folder: str, name: str, source: str) -> ModuleType:  # noqa: ARG001 - the source is part of the key
    top = name.partition(".")[0]
    if is_installed(top):
        raise GridError(
            f"{_place(Path(folder), name)}: {top} is also the name of an installed module; rename the file"
        )
    with _first_on_path(folder):
        for stale in _modules(Path(folder), name):
            sys.modules.pop(stale, None)  # from another folder, or from older code
        importlib.invalidate_caches()
        try:
            with output_aside():
                module = importlib.import_module(name)
        except (Exception, SystemExit) as error:
            said = f"{args.one_line(error)}{where(error, Path(folder))}"
            raise GridError(f"{_place(Path(folder), name)} cannot be imported: {said}") from error
    if not module.__file__ or not Path(module.__file__).is_relative_to(folder):
        raise GridError(
            f"{_place(Path(folder), name)}: {module.__file__} was imported instead; rename the file"
        )
    return module


def _modules(folder: Path, name: str) -> set[str]:
    """Return the modules that an import runs from the folder, and their packages."""
    files = [Path(path).with_suffix("").parts for path in read_sources(folder, name)]
    parts = [file[:-1] if file[-1] == "__init__" else file for file in files]
    return {".".join(part[:depth]) for part in parts for depth in range(1, len(part) + 1)}


@contextlib.contextmanager
def _first_on_path(folder: str) -> Iterator[None]:
    # Python trusts a compiled file of the same second and size, so none is written for code that may change.
    wrote, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    places = (*SITE, sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
    first = [path for path in sys.path if any(Path(path).is_relative_to(place) for place in places)]
    sys.path[:0] = [*first, folder]
    try:
        yield
    finally:
        sys.dont_write_bytecode = wrote
        for path in (*first, folder):
            sys.path.remove(path)
        if folder not in sys.path:
            sys.path.append(folder)


def _place(folder: Path, name: str) -> str:
    return str(folder.joinpath(*name.split(".")).with_suffix(".py"))
