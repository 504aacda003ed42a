import numpy as np
import pytest

from ablation.grid.race import places
from ablation.results.statistics.halving import Rung, judge_rung

RESIDUAL, IMAGES, SHARED = 0.009, 0.0075, 0.01  # standard deviations as measured on CIFAR-10, fractions


def images(weights):
    return (weights**2).sum(axis=1) * IMAGES**2


def exact(weights):
    return np.zeros(len(weights))


def table(*means, seeds=3, noise=0.001):
    draws = np.random.default_rng(0).normal(0, noise, (len(means), seeds))
    return np.array(means)[:, None] + draws - draws.mean(axis=1, keepdims=True)


def test_places_go_to_the_smallest_gaps_and_what_is_credibly_worse_takes_those_that_are_left():
    rung = Rung(2, table(0.50, 0.495, 0.20, 0.21, 0.49), exact)
    judged = judge_rung([rung], 32, [1] * 5)
    assert judged.leader == 0
    assert judged.possible.tolist() == [True, True, False, False, True]
    assert judged.stay(most=2) == [0, 1]
    assert judged.stay(most=4) == [0, 1, 4, 3]
    assert judged.stay(most=4, wanted=[[2]]) == [0, 1, 4, 2]
    assert judged.stay(most=3, wanted=[[2, 3]]) == [0, 1, 4]
    assert judged.stay(most=3, wanted=[[2, 3], [2]]) == [0, 1, 2]


def test_a_cell_that_catches_up_stays_although_it_is_credibly_behind():
    first = Rung(2, table(0.50, 0.30, 0.30, 0.30, 0.31), exact)
    second = Rung(8, table(0.50, 0.45, 0.30, 0.30, 0.31), exact)
    judged = judge_rung([first, second], 32, [1] * 5)
    assert judged.closed[1] == pytest.approx(0.15, abs=0.001)
    assert judged.closing.tolist() == [False, True, False, False, False]
    assert judged.stay(most=1) == [0, 1]


def test_a_cell_that_closes_too_slowly_to_overtake_is_not_closing():
    first = Rung(2, table(0.50, 0.30, 0.30), exact)
    second = Rung(8, table(0.50, 0.32, 0.30), exact)
    assert not judge_rung([first, second], 32, [1] * 3).closing.any()
    assert judge_rung([first, second], 8 * 4**10, [1] * 3).closing[1]


def test_margins_widen_where_ranks_change_from_rung_to_rung():
    last = table(*np.linspace(0.3, 0.5, 12))
    kept, turned = (Rung(2, earlier, exact) for earlier in (last - 0.05, last[::-1] - 0.05))
    steady, turning = (judge_rung([one, Rung(8, last, exact)], 32, [1] * 12) for one in (kept, turned))
    assert steady.rho > 0.9
    assert turning.rho < 0
    assert (turning.margins > 2 * steady.margins).all()


def test_equals_are_led_by_the_one_with_the_fewest_operations():
    assert judge_rung([Rung(2, np.full((2, 3), 0.5), exact)], 8, [2, 1]).leader == 1


def test_cells_without_a_number_are_in_no_race_and_one_seed_drops_none_but_for_want_of_a_place():
    scores = np.array([[0.5], [np.nan], [0.3]])
    judged = judge_rung([Rung(2, scores, lambda weights: np.full(len(weights), np.nan))], 32, [1] * 3)
    assert judged.stay(most=3) == [0, 2]
    assert judged.stay(most=1) == [0]
    with pytest.raises(ValueError, match="no cell has a number"):
        judge_rung([Rung(2, np.full((2, 1), np.nan), exact)], 32, [1, 1])


def fanning(draws, cells, rungs):
    """True curves as those of CIFAR-10: the spread of the cells grows from rung to rung."""
    level = draws.normal(0, 2.7, cells)
    curves = [level]
    for grows, changes in zip((0.43, 0.3, 0.25), (2.2, 0.7, 0.7), strict=True):
        level = level * (1 + grows) + draws.normal(0, changes, cells)
        curves.append(level)
    return np.stack(curves[:rungs], axis=1)


def crossing(draws, cells, rungs):
    """The same, but a quarter starts 1 to 4 points behind the best and gains 0.5 to 2.5 a rung on it."""
    curves = fanning(draws, cells, rungs)
    best = curves.max(axis=0)
    late = draws.choice(cells, cells // 4, replace=False)
    start, gains = draws.uniform(1, 4, len(late)), draws.uniform(0.5, 2.5, len(late))
    curves[late] = best - start[:, None] + gains[:, None] * np.arange(rungs)
    return curves


def null(draws, cells, rungs):
    return np.zeros((cells, rungs))


def lost(draws, world, cells, rungs):
    """Points that the race and the full grid lose, and the share of the full grid's epochs that it takes."""
    curves = world(draws, cells, len(rungs)) / 100
    of_images = IMAGES * np.sqrt(0.5) * (draws.normal(size=(cells, 1)) + draws.normal(size=curves.shape))
    seeds = draws.normal(0, SHARED, (3, len(rungs)))
    scores = (curves + of_images)[:, None] + seeds + draws.normal(0, RESIDUAL, (cells, 3, len(rungs)))
    alive, held, ran, jobs = np.arange(cells), places(cells, rungs, 0.3), [], 0
    for place, epochs in enumerate(rungs):
        on = np.full((cells, 3), np.nan)
        on[alive] = scores[alive, :, place]
        ran.append(Rung(epochs, on, images))
        jobs += len(alive) * epochs
        if place + 1 < len(rungs):
            alive = np.array(judge_rung(ran, rungs[-1], [1] * cells).stay(held[place + 1]))
    truth = 100 * curves[:, -1]
    chosen, full = ran[-1].table.mean(axis=1), scores[:, :, -1].mean(axis=1)
    best = [truth.max() - truth[int(np.nanargmax(one))] for one in (chosen, full)]
    return *best, jobs / cells / rungs[-1]


@pytest.mark.slow
@pytest.mark.parametrize("world", [null, fanning, crossing])
def test_of_200_races_few_lose_a_point_and_hardly_more_than_whole_grids_do(world):
    draws = np.random.default_rng(0)
    races = np.array([lost(draws, world, 16, (2, 8, 32, 128)) for _ in range(200)])
    race, full, share = races.T
    assert share.max() < 1 / 3
    # Curves that cross are lost more often (docs/race.md), but not much more often than to a whole grid.
    assert (race > 1).mean() <= ((full > 1).mean() + 0.05 if world is crossing else 0.05)
    assert race.mean() <= full.mean() + 0.15
