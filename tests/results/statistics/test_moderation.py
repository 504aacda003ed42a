import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from ablation.results.statistics.moderation import moderate


def test_the_prior_is_found_again():
    random = np.random.default_rng(0)
    prior, freedom, n = 8.0, 4.0, 20_000
    true = prior / random.chisquare(prior, n)
    found = moderate(true * random.chisquare(freedom, n) / freedom, np.full(n, freedom))
    assert found.prior_freedom == pytest.approx(prior, rel=0.1)
    assert found.pooled == pytest.approx(prior / (prior - 2), rel=0.03)


def test_equal_variances_are_pooled_but_for_those_in_the_upper_tail():
    random = np.random.default_rng(2)
    variances = random.chisquare(2, 490) / 2
    found = moderate(variances, np.full(490, 2.0))
    assert found.prior_freedom == np.inf
    tail = variances > variances.mean() * stats.f.isf(0.05, 2, 980)
    assert 0.02 < tail.mean() < 0.08
    np.testing.assert_allclose(found.variances, np.where(tail, variances, variances.mean()))
    assert set(found.freedom) == {980.0}


def test_a_variance_above_all_others_is_kept():
    variances = np.array([1.0, 1.2, 0.8, 1.1, 0.9, 40.0])
    found = moderate(variances, np.full(6, 2.0))
    assert found.variances[5] == 40
    assert (found.variances[:5] > variances[:5]).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 5)), min_size=1, max_size=20), st.floats(0.01, 100))
@example(pairs=[(1.0, 1.0), (5e-324, 1.0), (5e-324, 1.0)], unit=1.5)
@example(pairs=[(0.0, 1.0), (0.0, 0.5), (5e-324, 2.0)], unit=1.0)
@example(pairs=[(0.0, 1.0), (0.0, 1.0), (5e-324, 1.0)], unit=2.0)
def test_moderated_variances_lie_between_their_own_and_more_than_the_mean_and_scale(pairs, unit):
    variances, freedom = np.array(pairs).T
    found, scaled = moderate(variances, freedom), moderate(unit * variances, freedom)
    if freedom.max() <= 1e-9:
        assert np.isnan(found.variances).all()
        return
    assert (found.variances >= np.minimum(variances, found.pooled)[freedom > 0].min() * (1 - 1e-9)).all()
    assert (found.freedom <= found.total * (1 + 1e-9)).all()
    np.testing.assert_allclose(scaled.variances, unit * found.variances, rtol=1e-6, atol=1e-12)


def test_seeds_that_agree_exactly_do_not_make_a_cell_certain():
    found = moderate(np.array([0.0, 0.0, 1.0, 1.2, 0.8, 1.1]), np.full(6, 2.0))
    assert found.variances.min() > 0.1
    assert moderate(np.zeros(3), np.full(3, 2.0)).variances.tolist() == [0, 0, 0]
