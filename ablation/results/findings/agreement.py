"""Whether a job that ran again came out as it is stored: bit for bit, or elsewhere within rounding."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from math import isclose
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.environment import Likeness
from ablation.results.stored.record import Record

Verdict = Literal["bit for bit", "within rounding", "differs"]

# Fields of a record that say what came out; times, memory and the machine are no results.
_CAME_OUT = (
    "identity", "outcome", "measured", "scores", "sizes", "epochs", "leak", "use", "label_free",
    "transformations", "parameters", "flops",
)  # fmt: skip
_TIMES = "images_per_second"
_ERRORS = 1e-3  # the share of checks of honest results that find a difference beyond rounding
_SPREAD = 1.5  # measured: how much more accuracies move than images that turn by themselves would move them
# By which a number of a job without training may move; measured: by 0.001.
_RELATIVE, _ABSOLUTE = 0.01, 0.005
_EXACT = 1e-6  # by which an accuracy may differ from the mean of its predictions


@dataclass(frozen=True)
class Result:
    """One job: its record, and its arrays if it has any."""

    record: Record
    arrays: CellArrays | None


@dataclass(frozen=True)
class Number:
    """One stored value that did not come out again; None where none came out."""

    name: str  # such as scores.linear_top1
    stored: Any
    again: Any


@dataclass(frozen=True)
class Elements:
    """How many elements of a stored array did not come out again."""

    name: str
    differing: int
    count: int


@dataclass(frozen=True)
class Moved:
    """By how much an accuracy came out otherwise, and how much of that rounding explains (fractions)."""

    name: str
    by: float
    limit: float

    @property
    def explained(self) -> bool:
        """Whether rounding explains it."""
        return abs(self.by) <= self.limit


@dataclass(frozen=True)
class Agreement:
    """How a job that ran again came out."""

    name: str  # of the job
    id: str
    verdict: Verdict
    machine: Likeness
    numbers: tuple[Number, ...] = ()
    arrays: tuple[Elements, ...] = ()
    contradictions: tuple[str, ...] = ()  # stored accuracies that the predictions beside them deny
    unstored: tuple[str, ...] = ()  # what came out and is not stored, as in a published copy
    moved: tuple[Moved, ...] = ()  # how far the accuracies are apart, where rounding may explain it
    error: str = ""  # that ended it when it ran again


def agreement(
    name: str, stored: Result, again: Result, checks: int = 1, encoder: Elements | None = None
) -> Agreement:
    """Compare a job with the same job run again.

    On a like machine on the CPU, every stored number and every element of every array must come out again.
    On another one, and on CUDA, rounding differs and grows in training: many predictions differ in the end,
    in both directions. The accuracies must then differ no more than that explains (`judged`).

    Args:
        name: of the job.
        stored: as it lies in the folder.
        again: as it came out.
        checks: how many jobs are checked; the more, the wider the limits of rounding.
        encoder: of its weights, where the encoder is stored.
    """
    there, here = stored.record, again.record
    machine = Likeness.of(there.environment, here.environment)
    if here.error is not None:
        said = f"{here.error.type}: {here.error.message}"
        return Agreement(name, there.id, "differs", machine, error=said)
    numbers, unstored = _numbers(there, here)
    arrays, left_out = _arrays(stored.arrays, again.arrays)
    if encoder is not None and encoder.differing:
        arrays = (*arrays, encoder)
    denied = contradictions(stored)
    moved: tuple[Moved, ...] | None = None
    if not denied and (numbers or arrays) and _may_round(there, machine, numbers):
        moved = judged(stored, again, checks)
    verdict: Verdict = "differs"
    if not (numbers or arrays or denied):
        verdict = "bit for bit"
    elif moved is not None and all(one.explained for one in moved) and not _other_settings(numbers):
        # Without training nothing amplifies rounding, so that all numbers can be judged.
        verdict = "within rounding" if there.epochs or all(map(_near, numbers)) else "differs"
    left = (*unstored, *left_out)
    return Agreement(name, there.id, verdict, machine, numbers, arrays, denied, left, moved or ())


def judged(stored: Result, again: Result, checks: int = 1) -> tuple[Moved, ...] | None:
    """Say how far the accuracies moved, and how far rounding moves them at most; None if some are missing.

    If F images are right in one run and wrong in the other, and each is as likely to turn either way, the
    number of right ones moves by √F (one standard deviation). Measured, it is up to half as much again
    (docs/report.md). Without stored predictions, F is what two unrelated classifiers of this accuracy would
    have.
    """
    one, other = _accuracies(stored), _accuracies(again)
    if one.keys() != other.keys():
        return None
    # Normal, two-sided, corrected for the number of accuracies that are compared (Bonferroni).
    z = NormalDist().inv_cdf(1 - _ERRORS / (2 * max(1, len(one)) * checks))
    found = []
    for name, (before, images, right) in one.items():
        after, _, right_again = other[name]
        known = right is not None and right_again is not None and right.shape == right_again.shape
        turned = np.count_nonzero(right != right_again) if known else 2 * before * (1 - before) * images
        found.append(Moved(name, after - before, z * _SPREAD * float(turned) ** 0.5 / images))
    return tuple(found)


def contradictions(result: Result) -> tuple[str, ...]:
    """Name the accuracies of a record that the predictions beside it deny, which no rounding explains."""
    scores, arrays = result.record.scores, result.arrays
    if scores is None or arrays is None:
        return ()
    pairs = {
        "linear_top1": (scores.linear_top1, arrays.predictions, arrays.labels),
        "linear_top1_val": (
            scores.linear_top1_val, arrays.validation_predictions, arrays.validation_labels,
        ),
    }  # fmt: skip
    return tuple(
        f"{name} is {score:.4f}, but {right:.4f} by the predictions beside it"
        for name, (score, predictions, labels) in pairs.items()
        if score is not None and len(labels)
        if not isclose(score, right := float((predictions == labels).mean()), abs_tol=_EXACT)
    )


def _numbers(stored: Record, again: Record) -> tuple[tuple[Number, ...], tuple[str, ...]]:
    one, other = (
        dict(_leaves(record.model_dump(mode="json", include=set(_CAME_OUT)))) for record in (stored, again)
    )
    numbers = [
        Number(name, one[name], other.get(name))
        for name in one
        if other.get(name) != one[name] and not name.endswith(_TIMES)
    ]
    unstored = {name.partition(".")[0]: None for name in other if name not in one}
    return tuple(numbers), tuple(unstored)


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, f"{place}.{key}" if place else str(key))
    elif value is not None:
        yield place, value


def _arrays(
    stored: CellArrays | None, again: CellArrays | None
) -> tuple[tuple[Elements, ...], tuple[str, ...]]:
    differing: list[Elements] = []
    unstored: list[str] = []
    for name in (field.name for field in fields(CellArrays)):
        one, other = (np.empty(0) if it is None else getattr(it, name) for it in (stored, again))
        if not one.size:
            unstored += [name] if other.size else []
        elif one.shape != other.shape:
            differing.append(Elements(name, one.size, one.size))
        elif count := int(np.count_nonzero(one != other)):
            differing.append(Elements(name, count, one.size))
    return tuple(differing), tuple(unstored)


def _may_round(stored: Record, machine: Likeness, numbers: tuple[Number, ...]) -> bool:
    if machine.differing or not stored.environment.get("device", "cpu").startswith("cpu"):
        return True  # CUDA promises no bits, even to itself
    trained_alike = bool(stored.epochs) and not any(one.name.startswith("epochs.") for one in numbers)
    # Where training came out to the last bit, the machine is alike, whatever the record does not say of it.
    return bool(machine.untold) and not trained_alike


def _other_settings(numbers: tuple[Number, ...]) -> bool:
    return any(number.name.partition(".")[0] in ("identity", "sizes", "measured") for number in numbers)


def _near(number: Number) -> bool:
    if number.name == "scores.regularization":  # a choice, which may turn as a prediction does
        return True
    known = isinstance(number.stored, int | float) and isinstance(number.again, int | float)
    return known and isclose(number.stored, number.again, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)


def _accuracies(result: Result) -> dict[str, tuple[float, int, NDArray[np.bool_] | None]]:
    """Return the accuracies on test and validation, of how many images they are, and which were right."""
    record, arrays = result.record, result.arrays
    if record.scores is None or record.sizes is None:
        free = record.label_free
        return {} if free is None else {"rotation_top1": (free.rotation_top1, free.images, None)}
    right = (
        (None, None)
        if arrays is None
        else (
            arrays.predictions == arrays.labels,
            arrays.validation_predictions == arrays.validation_labels,
        )
    )
    found = {
        "linear_top1": (record.scores.linear_top1, record.sizes.test, right[0]),
        "linear_top1_val": (record.scores.linear_top1_val, record.sizes.validation or 0, right[1]),
    }
    return {
        name: (score, images, which if which is not None and len(which) else None)
        for name, (score, images, which) in found.items()
        if score is not None
    }
