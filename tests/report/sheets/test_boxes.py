import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from ablation.report.sheets.boxes import (
    ADJACENT,
    NESTED,
    OVERLAPPING,
    Share,
    relation_shares,
    relations,
    share_within,
)

BOX = (2, 2, 6, 6)
KNOWN = {
    "identical": (BOX, NESTED, 1.0),
    "nested": ((3, 3, 5, 5), NESTED, 1.0),
    "nested, sharing an edge": ((2, 3, 5, 5), NESTED, 1.0),
    "around it": ((0, 0, 9, 9), NESTED, 1.0),
    "half out": ((4, 3, 8, 5), OVERLAPPING, 0.5),
    "crossing": ((0, 3, 9, 5), OVERLAPPING, 8 / 16),
    "touching at an edge": ((6, 2, 8, 6), ADJACENT, 0.0),
    "touching at a corner": ((6, 6, 8, 8), ADJACENT, 0.0),
    "disjoint": ((7, 7, 9, 9), ADJACENT, 0.0),
    "beside it in one direction only": ((7, 0, 9, 9), ADJACENT, 0.0),
}

side = st.integers(0, 7).flatmap(lambda low: st.tuples(st.just(low), st.integers(low + 1, 8)))
boxes = st.tuples(side, side).map(lambda xy: (xy[0][0], xy[1][0], xy[0][1], xy[1][1]))


@pytest.mark.parametrize("name", KNOWN)
def test_known_pairs_of_boxes(name):
    other, relation, share = KNOWN[name]
    for pair in ((BOX, other), (other, BOX)):
        one, two = (np.array([box], dtype=float) for box in pair)
        assert relations(one, two).item() == relation
        assert share_within(one, two).item() == share


@given(boxes, boxes)
def test_boxes_lie_as_their_pixels_do(a, b):
    def mask(box):
        filled = np.zeros((8, 8), dtype=bool)
        filled[box[1] : box[3], box[0] : box[2]] = True
        return filled

    common, smaller = (mask(a) & mask(b)).sum(), min(mask(a).sum(), mask(b).sum())
    expected = ADJACENT if common == 0 else NESTED if common == smaller else OVERLAPPING
    one, two = np.array([a], dtype=float), np.array([b], dtype=float)
    assert relations(one, two).item() == expected
    assert share_within(one, two).item() == common / smaller


def test_every_relation_is_counted_and_they_sum_to_one():
    others = np.array([other for other, *_ in KNOWN.values()], dtype=float)
    shares = relation_shares(np.tile(np.array(BOX, dtype=float), (len(others), 1)), others)
    assert {relation: share.count for relation, share in shares.items()} == {
        NESTED: 4,
        OVERLAPPING: 2,
        ADJACENT: 4,
    }


@pytest.mark.parametrize(("count", "of"), [(0, 10), (3, 10), (10, 10), (5861, 20_000)])
def test_the_interval_is_wilsons(count, of):
    expected = binomtest(count, of).proportion_ci(0.95, method="wilson")
    assert Share(count, of).interval == pytest.approx((expected.low, expected.high), abs=1e-12)
