"""Which dose of a sweep to take: the best on validation, and the weakest that may be as good."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd
from pydantic import ValidationError

from ablation.grid.augmentations import Augmentation
from ablation.grid.entries import Kornia, Python
from ablation.grid.models import Grid
from ablation.results.findings.colors import colors_of
from ablation.results.findings.doses import WITHOUT
from ablation.results.findings.swept import SweptEntry, sweeps_of
from ablation.results.statistics.intervals import CONFIDENCE

Row = dict[str, Any]  # of a dose frame


@dataclass(frozen=True)
class DoseChoice:
    """What a sweep says; rows are those of its dose frame, averaged over the partners.

    Ties go to the weaker dose, leaving the augmentation out being the weakest of all: it changes the images
    least. That is a rule for ties, not a finding.
    """

    entry: str
    parameter: str
    rows: tuple[
        Row, ...
    ]  # that have an accuracy: without it where there is such a row, then the weakest first
    best: Row
    alike: tuple[Row, ...]  # not distinguishable from the best, itself among them; with one seed all
    one_seed: bool
    further: float | None  # the next value to try where the best is the strongest or the weakest of the sweep
    otherwise: tuple[tuple[str, Row], ...]  # partners beside which the named dose is worse than this one
    color: bool  # whether its operations change colour

    @property
    def named(self) -> Row | None:
        """The dose to take; None where leaving it out may be as good, and with one seed."""
        weakest = self.alike[0]
        return None if self.one_seed or weakest["augmentation"] == WITHOUT else weakest


def choose_doses(doses: pd.DataFrame) -> tuple[DoseChoice, ...]:
    """Choose a dose of every sweep whose accuracies are known.

    Args:
        doses: from `dose_frame`.

    Example:
        `[choice.named for choice in choose_doses(ab.doses("results/mine"))]`
    """
    return tuple(_choices(doses))


def _choices(doses: pd.DataFrame) -> Iterator[DoseChoice]:
    if doses.empty:
        return
    grid = Grid.model_validate(doses.attrs["grid"], strict=False)
    colors, sweeps = colors_of(grid), {one.entry: one for one in sweeps_of(grid)}
    for entry, of_entry in doses.dropna(subset=["accuracy"]).groupby("entry", sort=False):
        groups = {str(beside): _rows(group) for beside, group in of_entry.groupby("beside", sort=False)}
        if "" not in groups:
            continue  # the mean over the partners has gaps everywhere
        rows = groups[""]
        best = max(rows, key=lambda row: row["accuracy"])
        alike = tuple(row for row in rows if not _worse(row))
        one_seed = all(pd.isna(row["p"]) for row in rows)
        clear = not one_seed and len(alike) < len(rows) and alike[0]["augmentation"] != WITHOUT
        others = [(name, group) for name, group in groups.items() if name]
        yield DoseChoice(
            entry=str(entry),
            parameter=rows[0]["parameter"],
            rows=rows,
            best=best,
            alike=alike,
            one_seed=one_seed,
            further=_further(sweeps[str(entry)], rows, best) if clear else None,
            otherwise=tuple(_otherwise(alike[0], others)) if clear else (),
            color=not colors.holding.isdisjoint(row["augmentation"] for row in rows),
        )


def _rows(group: pd.DataFrame) -> tuple[Row, ...]:
    return tuple(cast("list[Row]", group.to_dict("records")))


def _worse(row: Row, level: float = 1 - CONFIDENCE) -> bool:
    return bool(pd.notna(row["p"]) and row["p"] < level)


def _otherwise(named: Row, others: list[tuple[str, tuple[Row, ...]]]) -> Iterator[tuple[str, Row]]:
    for name, rows in others:
        here = [row for row in rows if row["augmentation"] == named["augmentation"]]
        if here and _worse(here[0], (1 - CONFIDENCE) / len(others)):
            yield name, max(rows, key=lambda row: row["accuracy"])


def _further(sweep: SweptEntry, rows: tuple[Row, ...], best: Row) -> float | None:
    values = [row for row in rows if row["augmentation"] != WITHOUT]
    ends = (
        {values[0]["augmentation"]: values[1], values[-1]["augmentation"]: values[-2]} if values[1:] else {}
    )
    if best["augmentation"] not in ends:
        return None
    inner = ends[best["augmentation"]]
    dose = next(one for one in sweep.doses if one.name == best["augmentation"])
    value = best["strength"] * (2.0 if best["strength"] > inner["strength"] else 0.5)
    return value if _takes(dose, sweep.parameter, value) else None


def _takes(dose: Augmentation, parameter: str, value: float) -> bool:
    operations = [step.operation for step in dose.steps]
    for operation in operations:
        if isinstance(operation, Kornia | Python):
            continue
        written = operation.model_dump()
        if written.get(parameter) == dict(dose.swept)[parameter]:
            whole = int(value) if value == int(value) and isinstance(written[parameter], int) else value
            try:
                type(operation).model_validate(written | {parameter: whole})
            except ValidationError:
                return False
            return True
    return 0 <= value <= 1  # of Kornia's classes p alone can be swept
