"""How often the statistics err, by simulation: the tables of docs/statistics.md."""

import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ablation.results.statistics.paired import gaps_to_best
from tests.results.simulated import POINT, WORLDS, World, best_p, covers, estimates, null, sidak_p, simulate

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
    """One cell below the best by so much: how often it is told apart, with nothing else to be told."""
    gaps = (1, 1.5, 2, 2.5, 3, 4, 5)
    print("| grid | " + " | ".join(f"{gap:g} points" for gap in gaps) + " |\n|---|" + "---|" * len(gaps))
    for operations, seeds, images in ((7, 3, 4000), (7, 5, 4000), (4, 3, 4000), (4, 5, 4000)):
        # Of a seed's 0.7 points beyond what all cells share, 0.6 are luck on single images.
        world = World(operations=operations, seeds=seeds, images=images, residual_sd=0.38 * POINT, spread=0.0)
        found = np.zeros(len(gaps))
        for grid in simulate(world, np.random.default_rng(3), count):
            for i, gap in enumerate(gaps):
                # The best cell is lifted above all others, which are alike: the gap to each is the gap.
                table = grid.table.copy()
                table[0] += gap * POINT - (table[0] - grid.table[0]).mean()
                made = estimates(replace(grid, table=table))["gaps"][0]
                if np.nanargmin(np.abs(made.numbers)) == 0:
                    from ablation.results.statistics.studentised_range import range_exceeds

                    ratio = made.numbers[1:] / np.sqrt(made.variance[1:])
                    p = range_exceeds(ratio * np.sqrt(2), len(table), made.total_freedom[1:])
                    found[i] += (p < 0.05).mean()
        shares = " | ".join(f"{100 * share / count:.0f} %" for share in found)
        print(f"| {operations} x {operations}, {seeds} seeds | {shares} |", flush=True)


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


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for part in sys.argv[2:] or ("errors", "coverage", "power", "doses"):
        start = time.perf_counter()
        {"errors": lambda: errors(WORLDS, count), "coverage": lambda: coverage(WORLDS, count),
         "power": lambda: power(max(20, count // 10)), "doses": lambda: doses(count)}[part]()  # fmt: skip
        print(f"({count} grids a line, {time.perf_counter() - start:.0f} s)\n")
