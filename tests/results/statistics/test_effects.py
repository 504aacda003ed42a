import numpy as np
import pandas as pd

from ablation.results.statistics.effects import main_effects, order_effects

NAMES = ["a", "b", "c", "d"]
CELLS = pd.MultiIndex.from_product([NAMES, NAMES])


def table(seeds=3, seed=0):
    return pd.DataFrame(np.random.default_rng(seed).random((16, seeds)), CELLS)


def test_weights_are_what_the_effects_are_made_of():
    values = table()
    for effects in (order_effects(values), main_effects(values)):
        np.testing.assert_allclose(effects.weights @ values.to_numpy(), effects.by_seed, atol=1e-12)
        np.testing.assert_allclose(effects.weights.sum(axis=1), 0, atol=1e-12)
        assert set(effects.left_out) <= {""}


def test_an_order_needs_both_cells_in_a_seed():
    values = table()
    values.loc[("c", "a"), 1] = np.nan
    orders = order_effects(values)
    gaps = np.argwhere(np.isnan(orders.by_seed))
    assert [(orders.index[k], seed) for k, seed in gaps] == [(("a", "c"), 1)]


def test_a_partner_with_a_gap_is_left_out_of_the_main_effects_it_is_in():
    values = table()
    values.loc[("b", "b"), 0] = np.nan
    effects = main_effects(values)
    assert effects.left_out == ("b", "", "b", "b")
    assert effects.partners == (2, 3, 2, 2)
    assert np.isfinite(effects.by_seed).all()
    np.testing.assert_allclose(effects.weights @ values.fillna(0).to_numpy(), effects.by_seed, atol=1e-12)


def test_a_seed_that_has_just_begun_is_left_out_instead_of_the_partners():
    values = table()
    values.loc[values.index[3:], 2] = np.nan
    effects = main_effects(values)
    assert effects.left_out == ("seed 2",) * 4
    assert effects.partners == (3, 3, 3, 3)
    assert np.isnan(effects.by_seed[:, 2]).all()


def test_singles_alone_have_neither_orders_nor_main_effects():
    values = pd.DataFrame({0: [0.1, 0.2]}, index=pd.MultiIndex.from_tuples([("a", "a"), ("b", "b")]))
    assert order_effects(values).by_seed.shape == (0, 1)
    assert main_effects(values).by_seed.shape == (0, 1)
