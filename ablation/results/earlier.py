"""The noise of earlier results of the same images, which tells a plan more than any reference does."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ablation.errors import AblationError
from ablation.grid.data import NOT_PIXELS, Data
from ablation.grid.models import Grid
from ablation.results.metrics import CHOSEN_BY, Decides
from ablation.results.statistics.noise import Noise
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.paths import GRID

_COUNTS = frozenset({"train", "test", "seed", "test_fraction"})  # which images of the same ones


@dataclass(frozen=True)
class Earlier:
    """The noise of a results folder, by what a choice is made by."""

    noise: Noise
    folder: Path


def earlier_noise(
    grid: Grid, folder: Path, fingerprint: str | None = None, score: Decides | None = None
) -> Earlier | None:
    """Find results of the same images, two or more seeds of them, and measure their noise.

    A grid's own folder comes first; then those beside it, those with the same jobs before others, the largest
    first. A folder that is damaged or of which too little has run is passed over.

    Args:
        grid: what is planned.
        folder: its results folder; it need not exist.
        fingerprint: of its images; without it, images are the same if the grid files say the same of them.
        score: the accuracy that will decide; by default the one that decided in those results.

    Example:
        `earlier_noise(file.grid, Path("results/mine"))`
    """
    for found in sorted(_candidates(grid, folder, fingerprint), key=lambda one: _order(one, grid, folder)):
        try:
            noise = _noise(found, score)
        except AblationError:
            continue
        if noise is not None:
            return Earlier(noise, found.path)
    return None


def _candidates(grid: Grid, folder: Path, fingerprint: str | None) -> Iterator[ResultsFolder]:
    for path in {folder, *(file.parent for file in folder.parent.glob(f"*/{GRID}"))}:
        try:
            found = open_folder(path)
        except AblationError:
            continue
        if fingerprint is None:
            same = _written(found.grid.data, _COUNTS) == _written(grid.data, _COUNTS)
        else:
            apart = _COUNTS | NOT_PIXELS
            same = _written(found.grid.data, apart) == _written(grid.data, apart)
            same = same and found.environment.fingerprint == fingerprint
        if same and len(found.grid.seeds) > 1 and found.grid.evaluate.labels == "given":
            yield found


def _written(data: Data, apart: frozenset[str]) -> object:
    return data.model_dump(mode="json", exclude=set(apart))


def _order(found: ResultsFolder, grid: Grid, folder: Path) -> tuple[bool, bool, int, str]:
    other_jobs = (found.grid.pretrain, found.grid.views) != (grid.pretrain, grid.views)
    return found.path != folder, other_jobs, -len(found.cells), found.path.name


def _noise(found: ResultsFolder, score: Decides | None) -> Noise | None:
    from ablation.results.statistics.measured_noise import noise_of
    from ablation.results.study import Study  # pandas, for which nobody waits who has no results yet

    study = Study(found)
    return noise_of(study.results, study.correct_by(CHOSEN_BY[score] if score else study.chosen_by))
