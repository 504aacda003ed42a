"""A results folder, read once: everything that is said or shown of it comes from here."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from ablation.results.findings.compare import Comparison, compare_grids
from ablation.results.findings.doses import dose_frame
from ablation.results.findings.judgement import Judgement, judge
from ablation.results.findings.lengths import LengthStudy, study_lengths
from ablation.results.findings.paper import PaperRanks, paper_ranks
from ablation.results.findings.proxies import proxies
from ablation.results.findings.recommend import CONFIRM, Recommendation, recommend_from, same_jobs
from ablation.results.findings.sweeps import SweepToTry, sweeps_to_try
from ablation.results.frames.correct import correct_frame
from ablation.results.frames.curves import curves_frame
from ablation.results.frames.frame import baselines_frame, results_frame
from ablation.results.metrics import accuracy, chosen_by, reported
from ablation.results.statistics.grid import Statistics, statistics
from ablation.results.stored.arrays import CellArrays, read_arrays
from ablation.results.stored.cells import ReadRecord, is_finished, read_record, read_records
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.paths import GRID
from ablation.results.stored.pictures import Pictures, read_pictures
from ablation.results.stored.record import Records
from ablation.words import counted


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """A results folder, whole or not, as it was when its parts were first asked for.

    Each part is read or computed when it is first asked for, and kept. What was stored later is seen by
    another `Study` of the folder.
    """

    folder: ResultsFolder
    read: ReadRecord = read_record

    def __repr__(self) -> str:
        done = sum(is_finished(record) for _, record in (*self.records, *self.length_records))
        planned = len(self.folder.cells) + len(self.folder.length_cells)
        of = f"Study of {self.folder.name!r} in {str(self.folder.path)!r}"
        return f"<{of}: {done} of {counted(planned, 'job')} done>"

    @cached_property
    def records(self) -> Records:
        """The records of the grid's cells and baselines, of those that have one, in the order of work."""
        return read_records(self.folder.path, self.folder.cells, self.read)

    @cached_property
    def length_records(self) -> Records:
        """The records of the cells of `[lengths]` that are not among `records`."""
        return read_records(self.folder.path, self.folder.length_cells, self.read)

    def arrays(self, id: str) -> CellArrays:
        """Read the arrays of a cell, anew with every call: a study's take too much memory to be kept.

        Raises:
            ResultsError: they are missing or damaged.
        """
        return read_arrays(self.folder.path, id)

    @cached_property
    def pictures(self) -> Pictures | None:
        """Thumbnails of test images, None where none were kept.

        Raises:
            ResultsError: their file is damaged.
        """
        return read_pictures(self.folder.path)

    @cached_property
    def results(self) -> pd.DataFrame:
        """A row for each cell and seed, as from `ab.load_results`."""
        return results_frame(self.folder, self.records)

    @cached_property
    def baselines(self) -> pd.DataFrame:
        """The floors and the ceiling, as from `ab.load_baselines`."""
        return baselines_frame(self.folder, self.records)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """A row for each cell, seed and epoch, as from `ab.load_curves`."""
        return curves_frame(self.records)

    @property
    def reported(self) -> str:
        """The test accuracy that decides: balanced where classes are unequal."""
        return reported(self.results.attrs)

    @property
    def chosen_by(self) -> str:
        """The validation accuracy that decides."""
        return chosen_by(self.results.attrs)

    @cached_property
    def correct(self) -> pd.DataFrame:
        """Which test images each job got right, as from `ab.load_correct`.

        Raises:
            ResultsError: arrays of a cell are damaged, or cells were scored on different images.
        """
        return self.correct_by()

    def correct_by(self, metric: str | None = None) -> pd.DataFrame:
        """Say which images count as correct by an accuracy; not kept.

        Raises:
            ResultsError: as `correct`.
            ValueError: no such metric, or one of kNN, whose predictions are not stored.
        """
        return correct_frame(self.folder, self.records, metric or self.reported)

    @cached_property
    def statistics(self) -> Statistics:
        """What the test accuracies say: what a report reports.

        Raises:
            ResultsError: as `correct`.
        """
        return statistics(self.results, self.baselines, self.correct, self.reported)

    @cached_property
    def validation(self) -> Statistics:
        """What the validation accuracies say: what a choice is made by.

        Raises:
            ResultsError: as `correct`.
        """
        return self.statistics_by(self.chosen_by)

    def statistics_by(self, metric: str | None = None) -> Statistics:
        """Compute the statistics of any accuracy, by default of the test accuracy that decides; not kept.

        Raises:
            ResultsError: as `correct`.
            ValueError: no such metric.
        """
        metric = metric or self.reported
        correct = self.correct_by(metric) if accuracy(metric).predicted else None
        return statistics(self.results, self.baselines, correct, metric)

    @cached_property
    def judgement(self) -> Judgement:
        """The verdict on colour, and whether the leak goes with the accuracy."""
        return judge(self.results, self.baselines)

    @cached_property
    def doses(self) -> pd.DataFrame:
        """What each value of a sweep does to validation accuracy and leak, as from `ab.doses`.

        Raises:
            ResultsError: as `correct`.
        """
        return dose_frame(self.results, self.correct_by(self.chosen_by), self.chosen_by)

    @cached_property
    def sweeps_to_try(self) -> tuple[SweepToTry, ...]:
        """Which strengths to sweep next, where an augmentation is neither clearly good nor clearly bad.

        Raises:
            ResultsError: as `correct`.
        """
        return sweeps_to_try(self.folder, self.validation, self.judgement.verdict)

    @cached_property
    def confirmed(self) -> "Study | None":
        """What `recommend --confirm` ran; None where it has not ended, or the grid has changed since.

        Raises:
            ResultsError: its folder is damaged.
        """
        path = self.folder.path / CONFIRM
        if not (path / GRID).is_file():
            return None
        run = Study(open_folder(path), self.read)
        whole = same_jobs(run.folder, self.folder) and run.validation.cells["mean"].notna().all()
        return run if whole else None

    @cached_property
    def recommendation(self) -> Recommendation:
        """The policy to pretrain with: the best by validation top-1, and the simplest as good.

        Raises:
            ResultsError: arrays of a cell are damaged.
            ValueError: no cell has a validation accuracy yet.
        """
        chosen = self.confirmed or self
        return recommend_from(
            chosen.folder, chosen.validation, self.judgement.verdict, confirmed=chosen is not self
        )

    @cached_property
    def proxies(self) -> pd.DataFrame:
        """Scores without labels beside the accuracy that a choice is made by, as from `ab.proxies`."""
        return proxies(self.results)

    @cached_property
    def paper(self) -> PaperRanks | None:
        """Ranks beside the paper's; None for a grid that does not hold its seven augmentations whole."""
        return paper_ranks(self.results)

    @cached_property
    def lengths(self) -> LengthStudy | None:
        """What grids of other lengths are worth; None for a grid without whole `[lengths]`."""
        return study_lengths(self.folder, [*self.records, *self.length_records])

    def compare(self, other: "Study", metric: str | None = None) -> Comparison:
        """Compare with another grid, cell by cell; differences are the other minus this one.

        Raises:
            ResultsError: they share no cell.
            ValueError: no such metric.
        """
        folders, results = (self.folder, other.folder), (self.results, other.results)
        return compare_grids(folders, results, (self.baselines, other.baselines), metric or self.reported)


def read_study(path: str | Path) -> Study:
    """Open a results folder, whole or not; its parts are read when they are asked for.

    Raises:
        ResultsError: it is no results folder.
    """
    return Study(open_folder(path))
