"""The cells a grid means, and the identity of each.

A cell's id is a hash of everything that can change its number and was chosen, and of nothing else:
not of workers, devices or paths, and not of the grid's other cells.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from ablation.grid.augmentations import Augmentation, Step
from ablation.grid.models import LOCATIONS, Baseline, Data, Evaluate, Grid, Pretrain, Views

Kind = Literal["pair", "single"] | Baseline

PROTOCOL_VERSION = 4  # raise it when a change of code changes numbers: old results are then no longer reused


@dataclass(frozen=True)
class Cell:
    """One job: an ordered pair (`second(first(x))`), a single on the diagonal, or a baseline.

    On a single cell `second` equals `first` and the operation is applied once (section 3.1). On a
    baseline both are None. `seed` is None where nothing is drawn (raw pixels, colour histogram).

    Example:
        >>> grid = Grid.model_validate(
        ...     {"data": {"source": "shapes"}, "augmentations": {"crop": {}, "color": {}}, "baselines": []}
        ... )
        >>> [cell.label for cell in cells(grid, "shapes-1")]
        ['crop', 'crop → color', 'color → crop', 'color']
        >>> len({cell.id for cell in cells(grid, "shapes-1")})
        4
    """

    kind: Kind
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

    @property
    def steps(self) -> tuple[Step, ...]:
        """The operations that are applied to an augmented branch, in order."""
        return tuple(step for augmentation in self.augmentations for step in augmentation.steps)

    @property
    def required_seed(self) -> int:
        """The seed of a cell that draws something.

        Raises:
            ValueError: it draws nothing and has no seed.
        """
        if self.seed is None:
            raise ValueError(f"{self.label} draws nothing and has no seed")
        return self.seed

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
        data = self.data.model_dump(mode="json")
        # The fingerprint tells which images these are; that they are used at all is a setting.
        used = {key: data[key] is not None for key in ("groups", "unlabelled") if key in data}
        pretrain = self.pretrain.model_dump(mode="json")
        return {
            "seed": self.seed,
            "data": {key: value for key, value in data.items() if key not in LOCATIONS}
            | used
            | {"fingerprint": self.fingerprint},
            # What is done, under the names that seed the draws, whatever a sequence or a sweep is called.
            "augmentations": [
                [{"name": step.name} | step.operation.model_dump(mode="json") for step in augmentation.steps]
                for augmentation in self.augmentations
            ],
            "views": self.views.model_dump(mode="json"),
            "precision": pretrain["precision"],
            "encoder": {key: pretrain[key] for key in ENCODER},
            "contrastive": {key: pretrain[key] for key in CONTRASTIVE},
            # All that is left, so that a setting that is new cannot be forgotten.
            "training": {key: pretrain[key] for key in sorted(pretrain.keys() - ENCODER - CONTRASTIVE)},
            "evaluate": self.evaluate.model_dump(mode="json"),
        }


# Settings of pretraining that an untrained encoder has too, and those that supervised training has not.
ENCODER = frozenset({"encoder", "width", "stem"})
CONTRASTIVE = frozenset({"head", "projection", "objective", "temperature"})

# Precision is set for a whole cell, its evaluation included, so that it matters to all of them.
_FEATURES = frozenset({"data", "evaluate", "precision"})
_UNTRAINED = _FEATURES | {"seed", "encoder"}
_SUPERVISED = _UNTRAINED | {"training"}
_PRETRAINED = _SUPERVISED | {"contrastive", "views"}
_MATTERS: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        "raw-pixels": _FEATURES,
        "color-histogram": _FEATURES,
        "random-init": _UNTRAINED,
        "supervised": _SUPERVISED,
        "no-augmentation": _PRETRAINED,
        "single": _PRETRAINED | {"augmentations"},
        "pair": _PRETRAINED | {"augmentations"},
    }
)


def cells(grid: Grid, fingerprint: str) -> Iterator[Cell]:
    """Yield every cell of a grid: for each seed its baselines, then its pairs, row by row.

    One seed comes wholly before the next, so that a stopped run is already a whole heatmap.

    Args:
        grid: the grid file.
        fingerprint: of its data, from `ablation.data.fingerprint`.

    Example:
        >>> grid = Grid.model_validate(
        ...     {"data": {"source": "shapes"}, "augmentations": {"crop": {}}, "baselines": ["random-init"]}
        ... )
        >>> [cell.label for cell in cells(grid, "shapes-1")]
        ['random-init', 'crop']
    """

    own = grid.data, fingerprint, grid.views, grid.pretrain, grid.evaluate
    for position, seed in enumerate(grid.seeds):
        for baseline in grid.baselines:
            if "seed" in _MATTERS[baseline]:
                yield Cell(baseline, None, None, seed, *own)
            elif position == 0:
                yield Cell(baseline, None, None, None, *own)
        for first, second in grid.planned:
            yield Cell("single" if first is second else "pair", first, second, seed, *own)


def is_own(cell: Cell, grid: Grid) -> bool:
    """Whether one of a grid's jobs is a cell of its heatmap or a baseline, and not of its `[lengths]`."""
    return cell.pretrain == grid.pretrain and cell.seed in (None, *grid.seeds)


def length_cells(grid: Grid, fingerprint: str) -> Iterator[Cell]:
    """Yield the cells of a grid's `[lengths]`, for each seed by epochs, without those that are its own.

    Example:
        >>> grid = Grid.model_validate(
        ...     {"data": {"source": "shapes"}, "augmentations": {"crop": {}, "blur": {}},
        ...     "pretrain": {"epochs": 2}, "lengths": {"epochs": [4, 2, 1], "augmentations": ["crop"]}}
        ... )
        >>> [(cell.label, cell.pretrain.epochs) for cell in length_cells(grid, "shapes-1")]
        [('crop', 1), ('crop', 4)]
    """
    lengths = grid.lengths
    if lengths is None:
        return
    pairs = [pair for pair in grid.planned if all(lengths.takes(one.entry) for one in pair)]
    for seed in grid.seeds if lengths.seeds is None else lengths.seeds:
        for epochs in sorted(lengths.epochs):
            pretrain = grid.pretrain.model_copy(update={"epochs": epochs})
            settings = grid.data, fingerprint, grid.views, pretrain, grid.evaluate
            for first, second in pairs:
                cell = Cell("single" if first is second else "pair", first, second, seed, *settings)
                if not is_own(cell, grid):
                    yield cell


def jobs(grid: Grid, fingerprint: str) -> Iterator[Cell]:
    """Yield everything that a run of a grid runs: its cells, then those of its `[lengths]`."""
    yield from cells(grid, fingerprint)
    yield from length_cells(grid, fingerprint)
