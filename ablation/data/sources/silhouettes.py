"""The ten silhouettes of the built-in pictures, as tables of signed distances in integers."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Distances = NDArray[np.int64]

SIDE = 512  # of a table, in steps
RADIUS = 200  # of the circle around every silhouette, in steps
PRECISION = 32  # distances are given in 1/32 of a step

# Coordinates are in half steps from the centre, which makes them integers at the middle of each step; y
# points down. The circle around a silhouette has a radius of 400.
_X, _Y = np.meshgrid(*[2 * np.arange(SIDE, dtype=np.int64) + 1 - SIDE] * 2)
_UNIT = PRECISION // 2  # of a distance, in a half step


def _root(squares: Distances) -> Distances:
    # IEEE 754 rounds square roots correctly, so the floor is the same integer on every machine.
    return np.floor(np.sqrt(squares.astype(np.float64))).astype(np.int64)


def _disc(radius: int, x: int = 0, y: int = 0) -> Distances:
    return _root(_UNIT**2 * ((_X - x) ** 2 + (_Y - y) ** 2)) - _UNIT * radius


def _polygon(corners: Sequence[tuple[int, int]]) -> Distances:
    nearest = np.full(_X.shape, np.iinfo(np.int64).max)
    inside = np.zeros(_X.shape, dtype=bool)
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        ex, ey, wx, wy = bx - ax, by - ay, _X - ax, _Y - ay
        along, across, length = wx * ex + wy * ey, wx * ey - wy * ex, ex**2 + ey**2
        to_corner = np.minimum(wx**2 + wy**2, (_X - bx) ** 2 + (_Y - by) ** 2)
        beside = (along > 0) & (along < length)
        square = np.where(beside, _UNIT**2 * across**2 // length, _UNIT**2 * to_corner)
        nearest = np.minimum(nearest, square)
        above, below = wy < 0, by > _Y  # of the edge's two ends
        inside ^= (above != below) & ((across < 0) == (by > ay))
    return np.where(inside, -1, 1) * _root(nearest)


def _mirrored(corners: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [*corners, *[(-x, y) for x, y in reversed(corners) if x > 0]]


def _rectangle(x: int, y: int) -> Distances:
    return _polygon([(-x, -y), (x, -y), (x, y), (-x, y)])


def _heart() -> Distances:
    lobes = np.minimum(_disc(195, 165, -130), _disc(195, -165, -130))
    return np.minimum(lobes, _polygon(_mirrored([(0, 380), (316, -6), (165, -130), (0, -130)])))


SILHOUETTES: Mapping[str, Callable[[], Distances]] = MappingProxyType(
    {
        "disc": lambda: _disc(350),
        "ring": lambda: np.maximum(_disc(390), -_disc(220)),
        "square": lambda: _rectangle(284, 284),
        "triangle": lambda: _polygon([(0, -400), (346, 200), (-346, 200)]),
        "star": lambda: _polygon(
            _mirrored([(0, -400), (103, -142), (380, -124), (166, 54), (235, 324), (0, 175)])
        ),
        "cross": lambda: np.minimum(_rectangle(385, 115), _rectangle(115, 385)),
        "bar": lambda: _rectangle(385, 110),
        "crescent": lambda: np.maximum(_disc(390), -_disc(320, 190, 0)),
        "heart": _heart,
        "arrow": lambda: _polygon(
            [(400, 0), (40, -310), (40, -110), (-385, -110), (-385, 110), (40, 110), (40, 310)]
        ),
    }
)


@cache
def distance_tables() -> NDArray[np.int16]:
    """Return the signed distance to each silhouette's edge: (10, SIDE, SIDE), negative inside.

    Distances are in units of 1/PRECISION step, in the order of SILHOUETTES. The array is read-only.

    Example:
        >>> tables = distance_tables()
        >>> bool(tables[0, 256, 256] < 0 < tables[0, 0, 0])  # the middle and a corner of the disc
        True
    """
    tables = np.stack([distances() for distances in SILHOUETTES.values()]).astype(np.int16)
    tables.flags.writeable = False
    return tables
