"""`ablation grids`: the built-in grids, as a list or as JSON."""

import json

from rich.console import Console
from rich.text import Text

from ablation.grid.file.builtin import builtin_grids


def show_grids(console: Console | None = None) -> None:
    """Print each built-in grid with what it shows and what it costs, and how to copy one."""
    console = console or Console()
    for grid in builtin_grids():
        console.print(
            Text(grid.name, style="bold").append(f"  {grid.purpose}", style="not bold"), soft_wrap=True
        )
        console.print(Text(f"    {grid.cost}", style="dim"), soft_wrap=True)
    console.print("\nTo change and run one: ablation new mine --from quick", markup=False, highlight=False)


def grids_json() -> str:
    """Write the built-in grids as JSON, `format` 1."""
    grids = [
        {"name": grid.name, "purpose": grid.purpose, "cost": grid.cost, "path": str(grid.path)}
        for grid in builtin_grids()
    ]
    return json.dumps({"format": 1, "grids": grids}, ensure_ascii=False, indent=2)
