"""The cells a grid means, and the identity of each.

A cell's id is a hash of everything that can change its number and was chosen, and of nothing else:
not of workers, devices or paths, and not of the grid's other cells.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from ablation.grid.models import LOCATIONS, Baseline, Data, Evaluate, Grid, Pretrain, Views
from ablation.grid.operations import Operation

PROTOCOL_VERSION = 1  # raise it when a change of code changes numbers: old results are then no longer reused


@dataclass(frozen=True)
class Augmentation:
    """An operation under its name in the grid; the name seeds its draws."""

    name: str
    operation: Operation


@dataclass(frozen=True)
class Cell:
    """One job: an ordered pair (`second(first(x))`), a single on the diagonal, or a baseline.

    On a single cell `second` equals `first` and the operation is applied once (section 3.1). On a
    baseline both are None. `seed` is None where nothing is drawn (raw pixels, colour histogram).
    """

    kind: Literal["pair", "single"] | Baseline
    first: Augmentation | None
    second: Augmentation | None
    seed: int | None
    data: Data
    fingerprint: str
    views: Views
    pretrain: Pretrain
    evaluate: Evaluate

    @property
    def label(self) -> str:
        """The cell in words, for people: `crop → color`, `crop`, `random-init`."""
        if self.first is None or self.second is None:
            return self.kind
        return self.first.name if self.kind == "single" else f"{self.first.name} → {self.second.name}"

    @property
    def augmentations(self) -> tuple[Augmentation, ...]:
        """What is applied to an augmented branch, in order."""
        if self.first is None or self.second is None:
            return ()
        return (self.first,) if self.kind == "single" else (self.first, self.second)

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that can change this cell's number, as plain JSON values."""
        return {"protocol": PROTOCOL_VERSION, "kind": self.kind} | {
            part: value for part, value in self._parts().items() if part in _MATTERS[self.kind]
        }

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 of `identity`."""
        canonical = json.dumps(self.identity, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def _parts(self) -> dict[str, Any]:
        pretrain = self.pretrain.model_dump(mode="json")
        return {
            "seed": self.seed,
            "data": self.data.model_dump(mode="json", exclude=set(LOCATIONS)) | {"fingerprint": self.fingerprint},
            "augmentations": [
                {"name": step.name} | step.operation.model_dump(mode="json") for step in self.augmentations
            ],
            "views": self.views.model_dump(mode="json"),
            "encoder": {key: pretrain[key] for key in ("encoder", "width", "stem", "precision")},
            "pretrain": pretrain,
            "evaluate": self.evaluate.model_dump(mode="json"),
        }


_FEATURES = frozenset({"data", "evaluate"})
_TRAINED = _FEATURES | {"seed", "pretrain"}
_MATTERS = {
    "raw-pixels": _FEATURES,
    "color-histogram": _FEATURES,
    "random-init": _FEATURES | {"seed", "encoder"},
    "supervised": _TRAINED,
    "no-augmentation": _TRAINED | {"views"},
    "single": _TRAINED | {"views", "augmentations"},
    "pair": _TRAINED | {"views", "augmentations"},
}


def cells(grid: Grid, fingerprint: str) -> Iterator[Cell]:
    """Yield every cell of a grid: for each seed its baselines, then its pairs, row by row.

    One seed comes wholly before the next, so that a stopped run is already a whole heatmap.

    Args:
        grid: the grid file.
        fingerprint: of its data, from `ablation.grid.fingerprint`.
    """
    augmentations = [Augmentation(name, operation) for name, operation in grid.augmentations.items()]

    def cell(kind: Any, seed: int | None, first: Any = None, second: Any = None) -> Cell:
        return Cell(
            kind, first, second, seed, grid.data, fingerprint, grid.views, grid.pretrain, grid.evaluate
        )

    for position, seed in enumerate(grid.seeds):
        for baseline in grid.baselines:
            if "seed" in _MATTERS[baseline]:
                yield cell(baseline, seed)
            elif position == 0:
                yield cell(baseline, None)
        for first in augmentations:
            for second in augmentations:
                yield cell("single" if first is second else "pair", seed, first, second)
