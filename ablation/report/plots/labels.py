"""Where the names of points stand: beside them, over nothing; a name that finds no room is left out."""

from dataclasses import dataclass

import numpy as np

from ablation.results.types import Floats

_DIRECTIONS = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)], float)
_RINGS = (0.0, 1.5, 3.0)  # heights of a label, between it and its point
_SAME = 1.0  # points that are no farther apart are one to the eye
_LEADER, _NEAR = 24, 1.0  # places at which a leader is held to what it could cross, and how near it may pass

Points = Floats  # (N, 2)
Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True)
class Label:
    """Where a label stands, and how far from its point; a leader is drawn where `ring` is above 0."""

    left: float
    bottom: float
    ring: float


def place_labels(
    points: Points, sizes: Points, bounds: Box, radius: float, bars: Points | None = None
) -> list[Label | None]:
    """Place labels, those of points far out first; no label or leader covers a point, a label or a leader.

    Nor does a label cover a bar, or one without a leader stand nearer to another point than to its own.

    Args:
        points: (N, 2), in points or pixels, as all the rest.
        sizes: (N, 2), width and height of each label.
        bounds: labels stay within.
        radius: of the markers.
        bars: (M, 4), left, bottom, right, top of error bars.

    Returns:
        For each point its label, None where there is no room. The same points give the same places.

    Example:
        >>> place_labels(np.array([[50.0, 50.0]]), np.array([[20.0, 10.0]]), (0, 0, 100, 100), radius=2)
        [Label(left=54.0, bottom=45.0, ring=0.0)]
    """
    spans = np.maximum(np.ptp(points, axis=0), 1e-9)
    outness = np.linalg.norm((points - points.mean(axis=0)) / spans, axis=1)
    boxes = np.empty((0, 4))  # of the labels that stand
    dots = np.concatenate([points - radius, points + radius], axis=1)  # what no label may cover
    thin = np.empty((0, 4)) if bars is None else bars  # what no label may cover, but leaders may cross
    placed: list[Label | None] = [None] * len(points)
    for k in np.argsort(-outness, kind="stable"):
        for ring in _RINGS:
            found = _free(points[k], sizes[k], bounds, radius, ring, boxes, dots, thin)
            if found is None or not (ring or _nearest(k, points, found, sizes[k])):
                continue
            placed[k] = Label(float(found[0]), float(found[1]), ring)
            boxes = np.vstack([boxes, [*found, *(found + sizes[k])]])
            if ring:
                line = leader(points[k], found, sizes[k])
                dots = np.vstack([dots, np.concatenate([line, line], axis=1)])
            break
    return placed


def leader(point: Points, corner: Points, size: Points) -> Points:
    """Return the line from a point to the nearest place of its label's edge, as (K, 2) places along it."""
    end = np.clip(point, corner, corner + size)
    return point + np.linspace(0, 1, _LEADER)[:, None] * (end - point)


def _free(
    point: Points,
    size: Points,
    bounds: Box,
    radius: float,
    ring: float,
    boxes: Points,
    dots: Points,
    thin: Points,
) -> Points | None:
    away = radius + 2 + ring * size[1]
    for direction in _DIRECTIONS:
        # Beside the point in one direction, its centre on the same line in the other.
        corner = point + direction * away + (direction - 1) / 2 * size
        box = np.concatenate([corner, corner + size])
        inside = (box[:2] >= bounds[:2]).all() and (box[2:] <= bounds[2:]).all()
        if not inside or any(_overlaps(box, others) for others in (boxes, dots, thin)):
            continue
        if not ring or not _crosses(leader(point, corner, size), radius, boxes, dots):
            return np.asarray(corner)
    return None


def _nearest(k: int, points: Points, corner: Points, size: Points) -> bool:
    # A label beside another's point would be read as that one's.
    away = np.linalg.norm(points - np.clip(points, corner, corner + size), axis=1)
    return bool(away[k] <= away.min() + _SAME)


def _crosses(line: Points, radius: float, boxes: Points, dots: Points) -> bool:
    away = np.linalg.norm(line - line[0], axis=1) > 2 * radius  # its own marker may overlap others
    near = np.concatenate([line - _NEAR, line + _NEAR], axis=1)
    return any(_overlaps(box, boxes) for box in near) or any(_overlaps(box, dots) for box in near[away])


def _overlaps(box: Points, others: Points) -> bool:
    return bool(((box[:2] < others[:, 2:]) & (box[2:] > others[:, :2])).all(axis=1).any())
