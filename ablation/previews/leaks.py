"""`ablation shortcut GRID`: what colour gives away about its views, before anything is trained (Figure 6)."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ablation.augment.preview import view_pairs
from ablation.data.channels import RGB, shown, shown_words
from ablation.data.device import load_on
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.errors import DataError, ResultsError
from ablation.grid.augmentations import Step
from ablation.grid.cells import Cell, cells
from ablation.grid.models import Grid
from ablation.grid.operations import ChannelJitter, Color, Crop
from ablation.grid.recipe import Views
from ablation.machine import prepare_device
from ablation.previews.batch import FirstBatch, crops
from ablation.report.files import remove_stale
from ablation.report.plots.leak_figures import leak_figures
from ablation.report.plots.strength import strength_figure
from ablation.report.saving import saved
from ablation.report.sheets.histograms import histogram_figure
from ablation.report.sheets.words import operation_parameters
from ablation.report.style import RC
from ablation.results.findings.colors import colors_of
from ablation.results.findings.doses import dose_frame
from ablation.results.frames.frame import leak_frame
from ablation.results.frames.tables import csv
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.color import too_few_to_leak
from ablation.results.stored.paths import SHORTCUT
from ablation.runner.checks import check
from ablation.runner.devices import device_slot, devices, worker_count
from ablation.runner.processes import Killed, in_processes
from ablation.shortcut.cell import CellLeak, leak_of
from ablation.telling import Tell

CROPS = 4  # of each image in Figure 6


@dataclass(frozen=True)
class LeakJob:
    """Measures the leak of a cell in a worker process, as the jobs of a run do."""

    dataset: Path  # prepared
    devices: tuple[str, ...]

    def __call__(self, cell: Cell) -> CellLeak:
        """Measure a cell.

        Raises:
            DataError: there are too few images, or views have no histogram.
            GridError: an operation fails on a batch.
        """
        torch.set_num_threads(1)
        with device_slot(self.devices) as device:
            prepare_device(cell.recipe.pretrain.precision, torch.device(device))
            data = load_on(self.dataset, torch.device(device))
            images = data.pretrain
            batch = images[: cell.recipe.pretrain.batch_size]
            # Only for its errors, which name the operation.
            view_pairs(cell.label, cell.steps, cell.recipe.views, batch, cell.required_seed, rows=[0])
            found, why = leak_of(cell, images, data.clips)
        if found is None:
            raise DataError(f"{cell.label}: {why}")
        return found


def measure_leaks(
    grid: Grid, name: str, *, workers: int | None, device: str, tell: Tell
) -> tuple[pd.DataFrame, dict[tuple[str, str], NDArray[np.float16]]]:
    """Measure the leak of every cell of a grid, in worker processes.

    Args:
        grid: the grid.
        name: its name.
        workers: as for a run.
        device: as for a run.
        tell: told how far reading and decoding the images is, then the jobs.

    Returns:
        A frame made by `leak_frame` (`results/frames/frame.py`), and the distances of the first seed's cells.

    Raises:
        DataError: the images cannot be used, or do not fill three batches.
        ResultsError: a worker process was killed.
    """
    fingerprint = data_fingerprint(grid.data, tell)
    dataset = prepare(grid.data, fingerprint, tell)
    chosen = devices(device)
    images = load(dataset)
    check(grid, images, chosen)
    if few := too_few_to_leak(len(images.pretrain_images), grid.pretrain.batch_size):
        raise DataError(few)
    todo = [cell for cell in cells(grid, fingerprint) if cell.policy]
    found: dict[str, CellLeak] = {}  # by cell id
    tell("jobs", 0, len(todo))
    width = worker_count(workers, chosen, len(todo))
    with closing(in_processes(LeakJob(dataset, chosen), partial(next, iter(todo), None), width)) as outcomes:
        for cell, outcome in outcomes:
            if isinstance(outcome, Killed):
                raise ResultsError(f"a worker process died ({outcome.reason}); try again with --workers 1")
            found[cell.id] = outcome
            tell("jobs", len(found), len(todo))
    frame = leak_frame(grid, name, ((cell, found[cell.id].leak) for cell in todo))
    distances = {
        (cell.first.name, cell.second.name): found[cell.id].distances
        for cell in todo
        if cell.first and cell.second and cell.seed == grid.seeds[0]
    }
    return frame, distances


def write_leaks(
    grid: Grid,
    folder: Path,
    *,
    images: int,
    workers: int | None,
    device: str,
    tell: Tell,
) -> tuple[pd.DataFrame, list[Path]]:
    """Write Figure 6 for a grid's images and its colour distortion, and the leak of all its cells.

    Args:
        grid: the grid file.
        folder: the output folder; created if it does not exist.
        images: number of images (rows) in Figure 6.
        workers: as for a run.
        device: as for a run.
        tell: told how far reading and decoding the images is, then the jobs.

    Returns:
        The leaks, and the files written: `figure6.png`, `figure6-channels.png`, `leak.png`, `leak-kinds.png`,
        `distances.png`, `strength.png` if the grid sweeps a strength, and `leak.csv`.

    Raises:
        DataError: as for `measure_leaks`.
        GridError: an operation fails on the grid's images.
        OSError: the folder cannot be written.
    """
    frame, distances = measure_leaks(grid, grid.name or "grid", workers=workers, device=device, tell=tell)
    with mpl.rc_context(RC):
        figures = {f"figure6{suffix}": figure for suffix, figure in _figure6(grid, images)}
        figures |= leak_figures(frame, distances)
        if len(doses := dose_frame(frame)):
            figures["strength"] = strength_figure(doses)
        files = {folder / f"{stem}.png": saved(figure, "png") for stem, figure in figures.items()}
    files[folder / "leak.csv"] = csv(frame)
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        write_atomically(path, content)
    if folder.name == SHORTCUT:  # elsewhere, files of these names may be the user's
        remove_stale(folder, {path.name for path in files})
    return frame, list(files)


def _figure6(grid: Grid, images: int) -> Iterator[tuple[str, Figure]]:
    dataset = load(prepare(grid.data, data_fingerprint(grid.data)))
    batch = FirstBatch.of(grid, dataset, images)
    crop = next((step for _, step in crops(grid) if step is not None), None)
    color = next((one.steps for one in grid.resolved if one.name in colors_of(grid).distortions), None)
    steps = crop or Step("crop", Crop()), *(color or [_default(batch.pixels.shape[1])])
    plain, distorted = (
        np.stack([_crops(batch, position, steps[:count]) for position in batch.shown])
        for count in (1, len(steps))
    )
    names = [name or f"image {position}" for name, position in zip(batch.classes, batch.shown, strict=True)]
    said = shown_words(batch.pixels.shape[1], batch.show)
    parts = [_said("crops", steps[:1], crop is None), _said("colours", steps[1:], color is None), said]
    caption = "\n".join(filter(None, parts))
    for suffix, channels in (("", False), ("-channels", True)):
        yield (
            suffix,
            histogram_figure(
                plain,
                distorted,
                names,
                channels=channels,
                title=f"{grid.name or 'Grid'}: what crops of one image have in common (SimCLR, Figure 6)",
                caption=caption,
            ),
        )


def _default(channels: int) -> Step:
    return Step("color", Color()) if channels == RGB else Step("channel-jitter", ChannelJitter())


def _crops(batch: FirstBatch, position: int, steps: Sequence[Step]) -> NDArray[np.uint8]:
    """Crop an image several times, always alike, then apply the remaining steps: (C, 3, S, S)."""
    copies = batch.pixels[position].expand(CROPS, -1, -1, -1)
    pairs = view_pairs("Figure 6", steps, Views(), copies, batch.seed, step=position)  # (C, 2, 3, S, S)
    crops: NDArray[np.uint8] = shown(pairs[:, 0], batch.show).numpy()
    return crops


def _said(what: str, steps: Sequence[Step], ours: bool) -> str:
    parts = (f"{step.name} ({operation_parameters(step.operation)})" for step in steps)
    return f"{what}: " + " → ".join(parts) + (", the default, as the grid has none" if ours else "")
