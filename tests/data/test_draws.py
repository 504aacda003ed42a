import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ablation.data.draws import integers, raw_bits


def test_the_first_draws_of_a_key_never_change():
    assert raw_bits((3, 1), 2).tolist() == [4671694712983073299, 7511462375112314811]


@given(st.integers(0, 2**32), st.integers(-1000, 1000), st.integers(0, 2000))
def test_draws_lie_in_their_bounds(seed, low, width):
    drawn = integers((seed,), low, low + width, (50,))
    assert drawn.min() >= low
    assert drawn.max() <= low + width


def test_every_value_is_as_likely():
    counts = np.bincount(integers((5,), 0, 9, (20000,)), minlength=10)
    assert (np.abs(counts - 2000) < 5 * np.sqrt(2000)).all()


def test_keys_draw_apart():
    assert (raw_bits((0, 1), 100) != raw_bits((1, 0), 100)).all()
