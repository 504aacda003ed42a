"""Which parts of a grid have no result, and why: every gap is named."""

from collections.abc import Iterable, Iterator

import pandas as pd

from ablation.results.frames.means import planned_cells
from ablation.results.frames.rows import named
from ablation.results.numbers import cell_name


def gaps_of(results: pd.DataFrame, baselines: pd.DataFrame, metric: str) -> tuple[str, ...]:
    """Name the cells, seeds and baselines without a result, and say how they ended.

    Args:
        results: from `load_results`, or read from a `cells.csv`.
        baselines: from `load_baselines`, or read from a `baselines.csv`.
        metric: a column of accuracies; what a baseline cannot have (validation of the ceiling) is not a gap.

    Example:
        >>> results = pd.DataFrame({"first": ["a", "a"], "second": ["a", "a"], "seed": [0, 1],
        ...                         "outcome": ["ok", "failed"], "linear_top1": [0.4, None]})
        >>> baselines = pd.DataFrame(columns=["kind", "seed", "outcome", "linear_top1"])
        >>> gaps_of(results.assign(second=["a", "b"]), baselines, "linear_top1")[0]
        'seed 1: no cell has a result (failed, pending)'
    """
    return (*_of_cells(results, metric), *_of_baselines(baselines, metric, _seeds(results)))


def _seeds(results: pd.DataFrame) -> list[int]:
    grid = results.attrs.get("grid")
    return sorted({int(seed) for seed in results["seed"]} | set(grid["seeds"] if grid else ()))


def _of_cells(results: pd.DataFrame, metric: str) -> Iterator[str]:
    left = {(first, second) for first, second, _ in results.attrs.get("left", ())}  # a race: no gaps
    planned = [pair for pair in planned_cells(results) if pair not in left]
    cells = pd.MultiIndex.from_tuples(planned, names=["first", "second"])
    seeds = _seeds(results)
    rows = named(results).set_index(["first", "second", "seed"])
    states = rows["outcome"].astype(object).unstack().reindex(cells).reindex(columns=seeds)  # noqa: PD010
    scores = rows[metric].unstack().reindex(cells).reindex(columns=seeds)  # noqa: PD010
    gaps = states.astype(object).fillna("pending").where(scores.isna())
    for seed in gaps.columns[gaps.notna().all()]:
        yield f"seed {seed}: no cell has a result ({', '.join(sorted(set(gaps[seed])))})"
    partly = gaps.loc[:, gaps.isna().any()]
    for pair, row in zip(partly.index.tolist(), partly.to_numpy(object), strict=True):
        ended: dict[str, list[str]] = {}
        for seed, state in zip(partly.columns, row, strict=True):
            if isinstance(state, str):
                ended.setdefault(state, []).append(str(seed))
        yield from (f"{cell_name(pair)}: {state} ({_seeds_named(of)})" for state, of in ended.items())


def _of_baselines(baselines: pd.DataFrame, metric: str, seeds: list[int]) -> Iterator[str]:
    kinds = [*baselines.attrs.get("baselines", ()), *(str(kind) for kind in baselines["kind"])]
    for kind in dict.fromkeys(kinds):
        rows = baselines[baselines["kind"] == kind]
        bad = rows[rows[metric].isna() & rows["outcome"].isin(["failed", "diverged"])]
        for outcome, seed in zip(bad["outcome"], bad["seed"], strict=True):
            yield f"{kind}: {outcome}" + ("" if pd.isna(seed) else f" (seed {int(seed)})")
        if rows.empty:
            yield f"{kind}: pending"
        elif rows["seed"].notna().all() and (missing := sorted(set(seeds) - set(rows["seed"]))):
            yield f"{kind}: pending ({_seeds_named(map(str, missing))})"


def _seeds_named(seeds: Iterable[str]) -> str:
    names = list(seeds)
    return f"seed{'s' if len(names) > 1 else ''} {', '.join(names)}"
