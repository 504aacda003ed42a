"""Leak and use in the terminal."""

import json
from collections.abc import Mapping
from math import log2
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ablation.grid.layout import arrange
from ablation.results.shortcut import Features, Use
from ablation.results.summary import cell_means, operations, planned_cells
from ablation.results.verdict import chroma_change


def show_leaks(results: pd.DataFrame, console: Console | None = None) -> None:
    """Print the leak of every cell in bits, mean over seeds, and what colour distortion takes of it."""
    console = console or Console()
    batch = int(results.attrs["grid"]["pretrain"]["batch_size"])
    most, means = log2(batch), cell_means(results, "leak_bits")["mean"]
    plan = arrange(operations(results), planned_cells(results))
    corner = "first \\ second" if plan.row_means else ""
    table = Table(corner, *map(escape, plan.columns), box=None, pad_edge=False)
    for name, row in zip(plan.rows, plan.cells, strict=True):
        table.add_row(Text(name), *(f"{max(0.0, means[pair]):.2f}" if pair else "" for pair in row))
    _say(console, f"colour leak, in bits of {most:g}: what histograms tell of the other view among {batch}\n")
    console.print(table, highlight=False)
    change = chroma_change(results)
    if change is not None:
        _say(
            console,
            f"\nchroma alone: {change.alone:.2f} bits without colour distortion, {change.with_color:.2f} "
            "with it; whether training uses what there is, `ablation run` tells",
        )


def show_use(use: Mapping[Features, Use], console: Console | None = None) -> None:
    """Print how far h and z go by colour."""
    console = console or Console()
    table = Table("", *use, box=None, pad_edge=False)
    rows = {
        "R² of the colour histogram": [_of(one.r2) for one in use.values()],
        "  above the untrained encoder's": [_of(one.excess, "+.3f") for one in use.values()],
        "R² within class": [_of(one.r2_within) for one in use.values()],
        "  above the untrained encoder's ": [_of(one.excess_within, "+.3f") for one in use.values()],
        "colour bias": [_of(one.bias.bias) for one in use.values()],
        "linear top-1, these images": [_of(one.top1, ".1%") for one in use.values()],
        "  in gray": [_of(one.gray_top1, ".1%") for one in use.values()],
    }
    for name, values in rows.items():
        table.add_row(name.rstrip(), *values)
    console.print(table, highlight=False)


def leaks_as_json(results: pd.DataFrame) -> str:
    """Return the leaks as a JSON array, a cell and seed each."""
    return _json(json.loads(results.to_json(orient="records", double_precision=15)))


def use_as_json(label: str, seed: int, linear_top1: float, use: Mapping[Features, Use]) -> str:
    """Return how far an encoder goes by colour as a JSON object."""
    found = {features: one.model_dump(mode="json") for features, one in use.items()}
    return _json({"label": label, "seed": seed, "linear_top1": linear_top1, "use": found})


def _of(value: float | None, form: str = ".3f") -> str:
    return "–" if value is None else format(value, form)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
