"""`ablation preview`: what a grid's augmentations do to its images, before anything is trained."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from ablation.augment import preview as draws
from ablation.data.channels import shown, shown_words
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.grid.augmentations import Augmentation, Step
from ablation.grid.models import Grid
from ablation.grid.recipe import Views
from ablation.previews.batch import FirstBatch, crops
from ablation.report.sheets import words as words
from ablation.report.sheets.boxes import relation_shares
from ablation.report.sheets.canvas import png
from ablation.report.sheets.contact_sheet import Column, Group, contact_sheet
from ablation.report.sheets.crops import BoxPairs, CropRow, crop_figure
from ablation.report.sheets.operations import Panel, operations_figure
from ablation.report.style import RC
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.paths import PREVIEW
from ablation.runner.checks import check
from ablation.telling import Tell, silent

VIEWS, OPERATIONS, CROP = "views.png", "operations.png", "crop.png"

_PAIRS = 8  # shown at most
_BOXED = 4  # images on which boxes are drawn
_DRAWS = 20_000  # pairs of boxes that are counted


def write_preview(grid: Grid, folder: Path, images: int = 8, tell: Tell = silent) -> list[Path]:
    """Write the figures of a preview: views of real images, each operation, and the boxes of crops.

    Args:
        grid: the grid file.
        folder: the output folder; created if it does not exist.
        images: number of images (rows) in the contact sheet; at most a batch.
        tell: told how far reading and decoding the images is.

    Returns:
        The files written: `views.png`, `operations.png`, and `crop.png` if the grid crops (otherwise, that
        of an earlier preview is removed from a folder called `preview`). The same grid gives the same bytes.

    Raises:
        DataError: the images cannot be used.
        GridError: an operation fails on the grid's images; the message names it.
        OSError: the folder cannot be written.
    """
    fingerprint = data_fingerprint(grid.data, tell)
    dataset = load(prepare(grid.data, fingerprint, tell))
    check(grid, dataset, devices=())
    batch = FirstBatch.of(grid, dataset, images)
    with mpl.rc_context(RC):
        figures = {VIEWS: _views(grid, batch), OPERATIONS: _operations(grid, batch)}
        rows = _crop_rows(grid, batch)
        if rows:
            others = [row.independent is not None for row in rows]
            figures[CROP] = crop_figure(
                rows,
                title=f"{grid.name or 'Grid'}: which parts of an image its two views show",
                caption=words.crop_caption(grid, _DRAWS, others),
            )
        files = {folder / name: png(figure) for name, figure in figures.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        write_atomically(path, content)
    if folder.name == PREVIEW and CROP not in figures:  # elsewhere, such a file may be the user's
        (folder / CROP).unlink(missing_ok=True)
    return list(files)


def shown_pairs(grid: Grid, most: int = _PAIRS) -> tuple[list[tuple[Augmentation, Augmentation]], int]:
    """Choose some pairs of a grid, both orders of its first augmentations first, and count all pairs.

    Example:
        >>> augmentations = {name: {} for name in ("crop", "color", "blur")}
        >>> grid = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": augmentations})
        >>> pairs, count = shown_pairs(grid, most=3)
        >>> [(first.name, second.name) for first, second in pairs], count
        ([('crop', 'color'), ('color', 'crop'), ('crop', 'blur')], 6)
    """
    place = {one.name: i for i, one in enumerate(grid.resolved)}

    def early(pair: tuple[Augmentation, Augmentation]) -> tuple[int, int, int]:
        i, j = (place[one.name] for one in pair)
        return max(i, j), min(i, j), i

    found = sorted((pair for pair in grid.planned if pair[0] is not pair[1]), key=early)
    return found[:most], len(found)


def _views(grid: Grid, batch: FirstBatch) -> Figure:
    both = grid.views.branches == "both"

    def column(title: str, label: str, steps: Sequence[Step]) -> Column:
        others = batch.others(steps)
        found = draws.view_pairs(
            label, steps, grid.views, batch.pixels, batch.seed, rows=batch.shown, others=others
        )
        pairs = shown(found, grid.data.show).numpy()
        return Column(title, pairs if both or others is not None else pairs[:, :1])

    lead = [Column("original", batch.pictures[:, None])]
    if not both and grid.views.base_crop != "none":
        other = draws.view_pairs("the base crop", [], grid.views, batch.pixels, batch.seed, rows=batch.shown)
        lead.append(Column("base crop\n(view 2)", shown(other[:, 1:], grid.data.show).numpy()))
    pairs, count = shown_pairs(grid)
    alone = [column(one.name, one.name, one.steps) for one in grid.resolved]
    paired = [column(f"{a.name}\n→ {b.name}", f"{a.name} → {b.name}", a.steps + b.steps) for a, b in pairs]
    return contact_sheet(
        lead,
        [Group("each alone", alone), Group("pairs: the first, then the second", paired)],
        batch.classes,
        title=f"{grid.name or 'Grid'}: what the augmentations make of its images",
        caption=_said(
            words.views_caption(grid, len(batch.shown), (len(pairs), count), len({*batch.classes} - {""})),
            batch,
        ),
    )


def _said(caption: str, batch: FirstBatch) -> str:
    """Add which channels are shown."""
    return "\n".join(filter(None, [caption, shown_words(batch.pixels.shape[1], batch.show)]))


def _operations(grid: Grid, batch: FirstBatch) -> Figure:
    # The image among those shown on which a change of colour is most visible.
    position = max(batch.shown, key=lambda i: float(np.ptp(batch.pixels[i].numpy(), axis=0).mean()))
    panels, still = [Panel("original", "", shown(batch.pixels[position], grid.data.show).numpy())], []
    for augmentation in grid.resolved:
        steps = augmentation.steps
        # What is time alone is seen in the second view only.
        others = partial(batch.others, steps) if augmentation.timed and len(steps) == 1 else None
        found = draws.acting_draw(augmentation.name, steps, batch.pixels, position, batch.seed, others)
        picture = shown(found.picture, grid.data.show).numpy()
        panels.append(Panel(augmentation.name, words.parameters(augmentation), picture))
        still += [augmentation.name] if found.change < draws.HARDLY else []
    return operations_figure(
        panels,
        title=f"{grid.name or 'Grid'}: each augmentation alone",
        caption=_said(
            words.operations_caption(
                grid,
                position,
                still,
                plain=draws.PLAIN,
                hardly=draws.HARDLY,
                tries=(draws.TRIES, draws.MOST_TRIES),
            ),
            batch,
        ),
    )


def _crop_rows(grid: Grid, batch: FirstBatch) -> list[CropRow]:
    return [
        _crop_row(grid, batch, name, crop)
        for name, crop in ([("base crop", None)] if grid.views.base_crop != "none" else []) + crops(grid)
    ]


def _crop_row(grid: Grid, batch: FirstBatch, name: str, crop: Step | None) -> CropRow:
    def boxes(views: Views, n: int) -> BoxPairs:
        first, second = draws.view_boxes(crop, views, batch.size, batch.seed, n)
        return first.numpy(), second.numpy()

    apart: dict[str, object] = (
        {"base_crop": "independent"} if crop is None else {"branches": "both", "base_crop": "none"}
    )
    of_grid, independent = boxes(grid.views, _DRAWS), boxes(grid.views.model_copy(update=apart), _DRAWS)
    first, second = boxes(grid.views, len(batch.pixels))
    rows = batch.shown[:_BOXED]
    return CropRow(
        name,
        f"scale {grid.views.base_scale[0]:.3g}–{grid.views.base_scale[1]:.3g}, ratio 0.75–1.33"
        if crop is None
        else words.operation_parameters(crop.operation),
        batch.pictures[:_BOXED],
        (first[rows], second[rows]),
        of_grid,
        None if relation_shares(*of_grid) == relation_shares(*independent) else independent,
    )
