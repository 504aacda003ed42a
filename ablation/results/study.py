"""A results folder, read once: everything that is said or shown of it comes from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from pathlib import Path

import pandas as pd

from ablation.errors import ResultsError
from ablation.grid.layout import Pair
from ablation.results.axes import Axes
from ablation.results.findings.class_words import pays_words
from ablation.results.findings.colors import colors_of
from ablation.results.findings.colour_effects import cells_beside
from ablation.results.findings.colour_trend import ColourTrend, colour_trend
from ablation.results.findings.compare import Comparison, compare_grids
from ablation.results.findings.compare_axes import shared_axes
from ablation.results.findings.doses import dose_frame
from ablation.results.findings.doses_words import dose_words
from ablation.results.findings.judgement import Judgement, judge, judge_without_labels
from ablation.results.findings.known import known_frame
from ablation.results.findings.lengths import LengthStudy, study_lengths
from ablation.results.findings.paper import PaperRanks, paper_ranks
from ablation.results.findings.proxies import proxies
from ablation.results.findings.race_words import race_words
from ablation.results.findings.recommend import Recommendation, recommend_from
from ablation.results.findings.remedies import remedies
from ablation.results.findings.sweeps import SweepToTry, sweeps_to_try
from ablation.results.findings.trend_words import length_words
from ablation.results.findings.trends import cells_of, trend_frame
from ablation.results.frames.correct import correct_frame, correct_frames
from ablation.results.frames.curves import curves_frame
from ablation.results.frames.frame import baselines_frame, results_frame
from ablation.results.frames.probes import probes_frame
from ablation.results.metrics import NO_LABELS, accuracy, chosen_by, reported
from ablation.results.statistics.classes import ClassEffects, class_effects
from ablation.results.statistics.grid import Statistics, statistics
from ablation.results.statistics.power import detectable_difference
from ablation.results.stored.arrays import CellArrays, read_arrays
from ablation.results.stored.cells import ReadRecord, is_finished, read_records, read_sound
from ablation.results.stored.confirmation import confirmation_of
from ablation.results.stored.epochs import at_epochs, ended_seeds, longest_whole
from ablation.results.stored.folder import ResultsFolder, open_folder
from ablation.results.stored.grown import grown_from
from ablation.results.stored.pictures import Pictures, read_pictures
from ablation.results.stored.probes import read_probes
from ablation.results.stored.record import Record, Records
from ablation.words import counted


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """A results folder, whole or not, as it was when its parts were first asked for.

    Each part is read or computed when it is first asked for, and kept. What was stored later is seen by
    another `Study` of the folder.
    """

    folder: ResultsFolder
    read: ReadRecord = read_sound  # what is damaged is an error: to leave it out could change the answer

    def __repr__(self) -> str:
        of = f"Study of {self.folder.name!r} in {str(self.folder.path)!r}"
        try:
            done = sum(is_finished(record) for record in self._by_id.values())
        except ResultsError as error:
            return f"<{of}: {error}>"
        planned = len(self.folder.jobs)
        return f"<{of}: {done} of {counted(planned, 'job')} done>"

    @cached_property
    def records(self) -> Records:
        """The records of the grid's cells and baselines, of those that have one, in the order of work.

        Of a race, what another run stored of cells that left counts for nothing.

        Raises:
            ResultsError: one is damaged.
        """
        ran = [cell for cell in self.folder.cells if self.folder.ran(cell)]
        return read_records(self.folder.path, ran, self.read)

    @cached_property
    def varied_records(self) -> Records:
        """The records of the cells of `[vary]` or `[lengths]` that are not among `records`.

        Raises:
            ResultsError: one is damaged.
        """
        return read_records(self.folder.path, self.folder.varied_cells, self.read)

    @cached_property
    def _by_id(self) -> dict[str, Record]:
        return {cell.id: record for cell, record in (*self.records, *self.varied_records)}

    def arrays(self, id: str) -> CellArrays:
        """Read the arrays of a cell, anew with every call: a study's take too much memory to be kept.

        Raises:
            ResultsError: they are missing or damaged, or no job of the study has that id.
        """
        if id not in self._by_id:
            raise ResultsError(f"{self.folder.path}: has no finished job {id}; cells.csv lists the ids")
        return read_arrays(self.folder.path, self._by_id[id])

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

    @cached_property
    def probes(self) -> pd.DataFrame:
        """What probes measured of the encoders, as from `ab.load_probes`.

        Raises:
            ResultsError: a file of theirs is damaged.
        """
        return probes_frame(read_probes(self.folder.path, self.folder.probes))

    @property
    def unstored(self) -> tuple[str, ...]:
        """Say that predictions are not stored, without which intervals do not cover other images."""
        if not self.labelled:
            return ()  # there are none
        scored = [
            one for cell, one in (*self.records, *self.varied_records) if cell.policy and one.outcome == "ok"
        ]
        missing = sum(one.arrays is None for one in scored)
        if not missing:
            return ()
        return (
            f"The predictions of {missing} of {counted(len(scored), 'job')} are not stored: intervals that "
            "involve them cover other seeds, but not other images.",
        )

    @property
    def labelled(self) -> bool:
        """Whether labels were used; without them there is no accuracy, and rotation top-1 decides."""
        return self.folder.grid.evaluate.labels == "given"

    @property
    def raced(self) -> tuple[str, ...]:
        """How the race went, in sentences; empty where the grid is no race."""
        race = self.folder.race
        return () if race is None else race_words(race, self.folder.file.grid.rungs)

    def of_lengths(self, told: int) -> tuple[str, ...]:
        """Say how the race went, and how the best changes with the epochs; `told` are those of the answer."""
        return (*self.raced, *length_words(self.trends, self.folder.grid, told))

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

    @cached_property
    def _correct(self) -> dict[str, pd.DataFrame]:
        return correct_frames(self.folder, self.records, {self.reported, self.chosen_by})

    def correct_by(self, metric: str | None = None) -> pd.DataFrame:
        """Say which images count as correct by an accuracy; kept for the two that decide.

        Raises:
            ResultsError: as `correct`, or no label was used, so that nothing can be correct.
            ValueError: no such metric, or one of kNN, whose predictions are not stored.
        """
        if not self.labelled:
            raise ResultsError(f"{self.folder.path}: {NO_LABELS}")
        metric = metric or self.reported
        if metric in (self.reported, self.chosen_by):
            return self._correct[metric]
        return correct_frame(self.folder, self.records, metric)

    @cached_property
    def statistics(self) -> Statistics:
        """What the test accuracies say: what a report reports; the best cell is the one chosen on validation.

        Raises:
            ResultsError: as `correct`.
        """
        return self.statistics_by(self.reported)

    @cached_property
    def validation(self) -> Statistics:
        """What the validation accuracies say: what a choice is made by.

        Raises:
            ResultsError: as `correct`.
        """
        return self.statistics_by(self.chosen_by)

    @cached_property
    def class_effects(self) -> ClassEffects | None:
        """What augmentations add to single classes of the test split; None where no predictions are stored.

        Raises:
            ResultsError: as `correct` and `pictures`, which has the names of the classes.
        """
        if not self.labelled:
            return None
        return class_effects(self.results, self.correct, self.pictures)

    def statistics_by(self, metric: str | None = None) -> Statistics:
        """Compute the statistics of any accuracy, by default of the test accuracy that decides; not kept.

        Raises:
            ResultsError: as `correct`.
            ValueError: no such metric.
        """
        metric = metric or self.reported
        correct = None
        if accuracy(metric).predicted:
            correct = self.correct if metric == self.reported else self.correct_by(metric)
        # The test split has no say in what is best: its numbers are those of what validation has chosen.
        chosen = self.validation.chosen if accuracy(metric).split == "test" else None
        return statistics(self.results, self.baselines, correct, metric, chosen)

    @cached_property
    def judgement(self) -> Judgement:
        """The verdict on colour, and whether the leak goes with the accuracy.

        The verdict is that of the longest jobs at which the cells that it needs have all ended.
        """
        longest = self._at(self._longest_with_color)
        if not self.labelled:
            return judge_without_labels(longest.results)
        last = self.folder.file.grid.rungs[-1] if self.folder.race else None
        return judge(longest.results, longest.baselines, self.colour_trend, self.results, last)

    @cached_property
    def by_epochs(self) -> "Mapping[int, Study]":
        """The study at each number of epochs of which a seed has ended, the shortest first.

        Cells, whatever made them, are told apart by nothing but their epochs; baselines that depend on the
        length are those of the grid's own only.
        """
        ended = ended_seeds(self.folder, self._by_id)
        return {
            epochs: Study(
                at_epochs(self.folder, epochs, seeds),
                lambda path, id: self._by_id.get(id) or (None if self.folder.race else self.read(path, id)),
            )
            for epochs, seeds in ended.items()
        }

    @cached_property
    def _longest_with_color(self) -> int:
        """The most epochs at which the cells with and without colour distortion have ended.

        In a race, those of any one augmentation; all of them rarely go far.
        """
        beside = cells_beside(self.results, colors_of(self.folder.grid))
        needed = {a: {(a, a), *pairs} for a, pairs in beside.items()}
        if self.folder.race is None:
            return longest_whole(self.folder, self._by_id, set().union(*needed.values()))
        with_color = [
            epochs
            for epochs, study in self.by_epochs.items()
            if any(cells <= cells_of(study.results) for cells in needed.values())
        ]
        return max(with_color, default=self.folder.grid.pretrain.epochs)

    @property
    def longest(self) -> "Study":
        """The study of the longest jobs at which all cells have ended; the grid's own, or of `[lengths]`."""
        return self._at(longest_whole(self.folder, self._by_id))

    def _at(self, epochs: int) -> "Study":
        return self if epochs == self.folder.grid.pretrain.epochs else self.by_epochs[epochs]

    @cached_property
    def _correct_at_lengths(self) -> pd.DataFrame:
        return self._correct_everywhere(self.chosen_by)

    @cached_property
    def _correct_everywhere(self) -> Callable[[str], pd.DataFrame]:
        return cache(partial(correct_frame, self.folder, [*self.records, *self.varied_records]))

    @cached_property
    def trends(self) -> pd.DataFrame:
        """Cells that exist at two lengths or more, beside the best of each length, as from `ab.trends`.

        Raises:
            ResultsError: as `correct`.
        """
        lengths = {epochs: study.results for epochs, study in self.by_epochs.items()}
        correct = self._correct_at_lengths if len(lengths) > 1 else None
        return trend_frame(lengths, correct, self.chosen_by)

    @cached_property
    def colour_trend(self) -> ColourTrend | None:
        """What colour distortion changes at each length; None unless the grid has it at two lengths or more.

        Raises:
            ResultsError: as `correct`.
        """
        lengths = {
            epochs: study.results
            for epochs, study in self.by_epochs.items()
            if self.folder.race is None or epochs <= self._longest_with_color
        }
        if len(lengths) < 2:
            return None
        return colour_trend(lengths, self.baselines, self._correct_at_lengths, self.chosen_by)

    @cached_property
    def axes(self) -> Axes:
        """What the axes of `[vary]` change."""
        return Axes(self.folder, self._by_id, self._correct_everywhere, self.chosen_by)

    @cached_property
    def known(self) -> pd.DataFrame:
        """What h and z know of transformations after the longest jobs; empty where the grid did not ask."""
        return known_frame(self.longest.results, self.longest.baselines)

    @cached_property
    def doses(self) -> pd.DataFrame:
        """What each value of a sweep does to validation accuracy and leak, as from `ab.doses`.

        Raises:
            ResultsError: as `correct`.
        """
        correct = self.correct_by(self.chosen_by) if self.labelled else None
        return dose_frame(self.results, correct, self.chosen_by)

    @cached_property
    def sweeps_to_try(self) -> tuple[SweepToTry, ...]:
        """Which strengths to sweep next, where an augmentation is neither clearly good nor clearly bad.

        Raises:
            ResultsError: as `correct`.
        """
        if not self.labelled:
            return ()
        return sweeps_to_try(self.folder, self.validation, self.judgement.verdict)

    @cached_property
    def confirmed(self) -> "Study | None":
        """What `recommend --confirm` ran; None where it has not ended, or the grid has changed since.

        Raises:
            ResultsError: its folder is damaged.
        """
        confirmation = confirmation_of(self.folder, self.read)
        if confirmation is None:
            return None
        folder, records = confirmation
        known = {cell.id: record for cell, record in records}
        return Study(folder, lambda path, id: known.get(id) or self.read(path, id))

    @cached_property
    def grown(self) -> "Study | None":
        """The last race of longer policies that `race --grow` ran; None where none has ended.

        Raises:
            ResultsError: its folder is damaged.
        """
        grown = grown_from(self.folder)
        return Study(grown[-1], self.read) if grown else None

    @cached_property
    def recommendation(self) -> Recommendation:
        """The policy to pretrain with: the best by validation, beside its floors, and the simplest as good.

        Of policies that have grown, else of what was confirmed, where that has ended; else of the longest
        jobs at which all cells have ended.

        Raises:
            ResultsError: arrays of a cell are damaged.
            ValueError: no cell has a validation accuracy yet.
        """
        chosen = self.grown or self.confirmed or self.longest
        raced = self.grown or self
        leader = chosen.validation.leader
        return recommend_from(
            chosen.folder,
            chosen.validation,
            self.judgement.verdict,
            confirmed=chosen is self.confirmed,
            grown=chosen is self.grown,
            kept=chosen.folder.file.grid.kept,
            trend=self.colour_trend,
            lengths=raced.of_lengths(chosen.folder.grid.pretrain.epochs),
            test=chosen.statistics if self.labelled else None,
            remedies=lambda: () if leader is None else chosen.remedies(leader),
            notes=() if leader is None else self._notes(leader),
        )

    def remedies(self, pair: Pair) -> tuple[str, ...]:
        """Say what to change where a cell is not above its floors."""
        sizes = self.results.attrs["sizes"]
        detectable = detectable_difference(self.validation)
        return remedies(self.folder.grid, self.curves, pair, sizes["train"], detectable)

    def _notes(self, leader: Pair) -> tuple[str, ...]:
        names: list[str] = [*leader]
        if policies_of := self.grown or self.confirmed:
            # A policy is one augmentation there, and its steps are augmentations here.
            policies = policies_of.folder.grid.resolved
            names = [step.name for one in policies if one.name in leader for step in one.steps]
        pays = pays_words(self.class_effects, names) if self.class_effects else None
        return (*dose_words(self.doses, self.sweeps_to_try), *([pays] if pays else []))

    @cached_property
    def proxies(self) -> pd.DataFrame:
        """Scores without labels beside the accuracy that a choice is made by, as from `ab.proxies`.

        Raises:
            ResultsError: no label was used, so that there is no accuracy.
        """
        if not self.labelled:
            raise ResultsError(f"{self.folder.path}: {NO_LABELS}")
        return proxies(self.results)

    @cached_property
    def paper(self) -> PaperRanks | None:
        """Ranks beside the paper's; None without labels, or its seven augmentations whole."""
        return paper_ranks(self.results) if self.labelled else None

    @cached_property
    def lengths(self) -> LengthStudy | None:
        """What grids of other lengths are worth; None for a grid without whole `[lengths]`."""
        return study_lengths(self.folder, [*self.records, *self.varied_records])

    def compare(self, other: "Study", metric: str | None = None) -> Comparison:
        """Compare with another grid, cell by cell; differences are the other minus this one.

        Of each it takes the longest jobs that hold all of its cells, as its recommendation does.

        Raises:
            ResultsError: they share no cell.
            ValueError: no such metric.
        """
        one, two = self.longest, other.longest
        floors = one.baselines, two.baselines
        common = one.reported if two.labelled else two.reported  # of which both have a number
        found = compare_grids((one.folder, two.folder), (one.results, two.results), floors, metric or common)
        return replace(found, axes=shared_axes(self.axes.along, other.axes.along))


def read_study(path: str | Path) -> Study:
    """Open a results folder, whole or not; its parts are read when they are asked for.

    Raises:
        ResultsError: it is no results folder.
    """
    return Study(open_folder(path))
