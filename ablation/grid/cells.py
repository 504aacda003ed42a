"""The cells a grid means, and the identity of each.

A cell's id is a hash of everything that can change its number and was chosen, and of nothing else:
not of workers, devices or paths, and not of the grid's other cells.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from ablation.grid.augmentations import Augmentation, Step
from ablation.grid.baselines import BASELINES, PRETRAINED, BaselineName, Part
from ablation.grid.data import NOT_PIXELS, Data
from ablation.grid.layout import Pair
from ablation.grid.models import Grid
from ablation.grid.points import At, own_point, points, varied
from ablation.grid.recipe import Evaluate, Pretrain, Views
from ablation.grid.settings import identifying

Kind = Literal["pair", "single"] | BaselineName

PROTOCOL_VERSION = 6  # raise it when a change of code changes numbers: old results are then no longer reused


@dataclass(frozen=True)
class Recipe:
    """What the jobs of a grid have in common."""

    data: Data
    fingerprint: str  # of the images, from `ablation.data.fingerprint`
    views: Views
    pretrain: Pretrain
    evaluate: Evaluate
    protocol: int  # the version of the code's own choices
    # What is measured beside validation, which it does not change: no part of an id.
    label_free: bool
    whole: bool = True  # False: nothing else, neither test split nor colour

    @classmethod
    def of(cls, grid: Grid, fingerprint: str, protocol: int = PROTOCOL_VERSION) -> "Recipe":
        """Take it from a grid file, the fingerprint of its data, and the protocol it is or was run by."""
        return cls(
            grid.data, fingerprint, grid.views, grid.pretrain, grid.evaluate, protocol, grid.label_free
        )

    def for_epochs(self, epochs: int) -> "Recipe":
        """Return the same for jobs of so many epochs."""
        return replace(self, pretrain=self.pretrain.model_copy(update={"epochs": epochs}))


@dataclass(frozen=True)
class Cell:
    """One job: a policy, applied in order, pretrained by a recipe with a seed; or a baseline.

    The policy of a pair is `(first, second)`, computed as `second(first(x))`; that of a single is one
    augmentation (section 3.1); a baseline has none. `seed` is None where nothing is drawn (raw pixels,
    colour histogram).

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
    policy: tuple[Augmentation, ...]
    seed: int | None
    recipe: Recipe
    at: At = ()  # its place on axes beyond the heatmap; no part of its id

    @property
    def label(self) -> str:
        """The cell in words, for people: `crop → color`, `crop`, `random-init`."""
        return " → ".join(one.name for one in self.policy) or self.kind

    @property
    def first(self) -> Augmentation | None:
        """The row of the heatmap; a baseline has none."""
        return self.policy[0] if self.policy else None

    @property
    def second(self) -> Augmentation | None:
        """The column of the heatmap, of a single its row again; a baseline has none."""
        return self.policy[-1] if self.policy else None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The operations that are applied to an augmented branch, in order."""
        return tuple(step for augmentation in self.policy for step in augmentation.steps)

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
        parts = {part: value for part, value in self._parts().items() if part in _PARTS[self.kind]}
        return {"protocol": self.recipe.protocol, "kind": self.kind} | parts

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 of `identity`."""
        canonical = json.dumps(self.identity, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def _parts(self) -> dict[str, Any]:
        recipe = self.recipe
        pretrain = identifying(recipe.pretrain)
        encoder = type(recipe.pretrain.encoder).model_fields.keys()
        contrastive = HEAD | type(recipe.pretrain.objective).model_fields.keys()
        return {
            "seed": self.seed,
            "data": data_identity(recipe.data, recipe.fingerprint),
            # What is done, under the names that seed the draws, whatever a sequence or a sweep is called.
            "augmentations": [
                [{"name": step.name} | identifying(step.operation) for step in augmentation.steps]
                for augmentation in self.policy
            ],
            "views": identifying(recipe.views),
            "precision": pretrain["precision"],
            # The digest tells which weights it starts from, wherever they lie.
            "encoder": {key: value for key, value in pretrain.items() if key in encoder - {"weights"}},
            "contrastive": {key: value for key, value in pretrain.items() if key in contrastive},
            # All that is left, so that a setting that is new cannot be forgotten.
            "training": {key: pretrain[key] for key in sorted(pretrain.keys() - encoder - contrastive)},
            "evaluate": identifying(recipe.evaluate),
        }


def data_identity(data: Data, fingerprint: str) -> dict[str, Any]:
    """Return what tells images apart, as plain JSON values: where they lie does not.

    Example:
        >>> from ablation.grid.data import Npz
        >>> found = [data_identity(Npz(source="npz", path=path), "f") for path in ("a.npz", "b.npz")]
        >>> found[0] == found[1]
        True
    """
    settings = identifying(data)
    # The fingerprint tells which images these are; that they are used at all is a setting.
    used = {key: settings[key] is not None for key in ("labels", "groups", "unlabelled") if key in settings}
    plain = {key: value for key, value in settings.items() if key not in NOT_PIXELS}
    return plain | used | {"fingerprint": fingerprint}


# Settings of pretraining that supervised training has not; the objective's own belong to them.
HEAD = frozenset({"head", "projection", "chunk"})

_AUGMENTED: frozenset[Part] = PRETRAINED | {"augmentations"}
_PARTS: Mapping[str, frozenset[Part]] = MappingProxyType(
    {"single": _AUGMENTED, "pair": _AUGMENTED, **{name: one.parts for name, one in BASELINES.items()}}
)


def cells(grid: Grid, fingerprint: str, protocol: int = PROTOCOL_VERSION) -> Iterator[Cell]:
    """Yield every cell of a grid: for each seed its baselines, then its pairs, row by row.

    One seed comes wholly before the next, so that a stopped run is already a whole heatmap.

    Args:
        grid: the grid file.
        fingerprint: of its data, from `ablation.data.fingerprint`.
        protocol: by which it is run; an older one finds the results of its time again.

    Example:
        >>> grid = Grid.model_validate(
        ...     {"data": {"source": "shapes"}, "augmentations": {"crop": {}}, "baselines": ["random-init"]}
        ... )
        >>> [cell.label for cell in cells(grid, "shapes-1")]
        ['random-init', 'crop']
    """
    recipe = Recipe.of(grid, fingerprint, protocol)
    for position, seed in enumerate(grid.seeds):
        for baseline in grid.baselines:
            if BASELINES[baseline].since > protocol:
                continue
            if BASELINES[baseline].has_encoder:
                yield Cell(baseline, (), seed, recipe)
            elif position == 0:
                yield Cell(baseline, (), None, recipe)
        for first, second in grid.planned:
            yield _cell(first, second, seed, recipe)


def _cell(first: Augmentation, second: Augmentation, seed: int, recipe: Recipe, at: At = ()) -> Cell:
    kind: Kind = "single" if first is second else "pair"
    return Cell(kind, (first,) if first is second else (first, second), seed, recipe, at)


def varied_cells(grid: Grid, fingerprint: str, protocol: int = PROTOCOL_VERSION) -> Iterator[Cell]:
    """Yield the cells of a grid's `[vary]` or `[lengths]`, for each seed value by value, without its own.

    A floor that needs no training is among them where a value changes it.

    Example:
        >>> grid = Grid.model_validate(
        ...     {"data": {"source": "shapes"}, "augmentations": {"crop": {}, "blur": {}},
        ...     "pretrain": {"epochs": 2}, "lengths": {"epochs": [4, 2, 1], "augmentations": ["crop"]}}
        ... )
        >>> [(cell.label, cell.at) for cell in varied_cells(grid, "shapes-1")]
        [('crop', (('epochs', 1),)), ('crop', (('epochs', 4),))]
    """
    vary = varied(grid)
    if vary is None:
        return
    known = {cell.id for cell in cells(grid, fingerprint, protocol)}
    others = [*own_point(grid), *points(grid)]
    for seed in grid.seeds if vary.seeds is None else vary.seeds:
        for point in others:
            recipe = Recipe.of(point.grid, fingerprint, protocol)
            pairs = [pair for pair in point.grid.planned if all(vary.takes(one.entry) for one in pair)]
            found = [
                *(replace(floor, at=point.at) for floor in _floors(point.grid, seed, recipe)),
                *(_cell(first, second, seed, recipe, point.at) for first, second in pairs),
            ]
            for cell in found:
                if cell.id not in known:
                    known.add(cell.id)
                    yield cell


def _floors(grid: Grid, seed: int, recipe: Recipe) -> Iterator[Cell]:
    for kind in grid.baselines:
        baseline = BASELINES[kind]
        if baseline.since <= recipe.protocol and "training" not in baseline.parts:
            yield Cell(kind, (), seed if baseline.has_encoder else None, recipe)


def rung_cells(
    grid: Grid, fingerprint: str, epochs: int, pairs: Collection[Pair], protocol: int = PROTOCOL_VERSION
) -> Iterator[Cell]:
    """Yield some of a grid's cells as one rung of its race runs them: with so many epochs, seed by seed.

    Only the last rung, which has the grid's own epochs, is measured whole.

    Args:
        grid: the grid file.
        fingerprint: of its data.
        epochs: of the rung.
        pairs: names of the first and second of its cells.
        protocol: as of `cells`.
    """
    last = epochs == grid.rungs[-1]
    recipe = replace(Recipe.of(grid, fingerprint, protocol).for_epochs(epochs), whole=last)
    at: At = () if last else (("epochs", epochs),)
    for seed in grid.seeds:
        for first, second in grid.planned:
            if (first.name, second.name) in pairs:
                yield _cell(first, second, seed, recipe, at)


def jobs(grid: Grid, fingerprint: str, protocol: int = PROTOCOL_VERSION) -> Iterator[Cell]:
    """Yield everything that a run of a grid runs: its cells, then those of its `[vary]` or `[lengths]`.

    Of a race only the last rung is among them, as if all cells reached it; `rung_cells` has the others.
    """
    yield from cells(grid, fingerprint, protocol)
    yield from varied_cells(grid, fingerprint, protocol)


def job_count(grid: Grid) -> int:
    """Count the jobs of a grid; of a race, the most that it may run."""
    every = sum(1 for _ in jobs(grid, fingerprint=""))
    held = grid.held
    return every + (sum(held) - len(grid.planned)) * len(grid.seeds)
