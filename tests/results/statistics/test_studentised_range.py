import numpy as np
import pytest
from scipy import stats

from ablation.results.statistics.studentised_range import range_exceeds, range_quantile


@pytest.mark.parametrize("means", [2, 16, 49])
@pytest.mark.parametrize("freedom", [2, 12.3, 96])
def test_it_is_scipys(means, freedom):
    q = np.array([1.0, 4.0, 8.0])
    expected = stats.studentized_range.sf(q, means, freedom)
    np.testing.assert_allclose(range_exceeds(q, means, np.full(3, freedom)), expected, atol=1e-3)


def test_two_means_are_a_t_test():
    freedom = np.array([1.0, 2, 30, 1e9])
    np.testing.assert_allclose(
        range_quantile(0.05, 2, freedom), np.sqrt(2) * stats.t.isf(0.025, freedom), rtol=2e-3
    )


@pytest.mark.parametrize("means", [3, 49, 256])
def test_the_quantile_is_the_inverse(means):
    freedom = np.array([2.0, 6, 40, 1e9])
    np.testing.assert_allclose(
        range_exceeds(range_quantile(0.05, means, freedom), means, freedom), 0.05, atol=1e-4
    )
