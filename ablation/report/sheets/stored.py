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
from ablation.results.study import Study

_ROWS = 5  # images of the contact sheet
_IMAGES, _CROPS = 3, 4  # of the histograms
Views = NDArray[np.uint8]  # (P, 2, 3, S, S)


def operations_figure(study: Study) -> Figure | None:
    """Draw what each augmentation of a grid does to a few images, as the first seed's jobs draw.

    With one branch the original is the other view; with both there is none. None where no single cell left
    views.
    """
    seed = study.folder.grid.seeds[0]
    views = {
        name: found for name in operations(study.results) if len(found := _views(study, name, name, seed))
    }
    if not views:
        return None
    one_branch = study.folder.grid.views.branches == "one"
    original = next(iter(views.values()))[:_ROWS, 1:]
    shown = slice(0, 1) if one_branch else slice(0, 2)
    columns = [Column(name, found[:_ROWS, shown]) for name, found in views.items()]
    untouched = "base crop" if study.folder.grid.views.base_crop != "none" else "original"
    return contact_sheet(
        [Column(untouched, original)] if one_branch else [],
        [Group("one augmentation alone", columns)],
        [""] * len(original),
        title=f"{study.folder.name}: what each augmentation does",
        caption=f"The first training images, augmented as in the first step of seed {seed}.",
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
    plain: list[Views] = []
    distorted: list[Views] = []
    for seed in study.folder.grid.seeds:
        found = _views(study, crop, crop, seed), _views(study, crop, color, seed)
        if all(map(len, found)):
            one_branch = study.folder.grid.views.branches == "one"
            shown = slice(0, 1) if one_branch else slice(0, 2)
            plain.append(found[0][:_IMAGES, shown])
            distorted.append(found[1][:_IMAGES, shown])
    if not plain:
        return None
    crops, colored = (np.concatenate(parts, axis=1)[:, :_CROPS] for parts in (plain, distorted))
    return histogram_figure(
        crops,
        colored,
        [f"image {number}" for number in range(1, len(crops) + 1)],
        conditions=(crop, f"{crop} → {color}"),
        title=f"{study.folder.name}: what colour histograms give away",
        caption="Crops of one image have similar histograms; after colour distortion, the histograms differ.",
    )


def histogram_pair(study: Study) -> Pair | None:
    """Return the crop and the colour distortion that `histograms_figure` draws; None where one is missing."""
    crop = next((entry.name for entry in study.folder.grid.resolved if _is_crop(entry)), None)
    color = next(iter(sorted(color_augmentations(study.results).distortions)), None)
    return None if crop is None or color is None else (crop, color)


def _is_crop(augmentation: Augmentation) -> bool:
    return [step.operation.operation for step in augmentation.steps] == ["crop"]


def _views(study: Study, first: str, second: str, seed: int) -> Views:
    for cell, record in study.records:
        if cell.first is None or cell.second is None or record.arrays is None:
            continue
        if (cell.first.name, cell.second.name, cell.seed) == (first, second, seed):
            return study.arrays(record.id).views
    return np.empty((0, 2, 3, 1, 1), np.uint8)
