"""Figures of the views that cells left behind: what each augmentation does, and the colours of crops."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ablation.grid.augmentations import Augmentation
from ablation.grid.layout import Pair
from ablation.report.sheets.contact_sheet import Column, Group, contact_sheet
from ablation.report.sheets.histograms import histogram_figure
from ablation.results.findings.colors import color_augmentations
from ablation.results.frames.means import operations
from ablation.results.stored.arrays import CellArrays
from ablation.results.stored.pictures import class_names
from ablation.results.study import Study

_ROWS = 5  # images of the contact sheet
_IMAGES, _CROPS = 3, 4  # of the histograms
Views = NDArray[np.uint8]  # (P, 2, 3, S, S)


def operations_figure(study: Study) -> Figure | None:
    """Draw what each augmentation of a grid does to a few images, as the first seed's jobs draw.

    With one branch the original is the other view; with both there is none. With time, the other view is of
    another frame, and is shown as well. None where no single cell left views.
    """
    seed = study.folder.grid.seeds[0]
    stored = {
        name: found for name in operations(study.results) if (found := _stored(study, name, name, seed))
    }
    if not stored:
        return None
    views = {name: found.views for name, found in stored.items()}
    one_branch = study.folder.grid.views.branches == "one"
    timed = {one.name for one in study.folder.grid.resolved if one.timed}
    columns = [
        Column(name, found[:_ROWS, : 1 if one_branch and name not in timed else 2])
        for name, found in views.items()
    ]
    untouched = "base crop" if study.folder.grid.views.base_crop != "none" else "original"
    others = [found[:_ROWS, 1:] for name, found in views.items() if one_branch and name not in timed]
    frames = " Where there are two, the second is another frame of the clip." if others and timed else ""
    return contact_sheet(
        [Column(untouched, original) for original in others[:1]],
        [Group("one augmentation alone", columns)],
        [name or "" for name in _names(study, next(iter(stored.values())), len(columns[0].pictures))],
        title=f"{study.folder.name}: what each augmentation does",
        caption=f"Some training images, augmented as in the first step of seed {seed}.{frames}",
    )


def histograms_figure(study: Study) -> Figure | None:
    """Draw crops of an image beside their colour histograms, without and with colour distortion.

    The crops are those of one image under several seeds, and the same crops in both rows, for draws are
    shared by cells that share an augmentation. None where the grid has no crop, no colour distortion, or not
    both after each other. Source: SimCLR (arXiv 2002.05709), Figure 6.
    """
    pair = histogram_pair(study)
    if pair is None:
        return None
    crop, color = pair
    names: list[str | None] = []
    plain: list[Views] = []
    distorted: list[Views] = []
    for seed in study.folder.grid.seeds:
        before, after = _stored(study, crop, crop, seed), _stored(study, crop, color, seed)
        if before and after:
            one_branch = study.folder.grid.views.branches == "one"
            shown = slice(0, 1) if one_branch else slice(0, 2)
            names = _names(study, before, _IMAGES)
            plain.append(before.views[:_IMAGES, shown])
            distorted.append(after.views[:_IMAGES, shown])
    if not plain:
        return None
    crops, colored = (np.concatenate(parts, axis=1)[:, :_CROPS] for parts in (plain, distorted))
    return histogram_figure(
        crops,
        colored,
        [name or f"image {number}" for number, name in enumerate(names, start=1)],
        conditions=(crop, f"{crop} → {color}"),
        title=f"{study.folder.name}: what colour histograms give away",
    )


def histogram_pair(study: Study) -> Pair | None:
    """Return the crop and the colour distortion that `histograms_figure` draws; None where one is missing."""
    crop = next((entry.name for entry in study.folder.grid.resolved if _is_crop(entry)), None)
    color = next(iter(sorted(color_augmentations(study.results).distortions)), None)
    return None if crop is None or color is None else (crop, color)


def _is_crop(augmentation: Augmentation) -> bool:
    return [step.operation.operation for step in augmentation.steps] == ["crop"]


def _names(study: Study, arrays: CellArrays, count: int) -> list[str | None]:
    """Return the classes of the first images viewed; None for each where they have none."""
    if not len(arrays.view_labels):
        return [None] * len(arrays.views[:count])
    return [*class_names(study.pictures, arrays.view_labels[:count])]


def _stored(study: Study, first: str, second: str, seed: int) -> CellArrays | None:
    """Return the arrays of a cell that left views."""
    for cell, record in study.records:
        if cell.first is None or cell.second is None or record.arrays is None:
            continue
        if (cell.first.name, cell.second.name, cell.seed) == (first, second, seed):
            arrays = study.arrays(record.id)
            return arrays if len(arrays.views) else None
    return None
