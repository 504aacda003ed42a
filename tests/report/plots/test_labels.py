from itertools import combinations

import numpy as np
import pytest

from ablation.report.plots.labels import leader, place_labels

BOUNDS = (0.0, 0.0, 400.0, 300.0)
RADIUS = 2.5


def boxes(labels, sizes):
    return {
        k: np.array([label.left, label.bottom, label.left + size[0], label.bottom + size[1]])
        for k, (label, size) in enumerate(zip(labels, sizes, strict=True))
        if label is not None
    }


def overlap(one, other):
    return (one[:2] < other[2:]).all() and (one[2:] > other[:2]).all()


@pytest.mark.parametrize("spread", [3.0, 40.0, 150.0])
def test_labels_cover_neither_each_other_nor_a_point_nor_its_bar_and_stay_within(spread):
    points = np.random.default_rng(0).normal((200, 150), spread, (49, 2)).clip(0, (400, 300))
    sizes = np.full((49, 2), (55.0, 8.0))
    reach = np.array([12.0, 0.0])
    bars = np.hstack([points - reach, points + reach])
    labels = place_labels(points, sizes, BOUNDS, RADIUS, bars)
    placed = boxes(labels, sizes)
    assert placed
    for one, other in combinations(placed.values(), 2):
        assert not overlap(one, other)
    for box in placed.values():
        assert (box[:2] >= BOUNDS[:2]).all()
        assert (box[2:] <= BOUNDS[2:]).all()
        assert not any(overlap(box, np.concatenate([p - RADIUS, p + RADIUS])) for p in points)
        assert not any(overlap(box, bar) for bar in bars)


def test_leaders_cross_neither_labels_nor_points():
    points = np.random.default_rng(1).normal((200, 150), 25, (49, 2))
    sizes = np.full((49, 2), (40.0, 8.0))
    labels = place_labels(points, sizes, BOUNDS, RADIUS)
    placed, led = boxes(labels, sizes), [k for k, label in enumerate(labels) if label and label.ring]
    assert led, "some stand apart from their points"
    for k in led:
        line = leader(points[k], placed[k][:2], sizes[k])
        for other, box in placed.items():
            assert other == k or not any(overlap(np.concatenate([at, at]), box) for at in line)
        others = np.delete(points, k, axis=0)
        away = line[np.linalg.norm(line - points[k], axis=1) > 2 * RADIUS]
        assert (np.abs(away[:, None] - others).max(-1) >= RADIUS).all()


def test_with_room_all_are_named_beside_their_points():
    points = np.stack(np.meshgrid(np.arange(60, 400, 80.0), np.arange(50, 300, 50.0)), -1).reshape(-1, 2)
    labels = place_labels(points, np.full(points.shape, (40.0, 8.0)), BOUNDS, RADIUS)
    assert all(label is not None and label.ring == 0 for label in labels)


def test_where_there_is_no_room_the_outer_ones_are_named():
    points = np.array([[200.0, 150.0]] * 60 + [[20.0, 20.0]])
    labels = place_labels(points, np.full(points.shape, (60.0, 10.0)), BOUNDS, RADIUS)
    assert labels[-1] is not None
    assert None in labels


def test_a_label_without_a_leader_is_nearest_to_its_own_point():
    draws = np.random.default_rng(0)  # a column of points, nearer to each other than their names are high
    points = np.stack([200 + draws.integers(0, 3, 8), 150 + draws.integers(0, 40, 8)], axis=1).astype(float)
    sizes = np.stack([draws.integers(25, 60, 8), np.full(8, 8)], axis=1).astype(float)
    labels = place_labels(points, sizes, BOUNDS, RADIUS)
    beside = {k: box for k, box in boxes(labels, sizes).items() if labels[k].ring == 0}
    assert beside
    for k, box in beside.items():
        away = np.linalg.norm(points - np.clip(points, box[:2], box[2:]), axis=1)
        assert away[k] <= away.min() + 1
