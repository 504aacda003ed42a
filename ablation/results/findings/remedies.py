"""What to change where a grid's best policy is not above its floors, from the grid's own curves."""

from collections.abc import Iterator

import pandas as pd

from ablation.grid.layout import Pair
from ablation.grid.models import Grid
from ablation.results.numbers import cell_name, percent
from ablation.words import counted

RISING = 0.01  # of contrastive top-1 within the last quarter: the job was still learning
SOLVED = 0.95  # contrastive top-1: the views leave little to learn
FEW = 5000  # training images: as many as the built-in pictures, of which short jobs learn something
LONGER = 4  # times as many epochs


def remedies(
    grid: Grid, curves: pd.DataFrame, pair: Pair, images: int, detectable: float | None
) -> tuple[str, ...]:
    """Say what to change, the most promising first; one sentence for each.

    Args:
        grid: the grid file.
        curves: as from `load_curves`.
        pair: the best cell.
        images: labelled training images.
        detectable: the difference that the grid can detect on validation, a fraction; None where not known.
    """
    return tuple(_remedies(grid, curves, pair, images, detectable))


def _remedies(
    grid: Grid, curves: pd.DataFrame, pair: Pair, images: int, detectable: float | None
) -> Iterator[str]:
    yield _longer(grid, curves, pair)
    if images < FEW:
        others = grid.data.source != "clips" and getattr(grid.data, "unlabelled", "") is None
        unlabelled = grid.evaluate.labels == "given" and others
        more = "; images without labels help, too (data.unlabelled)" if unlabelled else ""
        yield f"Use more images: {images:,} training images are few{more}."
    if grid.data.source in ("folder", "clips") and grid.data.size < 64:
        yield (
            f"Use larger images, if the files are: at {grid.data.size} pixels, little but colour is left "
            "(data.size = 64)."
        )
    if detectable is not None:
        more = "labelled images" if grid.evaluate.labels == "given" else "images"
        yield (
            f"Use more seeds or {more}: this grid detects differences of about {100 * detectable:.1f} points."
        )


def _longer(grid: Grid, curves: pd.DataFrame, pair: Pair) -> str:
    epochs = grid.pretrain.epochs
    more = f"pretrain.epochs = {max(LONGER * epochs, 10)}"
    own = curves[(curves["first"] == pair[0]) & (curves["second"] == pair[1])]
    top1 = own.groupby("epoch")["contrastive_top1"].mean().dropna()
    if top1.empty and epochs >= LONGER:
        return f"Train longer: no curve tells whether {counted(epochs, 'epoch')} are enough ({more})."
    if len(top1) < LONGER:
        return f"Train longer: {counted(epochs, 'epoch')} are hardly training ({more})."
    before, last = float(top1.iloc[-1 - max(1, len(top1) // 4)]), float(top1.iloc[-1])
    task = f"{cell_name(pair)} finds {percent(last)} of the views' partners at the end"
    if last > SOLVED:
        return f"Make the views harder to match: {task}, so that longer jobs have little left to learn."
    if last - before > RISING:
        return f"Train longer: {task}, and found {percent(before)} a quarter earlier ({more})."
    return f"Longer jobs alone may not help: {task}, no more than a quarter earlier."
