"""One `ablation run`: lock the results folder, find the missing jobs, run them, draw the heatmap."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from ablation.data.fingerprint import data_fingerprint
from ablation.data.transfer import transfer_fingerprint
from ablation.errors import ResultsError
from ablation.files import read_file
from ablation.grid.cells import PROTOCOL_VERSION, Cell, jobs
from ablation.grid.file.load import GridFile
from ablation.grid.probes import probes
from ablation.report.drawn import is_as_drawn, is_drawn
from ablation.report.files import FIGURES, HEATMAP, TABLES, read_verdict
from ablation.results.findings.best import Best, answer_of
from ablation.results.stored.arrays import read_with_arrays
from ablation.results.stored.class_images import ClassImages, class_image_words
from ablation.results.stored.damage import DamagedError, damage_words
from ablation.results.stored.environment import Environment, versions
from ablation.results.stored.folder import ResultsFolder, open_folder, refuse_other_files, write_folder
from ablation.results.stored.leftovers import remove_leftovers
from ablation.results.stored.paths import CELLS, FAILURES, GRID, PARTIAL
from ablation.results.stored.race import write_race
from ablation.results.stored.record import Record
from ablation.results.stored.within import refuse_links
from ablation.runner.backends import ANYWHERE, Asked, Errand, place
from ablation.runner.hold import held
from ablation.runner.job import Experiment, Job, on_one_thread
from ablation.runner.pictures import pictures_damage
from ablation.runner.preparing import notes_of, once_more, prepared
from ablation.runner.probes import ProbeTally, survey_probes
from ablation.runner.probing import probe_pending
from ablation.runner.race import RunningRace
from ablation.runner.run import run
from ablation.runner.schedules.in_order import InOrder
from ablation.runner.schedules.racing import Racing
from ablation.runner.tally import Tally, survey
from ablation.words import counted


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    folder: Path  # of results
    tally: Tally
    started: int  # jobs that were pending when the run began
    stopped: Literal["budget", "interrupt"] | None
    heatmap: Path | None  # None if it does not show the current results
    best: Best | None  # of what was confirmed, if it was; None where no cell has a number
    verdict: str | None  # on the colour shortcut; None if there is no heatmap
    seconds: float
    probes: ProbeTally = field(default_factory=ProbeTally)


class Show(Protocol):
    """Shows a run to the user."""

    def start(self, tally: Tally, workers: int, devices: tuple[str, ...], notes: tuple[str, ...]) -> None:
        """Report that jobs are about to run."""

    def record(self, record: Record, tally: Tally) -> None:
        """Report that a job has finished or failed."""

    def tell(self, what: str, done: int, total: int) -> None:
        """Report how far the images are read or decoded."""

    def say(self, sentence: str) -> None:
        """Report something that happened."""

    def end(self, ending: Ending) -> None:
        """Report how the run ended; called once, also on Ctrl-C, but not when an error is raised."""


def launch(
    file: GridFile,
    folder: Path,
    show: Show,
    asked: Asked = ANYWHERE,
    experiment: Experiment | None = None,
) -> Ending:
    """Run the missing jobs of a grid, and draw the results so far.

    Ctrl-C ends the run early; the same call continues it.

    Args:
        file: the grid.
        folder: the results folder; created if it does not exist.
        show: told what happens.
        asked: where and how to run.
        experiment: computes a cell instead of the real job; it must be importable in a worker process.

    Raises:
        ResultsError: another run is using the folder, it holds something else or a link that leads out of
            it, or it cannot be written any longer.
        DataError: the images cannot be used.
        DeviceError: there is no such device.
        ClusterError: the cluster cannot be used.
    """
    began = time.monotonic()
    refuse_links(folder, (CELLS, FAILURES, PARTIAL, FIGURES, TABLES))
    with held(folder) as hold:
        fingerprint = data_fingerprint(file.grid.data, show.tell)
        other = transfer_fingerprint(file.grid.transfer, show.tell)
        wanted = probes(file.grid, other)
        survey_ = partial(_survey, folder=folder, encoders=file.grid.save_encoder)
        race: RunningRace | None = None
        if file.grid.race:
            race = RunningRace(
                ResultsFolder(folder, file, _environment(fingerprint, other)), survey_, show.say
            )
            tally = race.tally
        else:
            tally = survey_(jobs(file.grid, fingerprint))
        todo = tally.pending
        remove_leftovers(folder, {cell.id for cell in todo})
        for sentence in damage_words(tally.damaged):
            show.say(sentence)
        for cell, _ in tally.failed:  # this run retries them
            del tally.records[cell.id]
        stopped: Literal["budget", "interrupt"] | None = None
        deadline = began + (float("inf") if asked.budget is None else asked.budget)
        describe = partial(
            write_folder, folder, file, _environment(fingerprint, other, _classes(folder, fingerprint))
        )
        try:
            if todo:
                refuse_other_files(folder)
                with place(asked, Errand(len(todo), deadline, file.sources), show.say) as where:
                    datasets, images = prepared(file, fingerprint, wanted, where, show.tell, show.say)
                    classes = images[file.grid.data].classes if file.grid.evaluate.labels == "given" else ()
                    describe = partial(write_folder, folder, file, _environment(fingerprint, other, classes))
                    # Only now: after an error, the folder still describes its contents.
                    describe()
                    if classes:
                        show.say(class_image_words(classes))
                    show.start(tally, where.workers, where.devices, notes_of(file, images))
                    if race:
                        write_race(folder, race.state)  # of another grid or other seeds, it would mislead
                    keep = file.grid.keeps_encoders
                    again = partial(once_more, fingerprint)
                    # A cluster's workers need not see the folder.
                    resuming = on_one_thread if where.call_job else partial(on_one_thread, folder=folder)
                    job = Job(
                        folder,
                        datasets,
                        where.devices,
                        experiment or resuming,
                        keep,
                        asked.per_device,
                        again,
                        asked.cell_timeout,
                    )
                    schedule = Racing(todo, race.further) if race else InOrder(todo)
                    arriving = run(schedule, job, where.workers, deadline, show.say, where.call_job)
                    with closing(arriving) as records, _saying_what_is_kept(folder, tally):
                        for record in records:
                            tally.records[record.id] = record
                            if said := hold.put_back(tally, describe):
                                show.say(said)
                            show.record(record, tally)
                remove_leftovers(folder, {cell.id for cell in tally.pending})
                if len(tally.pending) > len(tally.failed):
                    stopped = "budget"
            elif not _describes(folder, file, fingerprint, other):
                describe()
            if said := hold.put_back(tally, describe, at_end=True):
                show.say(said)
            if race:
                write_race(folder, race.state)
            probed = probe_pending(
                file.grid, folder, tally, wanted, fingerprint, asked, deadline, show.say, show.tell
            )
            if probed.pending and not probed.failed:
                stopped = "budget"
            if torn := pictures_damage(folder):
                show.say(f"{torn.path}: is damaged ({torn.reason}); it is made again")
            if torn or not (is_as_drawn(folder) and is_drawn(folder)):
                from ablation.report.write import write_report  # late: it takes seconds to import
                from ablation.runner.pictures import keep_pictures

                keep_pictures(folder, file.grid, fingerprint, tally)
                # A damaged job that the budget left out is a gap, as one that never ran is.
                write_report(folder, read=_if_sound)
        except KeyboardInterrupt:
            stopped = "interrupt"
            # A worker may have written results that this process was never told about.
            tally = survey_(tally.cells)
            probed = survey_probes(tally, wanted, folder)
        heatmap = folder / HEATMAP if is_drawn(folder) else None
        verdict = read_verdict(folder) if heatmap and file.grid.pairs else None  # whole policies have none
        ending = Ending(
            folder,
            tally,
            len(todo),
            stopped,
            heatmap,
            _best(folder, tally),
            verdict,
            time.monotonic() - began,
            probed,
        )
        show.end(ending)
    return ending


def _survey(cells: Iterable[Cell], folder: Path, encoders: bool) -> Tally:
    return survey(cells, folder, encoders, read_with_arrays)  # a run is what mends damaged arrays


def _if_sound(folder: Path, id: str) -> Record | None:
    try:
        return read_with_arrays(folder, id)
    except DamagedError:
        return None


def _best(folder: Path, tally: Tally) -> Best | None:
    try:
        return answer_of(open_folder(folder), tally.records)
    except ResultsError:  # nothing was written, or a confirmation is damaged, as `ablation recommend` says
        return tally.best


def _classes(folder: Path, fingerprint: str) -> tuple[ClassImages, ...]:
    """Return the classes that a folder names, if it is of the same images."""
    try:
        environment = open_folder(folder).environment
    except ResultsError:
        return ()
    return environment.classes if environment.fingerprint == fingerprint else ()


@contextmanager
def _saying_what_is_kept(folder: Path, tally: Tally) -> Iterator[None]:
    try:
        yield
    except ResultsError as error:
        kept = survey(tally.cells, folder).done  # the last ones may have been computed, but not written
        raise ResultsError(
            f"{error}\nthe run has stopped with {kept} of {counted(len(tally.cells), 'job')} in the folder; "
            "run the same command to continue"
        ) from error


def _describes(folder: Path, file: GridFile, fingerprint: str, other: str | None) -> bool:
    wanted = {GRID: file.text.encode(), **file.sources}
    try:
        same = all(read_file(folder / name) == content for name, content in wanted.items())
        now = open_folder(folder).environment
        known = now.fingerprint, now.transfer, now.protocol
        return same and known == (fingerprint, other, PROTOCOL_VERSION)
    except (OSError, ValueError, ResultsError):
        return False


def _environment(fingerprint: str, other: str | None, classes: tuple[ClassImages, ...] = ()) -> Environment:
    return Environment(
        fingerprint=fingerprint,
        transfer=other,
        protocol=PROTOCOL_VERSION,
        command=("ablation", *sys.argv[1:]),  # without the path of the program
        started=datetime.now(UTC),
        versions=versions(),
        classes=classes,
    )
