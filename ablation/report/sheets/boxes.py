"""How the boxes of two views lie to each other (SimCLR, Figure 3), counted, with intervals."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ablation.results.types import Floats

Boxes = Floats  # (N, 4): left, top, right, bottom in pixels of the original

NESTED, OVERLAPPING, ADJACENT = RELATIONS = ("global to local", "overlapping", "adjacent")
_Z = 1.959963984540054  # 97.5 % of a normal distribution lie below


def relations(one: Boxes, other: Boxes) -> NDArray[np.str_]:
    """Say of each pair of boxes whether it is global to local, overlapping, or adjacent.

    Global to local: one box lies wholly within the other; equal boxes do. Adjacent: they have no area in
    common; boxes that touch have none. Overlapping: all others. The paper draws the first and the last
    (section 3.1, Figure 3) and defines neither; these definitions are this project's.

    Example:
        >>> whole, left, right = np.array([[0, 0, 4, 4]]), np.array([[0, 0, 2, 4]]), np.array([[2, 0, 4, 4]])
        >>> relations(whole, left).item(), relations(left, right).item()
        ('global to local', 'adjacent')
    """
    nested = _within(one, other) | _within(other, one)
    width, height = _common(one, other)
    apart = (width <= 0) | (height <= 0)
    return np.select([nested, apart], [NESTED, ADJACENT], OVERLAPPING)


def share_within(one: Boxes, other: Boxes) -> Floats:
    """Return which share of the smaller box's area lies within the larger: 1 nested, 0 adjacent; (N,).

    Example:
        >>> share_within(np.array([[0, 0, 2, 2]]), np.array([[1, 0, 4, 4]])).tolist()
        [0.5]
    """
    width, height = _common(one, other)
    smaller = np.minimum(_area(one), _area(other))
    shared: Floats = np.maximum(width, 0) * np.maximum(height, 0) / smaller
    return shared


@dataclass(frozen=True)
class Share:
    """A share of so many draws, with its 95 % interval (Wilson); fractions in [0, 1].

    Example:
        >>> Share(count=50, of=100).value, [round(bound, 3) for bound in Share(count=50, of=100).interval]
        (0.5, [0.404, 0.596])
    """

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies; never empty, and within [0, 1] even where the share is 0 or 1."""
        p, n = self.value, self.of
        middle = p + _Z**2 / (2 * n)
        half = _Z * sqrt(p * (1 - p) / n + (_Z / (2 * n)) ** 2)
        low, high = ((middle + side * half) / (1 + _Z**2 / n) for side in (-1, 1))
        return (0.0 if self.count == 0 else low), (1.0 if self.count == self.of else high)


def relation_shares(one: Boxes, other: Boxes) -> dict[str, Share]:
    """Count the pairs of boxes by relation, every relation in the order of `RELATIONS`."""
    found = relations(one, other)
    return {relation: Share(int((found == relation).sum()), len(found)) for relation in RELATIONS}


def _within(inner: Boxes, outer: Boxes) -> NDArray[np.bool_]:
    beyond = np.concatenate([inner[:, :2] < outer[:, :2], inner[:, 2:] > outer[:, 2:]], axis=1)  # (N, 4)
    inside: NDArray[np.bool_] = np.logical_not(beyond.any(axis=1))
    return inside


def _common(one: Boxes, other: Boxes) -> tuple[Floats, Floats]:
    """Width and height of what two boxes have in common; not positive where they have nothing."""
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])  # (N, 2)
    return sides[:, 0], sides[:, 1]


def _area(boxes: Boxes) -> Floats:
    area: Floats = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return area
