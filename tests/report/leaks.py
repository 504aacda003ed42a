"""Frames with leaks, and accuracies where there are some: the numbers are given, nothing is measured."""

from collections.abc import Callable, Sequence
from itertools import product

import pandas as pd

from ablation.grid.models import Grid

NAMES = ["crop", "color", "blur"]
LEAKS = {(a, b): 6.0 - 2 * ("color" in (a, b)) + 0.1 * NAMES.index(b) for a, b in product(NAMES, NAMES)}


def frame(
    leak: Callable[[str, str, int], float] = lambda *cell: LEAKS[cell[:2]],
    names: Sequence[str] = NAMES,
    seeds: Sequence[int] = (0,),
    accuracy: Callable[[str, str], float] | None = None,
) -> pd.DataFrame:
    """One row per cell and seed of a grid of all pairs."""
    rows = [
        {"first": first, "second": second, "seed": seed, "leak_bits": leak(first, second, seed)}
        | {"leak_bits_se": 0.03}
        | ({} if accuracy is None else {"outcome": "ok", "linear_top1": accuracy(first, second)})
        for first, second, seed in product(names, names, seeds)
    ]
    return pd.DataFrame(rows).astype(dict.fromkeys(("first", "second"), pd.CategoricalDtype(list(names))))


def with_grid(results: pd.DataFrame, **changes: object) -> pd.DataFrame:
    """The frame as `load_results` returns it, which knows its grid."""
    augmentations = {name: {} for name in results["first"].cat.categories}
    values = {"data": {"source": "cifar10"}, "augmentations": augmentations, "pretrain": {"batch_size": 64}}
    results.attrs["grid"] = Grid.model_validate(values | changes).model_dump(mode="json")
    results.attrs["name"] = "tiny"
    return results
