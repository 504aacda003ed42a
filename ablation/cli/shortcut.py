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
from ablation.results.findings.verdict import chroma_change
from ablation.results.frames.means import cell_means, operations, planned_cells
from ablation.results.stored.color import Features, Use


def show_leaks(results: pd.DataFrame, as_json: bool, console: Console | None = None) -> None:
    """Print the leak of every cell in bits, averaged over seeds, and how far colour distortion lowers it.

    Args:
        results: the leaks, one row per cell and seed.
        as_json: print a JSON array instead, one object per cell and seed.
        console: where to print the table.
    """
    console = console or Console()
    if as_json:
        _print_json(json.loads(results.to_json(orient="records", double_precision=15)))
        return
    batch = int(results.attrs["grid"]["pretrain"]["batch_size"])
    most, means = log2(batch), cell_means(results, "leak_bits")["mean"]
    plan = arrange(operations(results), planned_cells(results))
    corner = "first \\ second" if plan.row_means else ""
    table = Table(corner, *map(escape, plan.columns), box=None, pad_edge=False)
    for name, row in zip(plan.rows, plan.cells, strict=True):
        table.add_row(Text(name), *(f"{max(0.0, means[pair]):.2f}" if pair else "" for pair in row))
    told = f"how well colour histograms identify the other view among {batch}"
    _say(f"colour leak in bits, out of {most:g}: {told}\n", console)
    console.print(table, highlight=False)
    change = chroma_change(results)
    if change is not None:
        alone, distorted = f"{change.alone:.2f} bits without", f"{change.with_color:.2f} with it"
        used = "`ablation run` measures whether training uses it"
        _say(f"\nchroma alone: {alone} colour distortion, {distorted}; {used}", console)
    _say("", console)


def show_use(
    label: str,
    seed: int,
    linear_top1: float,
    use: Mapping[Features, Use],
    as_json: bool,
    console: Console | None = None,
) -> None:
    """Print how much h and z of an encoder rely on colour.

    Args:
        label: label of the cell that trained it.
        seed: seed of that cell.
        linear_top1: accuracy of h on all test images.
        use: the use of colour by h, and by z if there is a head.
        as_json: print a JSON object instead.
        console: where to print.
    """
    console = console or Console()
    if as_json:
        found = {features: one.model_dump(mode="json") for features, one in use.items()}
        _print_json({"label": label, "seed": seed, "linear_top1": linear_top1, "use": found})
        return
    _say(f"{label}, seed {seed}: linear top-1 {linear_top1:.1%}\n", console)
    table = Table("", *use, box=None, pad_edge=False)
    above = "  above the untrained encoder's"
    rows = [
        ("R² of the colour histogram", [_of(one.r2) for one in use.values()]),
        (above, [_of(one.excess, "+.3f") for one in use.values()]),
        ("R² within class", [_of(one.r2_within) for one in use.values()]),
        (above, [_of(one.excess_within, "+.3f") for one in use.values()]),
        ("colour bias", [_of(one.bias.bias) for one in use.values()]),
        ("linear top-1 on these images", [_of(one.top1, ".1%") for one in use.values()]),
        ("  in gray", [_of(one.gray_top1, ".1%") for one in use.values()]),
    ]
    for name, values in rows:
        table.add_row(name, *values)
    console.print(table, highlight=False)
    _say("", console)


def _of(value: float | None, form: str = ".3f") -> str:
    return "–" if value is None else format(value, form)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _say(sentence: str, console: Console) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
