"""How often the statistics err, by simulation: the tables of docs/statistics.md."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ablation.results.statistics.additive import fit_additive
from ablation.results.statistics.noise import Noise
from ablation.results.statistics.paired import gaps_to_best
from ablation.results.statistics.power import power as calculated
from ablation.results.statistics.studentised_range import range_exceeds
from tests.results.simulated import (
    POINT,
    WORLDS,
    Simulated,
    World,
    best_p,
    covers,
    estimates,
    null,
    over_images,
    sidak_p,
    simulate,
)
from tests.results.simulated_classes import CLASSES, Classes, corrected, dependent, each_p, simulate_classes

KINDS = ("cells", "rows", "orders", "mains")


def errors(worlds: Iterable[str], count: int) -> None:
    """Null grids: how often anything is found."""
    print("| null grids | told from the best | an order effect | a main effect |\n|---|---|---|---|")
    for name in worlds:
        found = np.zeros(3)
        for grid in simulate(null(WORLDS[name]), np.random.default_rng(1), count):
            made = estimates(grid)
            p = best_p(made["gaps"][0]), sidak_p(made["orders"][0]), sidak_p(made["mains"][0])
            found += np.array(p) < 0.05
        print(
            f"| {name} | " + " | ".join(f"{100 * share / count:.1f} %" for share in found) + " |", flush=True
        )


def coverage(worlds: Iterable[str], count: int) -> None:
    """Grids with differences: how often intervals hold the truth, one by one, and all of a table at once."""
    print("| grids | " + " | ".join(KINDS) + " | all orders | all mains | all gaps |\n|---|" + "---|" * 7)
    for name in worlds:
        held: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
        at_once = np.zeros(3)
        for grid in simulate(WORLDS[name], np.random.default_rng(2), count):
            made = estimates(grid)
            for kind in KINDS:
                held[kind].append(covers(*made[kind]))
            p = sidak_p(*made["orders"]), sidak_p(*made["mains"]), best_p(*made["gaps"])
            at_once += np.array(p) >= 0.05
        numbers = [*(np.concatenate(held[kind]).mean() for kind in KINDS), *(at_once / count)]
        print(f"| {name} | " + " | ".join(f"{100 * x:.1f} %" for x in numbers) + " |", flush=True)


def power(count: int) -> None:
    """One cell below the best by so much: how often it is told apart, simulated and calculated."""
    gaps = (1, 1.5, 2, 2.5, 3, 4, 5)
    print("| grid | " + " | ".join(f"{gap:g} points" for gap in gaps) + " |\n|---|" + "---|" * len(gaps))
    for operations, seeds in ((7, 3), (7, 5), (4, 3), (4, 5)):
        # Of a seed's 0.7 points beyond what all cells share, 0.6 are luck on single images.
        world = World(operations=operations, seeds=seeds, images=4000, residual_sd=0.38 * POINT, spread=0.0)
        found, noises = np.zeros(len(gaps)), []
        for grid in simulate(world, np.random.default_rng(3), count):
            noises.append(_noise(grid))
            for i, gap in enumerate(gaps):
                found[i] += _told_apart(grid, gap * POINT)
        _row(f"{operations} x {operations}, {seeds} seeds", found / count)
        noise = Noise(*np.mean(noises, axis=0))
        cells = operations**2
        _row("calculated", [calculated(gap * POINT, cells, seeds, images=1, noise=noise) for gap in gaps])


def _noise(grid: Simulated) -> tuple[float, float, float]:
    # Of all its images at once: seeds, luck (in the seeds here), images.
    covariance, cells = grid.covariance, len(grid.covariance)
    own = np.trace(covariance) / cells
    shared = (covariance.sum() - np.trace(covariance)) / (cells * (cells - 1))
    return fit_additive(grid.table).residual.pooled, 0.0, 2 * (own - shared)


def _told_apart(grid: Simulated, gap: float) -> float:
    # The best cell is lifted above all others, which are alike: the gap to each is the gap.
    table = grid.table.copy()
    table[0] += gap
    gaps = gaps_to_best(table, over_images(grid))
    if np.argmin(np.abs(gaps.numbers)) != 0:
        return 0.0
    ratio = gaps.numbers[1:] / np.sqrt(gaps.variance[1:])
    return float((range_exceeds(ratio * np.sqrt(2), len(table), gaps.total_freedom[1:]) < 0.05).mean())


def _row(name: str, shares: Iterable[float]) -> None:
    print(f"| {name} | " + " | ".join(f"{100 * share:.0f} %" for share in shares) + " |", flush=True)


def doses(count: int) -> None:
    """Sweeps whose doses, and none, are alike: how often any is told from the best (docs/recommend.md)."""
    print("| partners, doses, seeds | alike | unequal variances |\n|---|---|---|")
    for partners, values, seeds in (
        (1, 4, 3),
        (3, 4, 3),
        (3, 3, 3),
        (6, 4, 3),
        (1, 2, 3),
        (3, 4, 5),
        (3, 4, 2),
    ):
        shares = []
        for unequal in (0.0, 0.4):
            random, found = np.random.default_rng(4), 0
            for _ in range(count):
                # Cells: each partner alone, then both orders of it with each dose.
                sd = 0.7 * POINT * np.exp(unequal * random.standard_normal((1 + 2 * values, partners, 1)))
                cells = (sd * random.standard_normal((1 + 2 * values, partners, seeds))).mean(1)
                rows = np.vstack([cells[:1], (cells[1 : 1 + values] + cells[1 + values :]) / 2])
                found += best_p(gaps_to_best(rows, lambda lines: np.full(len(lines), np.nan))) < 0.05
            shares.append(f"{100 * found / count:.1f} %")
        print(f"| {partners}, {values}, {seeds} | {' | '.join(shares)} |", flush=True)


def classes(count: int) -> None:
    """Grids whose classes gain alike: how often one seems to differ; and how often intervals hold."""
    print(
        "| grids | the table | an augmentation | an effect | a deviation | effects held | deviations held |\n"
        + "|---|" + "---|" * 6
    )  # fmt: skip
    for name, world in CLASSES.items():
        told, held = [], []
        for grid in simulate_classes(world, np.random.default_rng(4), count):
            found = grid.estimates
            tests = found.heterogeneity.p, np.nanmin(found.heterogeneity.each)
            effects, apart = each_p(found.effects, grid.truth), each_p(found.deviations, grid.deviations)
            told.append(np.array([*tests, corrected(effects), corrected(apart)]) < 0.05)
        for grid in simulate_classes(dependent(world), np.random.default_rng(5), max(20, count // 4)):
            found = grid.estimates
            pairs = (found.effects, grid.truth), (found.deviations, grid.deviations)
            held.append([np.mean(each_p(*pair) >= 0.05) for pair in pairs])
        shares = [*np.mean(told, 0), *np.mean(held, 0)]
        print(f"| {name} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |", flush=True)


def class_power(count: int) -> None:
    """One class loses so much by one augmentation: how often the table, and that cell, are told."""
    losses = (2, 3, 4, 6, 8, 10, 15)
    print("| classes, images of each | " + " | ".join(f"{loss} points" for loss in losses) + " |\n|---|"
          + "---|" * len(losses))  # fmt: skip
    for number, images in ((10, 400), (10, 100), (10, 20), (2, 500), (100, 100)):
        shares = []
        for loss in losses:
            # An effect is as large as what adding the operation to others takes.
            world = Classes(classes=number, images=images, planted=2 * loss * POINT)
            told = []
            for grid in simulate_classes(world, np.random.default_rng(6), count):
                found = grid.estimates
                p = each_p(found.deviations)
                told.append((found.heterogeneity.p < 0.05, 1 - (1 - p[0]) ** len(p) < 0.05))
            shares.append("{:.0f} / {:.0f} %".format(*100 * np.mean(told, 0)))
        print(f"| {number}, {images} | " + " | ".join(shares) + " |", flush=True)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for part in sys.argv[2:] or ("errors", "coverage", "power", "doses", "classes", "class-power"):
        start = time.perf_counter()
        {
            "errors": lambda: errors(WORLDS, count),
            "coverage": lambda: coverage(WORLDS, count),
            "power": lambda: power(max(20, count * 2 // 5)),
            "doses": lambda: doses(count),
            "classes": lambda: classes(count),
            "class-power": lambda: class_power(max(20, count // 10)),
        }[part]()
        print(f"({count} grids a line, {time.perf_counter() - start:.0f} s)\n")
