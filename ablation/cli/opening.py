"""The grid file that a command was given, and where its results go."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablation.grid.file.load import GridFile
    from ablation.grid.settings import Settings

# As in `ablation.cli.app`, slow imports are inside the functions that need them.


def load_file(grid: Path, overrides: list[str] | None, seeds: int | None, preset: str | None) -> "GridFile":
    """Read a grid file with its overrides, as `ablation.grid.file.load.load_grid`."""
    from ablation.grid.file.load import load_grid

    def inspect(foreign: "Settings", size: int, channels: int) -> "Mapping[str, str]":
        from ablation.pretrain.inspect import inspect  # torch, for code that is not ours

        return inspect(foreign, size, channels)

    return load_grid(grid, overrides or (), seeds, inspect, preset)


def refuse_large(file: "GridFile", yes: bool) -> int:
    """Count the jobs of a grid; a study of very many needs to be meant."""
    from ablation.errors import GridError
    from ablation.grid.cells import job_count
    from ablation.grid.limits import UNASKED

    count = job_count(file.grid)
    if file.grid.vary and count > UNASKED and not yes:
        raise GridError(f"[vary] comes to {count:,} jobs; shorten it, or add --yes if that is meant")
    return count


def results_folder(name: str) -> Path:
    """Return the results folder of a grid of this name, unless the user chooses another."""
    return Path("results") / name


def within_results(name: str, inner: str) -> Path:
    """Return a folder within it; a link that leads out of it is an error."""
    from ablation.results.stored.within import refuse_links

    refuse_links(results_folder(name), (inner,))
    return results_folder(name) / inner
