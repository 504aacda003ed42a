"""Which augmentations of a grid change colour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ablation.grid.augmentations import Augmentation, Step
from ablation.grid.entries import Kornia
from ablation.grid.models import Grid

# The paper's color (jitter, then grayscale), its parts that change hue or saturation by themselves, and what
# distorts the channels of images that are not RGB.
DISTORTIONS = frozenset(
    {"color", "color-jitter", "color-drop", "grayscale", "channel-drop", "channel-jitter"}
    | {"ColorJitter", "ColorJiggle", "RandomGrayscale", "RandomHue", "RandomSaturation"}
)
# These change colour in another way, or now and then. What changes tone (solarize, gamma, …) does not count.
OTHER_COLOR = frozenset(
    {"channel-shuffle", "planckian", "autoaugment", "randaugment", "trivialaugment"}
    | {"RandomChannelShuffle", "RandomChannelDropout", "RandomPlanckianJitter", "RandomRGBShift"}
)


@dataclass(frozen=True)
class Colors:
    """Which augmentations of a grid change colour.

    Pass your own for an operation whose name does not show it, such as a `python =` entry.
    """

    distortions: frozenset[str]  # color and nothing else; of a sequence every step is
    holding: frozenset[str]  # some step changes colour; the distortions are among them
    # of a sequence with colour distortion, what it is without: another augmentation of the grid
    undistorted: Mapping[str, str] = field(default_factory=dict)


def color_augmentations(results: pd.DataFrame) -> Colors:
    """Say which augmentations of a frame's grid change colour, by the operations they are made of.

    A user's own module is assumed not to.

    Raises:
        ValueError: the frame has no grid.

    Example:
        >>> results = pd.DataFrame({"first": ["crop"], "second": ["crop"]})
        >>> results.attrs["grid"] = {"data": {"source": "shapes"}, "augmentations": {
        ...     "crop": {}, "gray": {"operation": "color-drop"}, "simclr": ["crop", "color", "blur"]}}
        >>> colors = color_augmentations(results)
        >>> sorted(colors.distortions), sorted(colors.holding)
        (['gray'], ['gray', 'simclr'])
    """
    if "grid" not in results.attrs:
        raise ValueError("the frame has no grid; load it with load_results")
    # JSON has lists where the grid's models have tuples.
    return colors_of(Grid.model_validate(results.attrs["grid"], strict=False))


def colors_of(grid: Grid) -> Colors:
    """Say which augmentations of a grid change colour, as `color_augmentations` does for a frame."""
    steps = {one.name: [_operation(step) for step in one.steps] for one in grid.resolved}
    return Colors(
        frozenset(name for name, made_of in steps.items() if DISTORTIONS.issuperset(made_of)),
        frozenset(name for name, made_of in steps.items() if (DISTORTIONS | OTHER_COLOR) & set(made_of)),
        _undistorted(grid),
    )


def _undistorted(grid: Grid) -> dict[str, str]:
    def left(one: Augmentation) -> list[Any]:
        return [step.operation for step in one.steps if _operation(step) not in DISTORTIONS]

    found = {}
    for one in grid.resolved:
        others = [other for other in grid.resolved if 0 < len(other.steps) < len(one.steps)]
        for other in others:
            if left(one) == [step.operation for step in other.steps]:
                found[one.name] = other.name
    return found


def changes_color(steps: Iterable[Step]) -> bool:
    """Whether some step of a policy changes colour."""
    return any(_operation(step) in DISTORTIONS | OTHER_COLOR for step in steps)


def _operation(step: Step) -> str:
    return step.operation.kornia if isinstance(step.operation, Kornia) else step.operation.operation
