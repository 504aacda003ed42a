"""`ablation map FILE`: is h sorted by class or by colour? A map of test images."""

from dataclasses import asdict
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import pandas as pd
import torch
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from ablation.data.channels import shown
from ablation.data.device import to_device
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.errors import ResultsError
from ablation.evaluate.embedding import NEIGHBOURS, embedded, mean_colours, neighbourhood
from ablation.evaluate.evaluation import spread_over_classes
from ablation.grid.models import Grid
from ablation.machine import prepare_device
from ablation.pretrain.checkpoint import load_checkpoint
from ablation.report.plots.map import map_plot
from ablation.report.saving import saved
from ablation.report.style import FAINT, INK, POINTS, RC
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.folder import open_folder
from ablation.results.stored.paths import CELLS, MAPS, map_file
from ablation.results.stored.within import refuse_links
from ablation.runner.devices import device_slot, devices
from ablation.telling import Tell, silent

POINTS_SHOWN = 1000  # test images, spread over the classes


def map_of(
    checkpoint: Path,
    grid: Grid | None = None,
    *,
    images: int = POINTS_SHOWN,
    device: str = "auto",
    tell: Tell = silent,
) -> pd.DataFrame:
    """Lay out test images by the h of a saved encoder.

    Args:
        checkpoint: a `.safetensors` file written by a run with `save_encoder = true`.
        grid: supplies the images; by default the grid of the results folder that the file is in.
        images: how many test images at most, spread over the classes.
        device: as for a run; only one device is used.
        tell: told how far reading and decoding the images is.

    Returns:
        One row per image: x, y, colour (its mean, as #rrggbb) and, with labels, class. `attrs` hold the label
        and seed of the cell and what neighbours in h share (`same_class`, `chance`, `colour_r2`).

    Raises:
        DataError: the images cannot be used, or openTSNE is not installed.
        ResultsError: the file is not a checkpoint, or not in a results folder and there is no grid.
    """
    place = torch.device(devices(device)[0])
    kept = load_checkpoint(checkpoint, place)
    grid = grid or _grid_of(checkpoint)
    stored = load(prepare(grid.data, data_fingerprint(grid.data, tell), tell))
    with device_slot([str(place)]):
        prepare_device("float32", place)
        data = to_device(stored, place)
        labelled = grid.evaluate.labels == "given"
        order = data.test.labels if labelled else torch.arange(len(data.test.labels), device=place)
        rows = spread_over_classes(order, images)
        pixels = data.test.pixels[rows]
        h = kept.model.features(pixels)
        labels = data.test.labels[rows] if labelled else None
        found = neighbourhood(h, mean_colours(pixels), labels)
    layout = embedded(h)
    colours = mean_colours(shown(pixels, grid.data.show)).cpu().numpy()  # (N, 3)
    frame = pd.DataFrame({"x": layout[:, 0], "y": layout[:, 1], "colour": [to_hex(one) for one in colours]})
    if labels is not None:
        frame["class"] = [stored.class_names[label] for label in labels.tolist()]
    frame.attrs |= {"label": kept.label, "seed": kept.seed} | asdict(found)
    return frame


def write_map(checkpoint: Path, frame: pd.DataFrame, out: Path | None = None) -> Path:
    """Draw a map as a PNG file, where the page of the results finds it, or in a folder.

    Args:
        checkpoint: as of `map_of`.
        frame: from `map_of`.
        out: a folder, created if it does not exist; by default `maps` in the results folder.
    """
    path = (
        map_file(checkpoint.parent.parent, checkpoint.stem)
        if out is None
        else out / f"map-{checkpoint.stem}.png"
    )
    with mpl.rc_context(RC):
        content = saved(map_figure(frame), "png")
    if out is None:
        refuse_links(checkpoint.parent.parent, [MAPS])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
    return path


def map_figure(frame: pd.DataFrame) -> Figure:
    """Draw a map twice, side by side: by class, and by colour; without labels only the latter."""
    kinds: tuple[Literal["class", "colour"], ...] = ("class", "colour") if "class" in frame else ("colour",)
    figure = Figure(figsize=(4.6 * len(kinds), 5.2), layout="compressed")
    for kind, ax in zip(kinds, figure.subplots(1, len(kinds), squeeze=False)[0], strict=True):
        map_plot(frame, kind, ax=ax)
    title = f"{frame.attrs['label']}, seed {frame.attrs['seed']}: {len(frame)} test images in h"
    figure.suptitle(title, x=0.01, ha="left", fontsize=1.25 * POINTS, color=INK, parse_math=False)
    figure.supxlabel(
        map_words(frame), x=0.01, ha="left", fontsize=0.85 * POINTS, color=FAINT, parse_math=False
    )
    return figure


def map_words(frame: pd.DataFrame) -> str:
    """Say what an image and its nearest in h share, in h itself and not on the map."""
    same, chance, r2 = (frame.attrs[name] for name in ("same_class", "chance", "colour_r2"))
    of_class = (
        "" if same is None else f"{100 * same:.0f} % are of its class (by chance {100 * chance:.0f} %); "
    )
    return (
        f"The {NEIGHBOURS} nearest images of an image in h: {of_class}"
        f"their mean colour predicts its own with an R² of {r2:.2f}.\n"
        "t-SNE of cosine distances: near is alike; distances between groups and their sizes mean little."
    )


def _grid_of(checkpoint: Path) -> Grid:
    if checkpoint.parent.name != CELLS:
        raise ResultsError(
            f"{checkpoint}: not in the folder {CELLS} of a results folder, so the images are not known; "
            "name their grid file with --grid"
        )
    return open_folder(checkpoint.parent.parent).grid
