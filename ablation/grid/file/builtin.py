"""The grids that come with the tool: what each shows, what it costs, and a copy of one to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ablation.errors import GridError
from ablation.grid.names import nearest

_COST = "Cost: "


@dataclass(frozen=True)
class Builtin:
    """A built-in grid, as its first comment describes it."""

    name: str
    purpose: str
    cost: str
    path: Path


def builtin_grids() -> list[Builtin]:
    """List the built-in grids, sorted by name.

    Example:
        >>> [grid.name for grid in builtin_grids()][:3]
        ['batch-size', 'cifar10', 'color-bits']
    """
    return [
        Builtin(path.stem, *described(path.read_text("utf-8")), path)
        for path in sorted(_home().glob("*.toml"))
    ]


def described(text: str) -> tuple[str, str]:
    """Return what a grid shows and what it costs, from the first paragraph of its first comment.

    Example:
        >>> described("# Colour alone.\\n# Cost: 3 minutes\\n# on two cores.\\n#\\n# And more.\\n")
        ('Colour alone.', '3 minutes on two cores.')
    """
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("# "):
            break
        lines.append(line.removeprefix("# "))
    purpose, _, cost = " ".join(lines).partition(_COST)
    return purpose.strip(), cost


def copied(name: str, path: Path) -> str:
    """Return the text of a built-in grid for another file, which the commands in its comments then name.

    Raises:
        GridError: there is no such built-in grid.
    """
    grids = {grid.name: grid for grid in builtin_grids()}
    if name not in grids:
        raise GridError(f"--from {name}: no such built-in grid; {_instead(name, list(grids))}")
    text = grids[name].path.read_text("utf-8").replace(f"grids/{name}.toml", str(path))
    comment, _, rest = text.partition("\n\n")
    return f"{comment}\n#\n# A copy of the built-in grid {name}.\n\n{rest}"


def _instead(name: str, names: Sequence[str]) -> str:
    near = nearest(name, names)
    return f'did you mean "{near}"?' if near else f"choose one of {', '.join(names)}"


def _home() -> Path:
    package = Path(__file__).parents[2]
    inside = package / "grids"  # in a wheel
    return inside if inside.is_dir() else package.parent / "grids"
