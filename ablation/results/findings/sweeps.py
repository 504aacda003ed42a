"""Which strengths to sweep where an augmentation is neither clearly good nor bad, and what that costs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import tomlkit

from ablation.grid.cells import cells
from ablation.grid.entries import Kornia, Python, Steps
from ablation.grid.entries import Sweep as Swept
from ablation.grid.models import Grid
from ablation.grid.written import dotted
from ablation.results.findings.colors import colors_of
from ablation.results.findings.verdict import Verdict
from ablation.results.statistics.grid import Statistics
from ablation.results.stored.folder import ResultsFolder

LEAST_GAIN = 0.01  # that the interval of a main effect must allow for a sweep to be worth its jobs
DOSES = 4  # of a sweep, each twice the one before: 1/8, 1/4, 1/2, 1 in the paper's Table 1


@dataclass(frozen=True)
class Strength:
    """The parameter of an operation that is its dose, and the largest value that is suggested."""

    parameter: str
    most: float


# Color as in the paper; the other limits are ours. A blur's sigma is a range, which no list can sweep.
STRENGTHS: Mapping[str, Strength] = MappingProxyType(
    {
        "color": Strength("strength", 1.0),
        "color-jitter": Strength("strength", 1.0),
        "grayscale": Strength("p", 1.0),
        "cutout": Strength("area", 0.5),
        "noise": Strength("std", 0.4),
        "blur": Strength("p", 1.0),
        "perspective": Strength("distortion", 1.0),
        "elastic": Strength("displacement", 0.12),
    }
)


@dataclass(frozen=True)
class SweepToTry:
    """A sweep that would tell which dose of an augmentation to take."""

    entry: str
    parameter: str
    value: float  # that it has now; one of the sweep's
    values: tuple[float, ...]
    partner: str  # beside which it is swept: an entry
    text: str  # lines of a grid file
    fewer_pairs: bool  # whether a line of `text` leaves out pairs that the grid has
    jobs: int  # that the changed grid has and this one has not
    seconds: float | None  # of job time, judging by the jobs so far
    color: bool


def sweeps_to_try(folder: ResultsFolder, found: Statistics, colour: Verdict | str) -> tuple[SweepToTry, ...]:
    """Say which doses to sweep: of colour distortion first, then the largest effects.

    Colour distortion is swept where the interval of the verdict's effect holds 0, where it costs accuracy
    but gains some beside an augmentation, and where it gains but costs beside one. Another augmentation is,
    where the interval of its main effect holds 0 and a gain of a point. With one seed nothing is
    suggested: there are no intervals, and seeds come first.

    Args:
        folder: of results.
        found: its statistics of validation.
        colour: the verdict on colour.

    Example:
        `print(sweeps_to_try(study.folder, study.validation, study.judgement.verdict)[0].text)`
    """
    grid, colors = folder.grid, colors_of(folder.grid)
    unclear = found.mains[(found.mains["low"] < 0) & (found.mains["high"] >= LEAST_GAIN)]
    by_size = unclear["effect"].abs().sort_values(ascending=False, kind="stable")
    color = [name for name in grid.augmentations if name in colors.distortions] if _unclear(colour) else []
    others = [str(name) for name in by_size.index if name not in colors.holding]
    suggested = (_suggest(folder, found, entry, entry in color) for entry in [*color, *others])
    return tuple(one for one in suggested if one is not None)


def _unclear(colour: Verdict | str) -> bool:
    if isinstance(colour, str) or colour.evidence.interval is None:
        return False
    low, high = colour.evidence.interval
    if high < 0:
        return any(effect > 0 for effect in colour.evidence.effects.values())
    return low <= 0 or bool(colour.evidence.harmed)


def doubled(value: float, most: float) -> tuple[float, ...]:
    """Return values around one, each twice the one before, and up to two of them above it.

    Example:
        >>> doubled(0.5, 1.0), doubled(0.1, 0.4), doubled(1.5, 1.0)
        ((0.125, 0.25, 0.5, 1.0), (0.05, 0.1, 0.2, 0.4), (0.1875, 0.375, 0.75, 1.5))
    """
    top = max(value * factor for factor in (1, 2, 4) if factor == 1 or value * factor <= most)
    return tuple(float(f"{top / 2**halved:.6g}") for halved in reversed(range(DOSES)))


def _suggest(folder: ResultsFolder, found: Statistics, name: str, color: bool) -> SweepToTry | None:
    grid = folder.grid
    entry = grid.augmentations.get(name)
    if entry is None or isinstance(entry, Swept | Steps | Kornia | Python):
        return None
    dose, partner = STRENGTHS.get(entry.operation), _partner(grid, found, name)
    if dose is None or partner is None:
        return None
    value = float(getattr(entry, dose.parameter))
    if value <= 0:
        return None
    values = doubled(value, dose.most)
    written = {dose.parameter: list(values)} | {
        key: given for key, given in entry.model_dump(exclude_defaults=True).items() if key != dose.parameter
    }
    if name != entry.operation:
        written = {"operation": entry.operation} | written
    fewer = grid.pairs == "all" and len(grid.augmentations) > 2
    changed = _changed(grid, name, entry.model_dump(mode="json") | {dose.parameter: list(values)})
    changed |= {"pairs": [partner]} if fewer else {}
    lines = [f"pairs = {_toml([partner])}"] * fewer + [f"{dotted((name,))} = {_toml(written)}"]
    jobs, a_job = _new_jobs(folder, changed), _seconds_a_job(folder, found)
    return SweepToTry(
        name, dose.parameter, value, values, partner, "\n".join(lines), fewer, jobs,
        None if a_job is None else jobs * a_job, color,
    )  # fmt: skip


def _partner(grid: Grid, found: Statistics, name: str) -> str | None:
    """Return the entry beside which an augmentation does best: that is the policy it would be used in."""
    barred = colors_of(grid).holding if name in colors_of(grid).holding else frozenset({name})
    entries = {one.name: one.entry for one in grid.resolved if not one.swept and one.name not in barred}
    means = found.cells["mean"].dropna().sort_values(ascending=False, kind="stable")
    for first, second in means.index:
        partner = second if first == name else first
        if name in (first, second) and partner in entries:
            return entries[partner]
    return None


def _changed(grid: Grid, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    values = grid.model_dump(mode="json")
    values["augmentations"][name] = dict(entry)
    return values


def _new_jobs(folder: ResultsFolder, values: Mapping[str, Any]) -> int:
    # JSON has lists where the grid's models have tuples.
    changed = Grid.model_validate(values, strict=False)
    there = {cell.id for cell in folder.cells}
    wanted: Iterator[str] = (
        cell.id for cell in cells(changed, folder.environment.fingerprint, folder.environment.protocol)
    )
    return len(set(wanted) - there)


def _seconds_a_job(folder: ResultsFolder, found: Statistics) -> float | None:
    jobs = len({cell.id for cell in folder.cells if cell.seed is not None}) / len(folder.grid.seeds)
    return None if found.seconds_a_seed is None else found.seconds_a_seed / jobs


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        return str(table.as_string())
    return str(tomlkit.item(value).as_string())
