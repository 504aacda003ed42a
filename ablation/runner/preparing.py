"""The images of a run: decoded, and checked against everything that the run will do with them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ablation.data.dataset import Dataset
from ablation.grid.data import Data
from ablation.grid.file.load import GridFile
from ablation.grid.points import data_sets, points
from ablation.grid.probes import Probe
from ablation.results.stored.color import too_few_to_leak
from ablation.runner.backends import Place
from ablation.runner.checks import check, check_world_size
from ablation.runner.probing import transfer_images
from ablation.telling import Tell


def prepared(
    file: GridFile,
    fingerprint: str,
    wanted: tuple[Probe, ...],
    where: Place,
    tell: Tell,
    say: Callable[[str], None],
) -> tuple[dict[Data, Path], dict[Data, Dataset]]:
    """Prepare the images, those of probes too, and check that all can be used; return those of the jobs.

    Args:
        file: the grid.
        fingerprint: of its images.
        wanted: the probes that will run.
        where: the jobs will run.
        tell: told how many images are decoded.
        say: called with a sentence on what is done.

    Raises:
        DataError: the images cannot be used.
        GridError: the grid does not fit them.
        DeviceError: the devices do not support the grid's precision.
    """
    # late: a finished grid needs no images
    from ablation.data.prepare import is_prepared, load, prepare
    from ablation.data.space import space_for
    from ablation.data.weights import keep_weights

    chosen = data_sets(file.grid)
    others = {probe.data: probe.fingerprint for probe in wanted if probe.data}
    if not all(is_prepared(*one) for one in (*((data, fingerprint) for data in chosen), *others.items())):
        # Also finds what is wrong with the images of [transfer] before others are decoded for hours.
        space_for(chosen, fingerprint, others).refuse_too_little()
    if not all(is_prepared(data, fingerprint) for data in chosen):
        say(f"decoding {file.grid.data.source} …")
    datasets = {data: prepare(data, fingerprint, tell, say) for data in chosen}
    images = {data: load(dataset) for data, dataset in datasets.items()}
    for grid in (file.grid, *(point.grid for point in points(file.grid))):
        check(grid, images[grid.data], where.devices)
        check_world_size(grid, where.world_size)
        keep_weights(grid.pretrain.encoder)
    transfer_images(wanted, file.grid, images[file.grid.data], tell, say)
    return datasets, images


def notes_of(file: GridFile, images: Mapping[Data, Dataset]) -> tuple[str, ...]:
    """Return what a user must know of the images."""
    few = too_few_to_leak(len(images[file.grid.data].pretrain_images), file.grid.pretrain.batch_size)
    notes = dict.fromkeys(note for one in images.values() for note in one.notes)
    return (*notes, *([few] if few else []))


def once_more(fingerprint: str, data: Data) -> Path:
    """Prepare images again that were deleted or damaged during the run."""
    from ablation.data.prepare import prepare_again

    return prepare_again(data, fingerprint)
