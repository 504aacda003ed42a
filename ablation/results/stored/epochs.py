"""The cells of a grid at several numbers of epochs: which of them have ended, and the grid of one number."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from ablation.grid.cells import Cell
from ablation.grid.layout import Pair
from ablation.results.stored.cells import is_finished
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.record import Record


def ended_seeds(folder: ResultsFolder, records: Mapping[str, Record]) -> dict[int, tuple[int, ...]]:
    """Name, by epochs, the seeds whose jobs have all ended; the shortest first.

    A seed that has just begun would compare other cells, so it does not count yet.

    Args:
        folder: a results folder.
        records: of its jobs, by id.
    """
    ended: dict[int, dict[int, bool]] = {}
    for epochs, cell in _at(folder):
        seeds = ended.setdefault(epochs, {})
        seed = cell.required_seed
        seeds[seed] = seeds.get(seed, True) and _ended(records.get(cell.id))
    found = {epochs: tuple(seed for seed, all_ in seeds.items() if all_) for epochs, seeds in ended.items()}
    return {epochs: found[epochs] for epochs in sorted(found) if found[epochs]}


def longest_whole(
    folder: ResultsFolder, records: Mapping[str, Record], needed: Collection[Pair] | None = None
) -> int:
    """Return the most epochs at which the needed cells have ended in every seed of the grid.

    Args:
        folder: a results folder.
        records: of its jobs, by id.
        needed: (first, second) of cells; default: all of the grid.

    Returns:
        At least the grid's own number, which stands as long as nothing longer is whole.
    """
    own = folder.grid.pretrain.epochs
    wanted = {
        (pair_of(cell), cell.seed)
        for cell in folder.cells
        if cell.policy and (needed is None or pair_of(cell) in needed)
    }
    ended: dict[int, set[tuple[Pair, int | None]]] = {}
    scored: set[int] = set()
    for epochs, cell in _at(folder):
        record = records.get(cell.id)
        if _ended(record):
            ended.setdefault(epochs, set()).add((pair_of(cell), cell.seed))
        if record is not None and record.scored:
            scored.add(epochs)
    return max(
        (epochs for epochs in scored if epochs > own and wanted and wanted <= ended.get(epochs, set())),
        default=own,
    )


def at_epochs(folder: ResultsFolder, epochs: int, seeds: tuple[int, ...]) -> ResultsFolder:
    """Return the folder as that of a grid of so many epochs and these seeds; its cells have the same ids."""
    grid = folder.grid
    pretrain = grid.pretrain.model_copy(update={"epochs": epochs})
    changed = grid.model_copy(update={"pretrain": pretrain, "seeds": seeds, "lengths": None, "vary": None})
    return replace(folder, file=replace(folder.file, grid=changed), race=None)


def pair_of(cell: Cell) -> Pair:
    """Return the names of a cell's row and column."""
    return cell.policy[0].name, cell.policy[-1].name


def _at(folder: ResultsFolder) -> Iterator[tuple[int, Cell]]:
    for cell in (*folder.cells, *folder.varied_cells):
        if cell.policy and folder.ran(cell) and folder.differs_by_epochs(cell):
            yield cell.recipe.pretrain.epochs, cell


def _ended(record: Record | None) -> bool:
    return record is not None and is_finished(record)
