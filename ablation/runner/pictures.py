"""What a run leaves for its report: thumbnails, while the images are at hand."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablation.data.channels import shown
from ablation.data.prepare import is_prepared, load, prepare
from ablation.grid.cells import cells
from ablation.grid.models import Grid
from ablation.results.stored.arrays import read_arrays
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.pictures import QUERIES, SIDE, Pictures, read_pictures, write_pictures
from ablation.runner.tally import Tally


def keep_pictures(folder: Path, grid: Grid, fingerprint: str, tally: Tally) -> None:
    """Keep the pictures of the first seed's query images, and of their nearest neighbours.

    Does nothing if they are kept already, or if the images are not decoded: a finished grid does not need
    them, but its report then shows no neighbours. Pictures that are damaged are made again in any case.

    Args:
        folder: the results folder; its cells have been written.
        grid: names the images and the first seed.
        fingerprint: fingerprint of the images.
        tally: the cells that have a record.

    Raises:
        ResultsError: the arrays of a cell are damaged.
        OSError: the file cannot be written.
    """
    wanted = _shown(folder, grid, fingerprint, tally)
    damaged = pictures_damage(folder) is not None
    kept = None if damaged else read_pictures(folder)
    if not len(wanted) or (kept and kept.find(wanted) is not None):
        return
    if not damaged and not is_prepared(grid.data, fingerprint):
        return
    dataset = load(prepare(grid.data, fingerprint))
    images = np.stack([_thumbnail(shown(dataset.test.images[index], grid.data.show)) for index in wanted])
    names = dataset.class_names if grid.evaluate.labels == "given" else ()
    write_pictures(folder, Pictures(wanted, images, names))


def pictures_damage(folder: Path) -> DamagedError | None:
    """Return what is wrong with the pictures of a results folder, None where they are sound or not there."""
    try:
        read_pictures(folder)
    except DamagedError as error:
        return error
    return None


def _shown(folder: Path, grid: Grid, fingerprint: str, tally: Tally) -> NDArray[np.int32]:
    found = [np.empty(0, np.int32)]
    for cell in cells(grid, fingerprint):
        record = tally.records.get(cell.id)
        if cell.first and cell.seed == grid.seeds[0] and record and record.arrays is not None:
            arrays = read_arrays(folder, record)
            found += [arrays.queries[:QUERIES], arrays.neighbours[:QUERIES].flatten()]
    return np.unique(np.concatenate(found))


def _thumbnail(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.shape[-1] <= SIDE:
        return image
    small = Image.fromarray(np.moveaxis(image, 0, 2)).resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.moveaxis(np.asarray(small), 2, 0)
