"""grids/null.toml: one operation under seven names, and cells that differ by nothing but the draws."""

from collections import Counter
from pathlib import Path

import pytest
import torch
from scipy.stats import chisquare

from ablation.augment.views import TwoViews
from ablation.grid.cells import cells
from ablation.grid.file.load import load_grid

GRIDS = Path(__file__).parents[2] / "grids"


@pytest.fixture(scope="module")
def grid():
    return load_grid(GRIDS / "null.toml").grid


@pytest.fixture(scope="module")
def orders(grid):
    """What each of 2,560 images became in a cell: its order of red, green and blue."""

    def of(label):
        cell = next(c for c in cells(grid, "f" * 16) if c.label == label)
        pixels = torch.tensor([51, 102, 204], dtype=torch.uint8).view(1, 3, 1, 1).repeat(128, 1, 32, 32)
        views = TwoViews.build(cell.steps, cell.recipe.views, 32, 0)
        first = torch.cat([views(pixels, step)[0][:, :, 0, 0] for step in range(20)])
        return [tuple(row) for row in first.argsort(dim=1).tolist()]

    return of


@pytest.mark.parametrize("label", ["first", "first → second", "second → first"])
def test_once_and_twice_every_order_of_the_channels_is_as_likely(orders, label):
    counts = Counter(orders(label))
    assert len(counts) == 6
    assert chisquare(list(counts.values())).pvalue > 1e-3


def test_the_two_orders_of_a_pair_are_different_jobs(orders):
    same = [
        one == other for one, other in zip(orders("first → second"), orders("second → first"), strict=True)
    ]
    assert sum(same) / len(same) == pytest.approx(0.5, abs=0.05)  # 18 of 36 pairs in S3 commute


def test_all_else_is_as_in_quick(grid):
    quick = load_grid(GRIDS / "quick.toml").grid
    for part in ("data", "views", "pretrain", "evaluate", "baselines", "pairs"):
        assert getattr(grid, part) == getattr(quick, part), part
    assert len(grid.planned) == 49
