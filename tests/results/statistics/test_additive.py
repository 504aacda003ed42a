import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ablation.results.statistics.additive import fit_additive


def dummies(table):
    """Least squares by the book: an indicator for each cell and seed, the smallest of all solutions."""
    rows, columns = np.nonzero(np.isfinite(table))
    cells, seeds = table.shape
    design = np.hstack([rows[:, None] == np.arange(cells), columns[:, None] == np.arange(seeds)]).astype(
        float
    )
    solution = np.linalg.lstsq(design, table[rows, columns], rcond=None)[0]
    return solution[:cells] + solution[cells:].mean(), design, table[rows, columns]


@settings(deadline=None)
@given(st.integers(0, 999), st.integers(3, 7), st.integers(2, 4), st.integers(0, 3))
def test_means_are_least_squares_with_any_gaps(seed, cells, seeds, gaps):
    random = np.random.default_rng(seed)
    table = random.random((cells, seeds))
    table[random.integers(1, cells, gaps), random.integers(0, seeds - 1, gaps)] = np.nan  # stays connected
    means, design, values = dummies(table)
    fit = fit_additive(table)
    np.testing.assert_allclose(fit.means, means, atol=1e-9)
    np.testing.assert_allclose(np.einsum("acs,cs->a", fit.weights, np.nan_to_num(table)), means, atol=1e-9)
    freedom = len(values) - np.linalg.matrix_rank(design)
    assert fit.residual.total == pytest.approx(freedom, abs=1e-6)
    assert np.nansum(fit.residuals**2) == pytest.approx(
        ((values - design @ np.linalg.lstsq(design, values, rcond=None)[0]) ** 2).sum(), abs=1e-9
    )


def test_variance_between_seeds_is_measured_with_the_share_of_the_residuals_in_it():
    random = np.random.default_rng(0)
    cells, seeds = 5, 4000
    seed_sd, residual_sd = 0.3, np.array([0.1, 0.2, 0.4, 0.4, 1.0])
    table = seed_sd * random.standard_normal(seeds) + residual_sd[:, None] * random.standard_normal(
        (cells, seeds)
    )
    tables = table.reshape(cells, -1, 4).swapaxes(0, 1)
    fits = [fit_additive(one) for one in tables]
    np.testing.assert_allclose(fits[0].seed_share, 1 / cells**2)
    between = np.mean([fit.seed_variance for fit in fits])
    assert between == pytest.approx(seed_sd**2 + (residual_sd**2).sum() / cells**2, rel=0.06)


def test_a_table_of_one_seed_has_means_and_no_variance():
    fit = fit_additive(np.array([[0.1], [0.2]]))
    assert fit.means.tolist() == pytest.approx([0.1, 0.2])
    assert np.isnan(fit.residual.pooled)
    assert np.isnan(fit.seed_variance)


def test_a_part_that_shares_no_seed_with_the_rest_is_left_out():
    gap = np.nan
    fit = fit_additive(np.array([[0.1, 0.2, gap], [0.3, 0.4, gap], [gap, gap, 0.9]]))
    assert fit.means.tolist() == pytest.approx([0.15, 0.35, gap], nan_ok=True)
    assert np.isnan(fit.seeds[2])


@pytest.mark.parametrize("shape", [(3, 0), (0, 3), (2, 2)])
def test_an_empty_table_has_no_means(shape):
    assert np.isnan(fit_additive(np.full(shape, np.nan)).means).all()
