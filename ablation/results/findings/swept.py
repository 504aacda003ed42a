"""The entries of a grid that sweep one parameter, and what each may be judged beside."""

from collections.abc import Sequence
from dataclasses import dataclass

from ablation.grid.augmentations import Augmentation
from ablation.grid.models import Grid
from ablation.results.findings.colors import colors_of

# Of every other parameter a larger number changes the images more.
_LESS_IS_STRONGER = frozenset({("posterize", "bits"), ("solarize", "threshold"), ("elastic", "sigma")})


@dataclass(frozen=True)
class SweptEntry:
    """An entry of a grid that is there several times, with one parameter of several values."""

    entry: str
    parameter: str
    doses: tuple[Augmentation, ...]  # the weakest first
    partners: tuple[str, ...]  # the augmentations beside which it may be judged
    whole: bool  # the entry is the swept operation and no more, so that a partner alone is without it

    def strength(self, dose: Augmentation) -> float:
        """Return the value that a dose has of the swept parameter."""
        return float(dose.swept[0][1])


def sweeps_of(grid: Grid) -> tuple[SweptEntry, ...]:
    """List the entries of a grid that sweep one parameter.

    Whatever holds the same operation is no partner, nor is what changes colour beside colour distortion: the
    dose would be another one there.

    Example:
        >>> entries = {"crop": {}, "color": {"strength": [1.0, 0.5]}, "gray": {"operation": "grayscale"}}
        >>> grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": entries})
        >>> [(one.entry, [dose.name for dose in one.doses], one.partners) for one in sweeps_of(grid)]
        [('color', ['color 0.5', 'color 1'], ('crop',))]
    """
    found: dict[str, list[Augmentation]] = {}
    for one in grid.resolved:
        if len(one.swept) == 1:
            found.setdefault(one.entry, []).append(one)
    return tuple(_sweep(grid, entry, doses) for entry, doses in found.items() if len(doses) > 1)


def _sweep(grid: Grid, entry: str, doses: Sequence[Augmentation]) -> SweptEntry:
    parameter = doses[0].swept[0][0]
    operations = {step.operation.operation for step in doses[0].steps}
    turned = len(operations) == 1 and (*operations, parameter) in _LESS_IS_STRONGER
    ordered = sorted(doses, key=lambda dose: dose.swept[0][1], reverse=turned)
    colors = colors_of(grid)
    barred = colors.holding if doses[0].name in colors.holding else frozenset()
    partners = tuple(
        one.name
        for one in grid.resolved
        if one.name not in barred
        and operations.isdisjoint(step.operation.operation for step in one.steps)
        and any(grid.has_pair(*pair) for dose in doses for pair in ((one, dose), (dose, one)))
    )
    return SweptEntry(entry, parameter, tuple(ordered), partners, len(doses[0].steps) == 1)
