"""The probes of a grid: which are done and which are pending; never imports torch."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ablation.grid.cells import Cell
from ablation.grid.probes import Probe, ProbeOf, probes_of
from ablation.results.stored.cells import is_finished
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.endings import job_names
from ablation.results.stored.paths import probe_file, weights_file
from ablation.results.stored.probes import ProbeRecord, read_probe
from ablation.runner.tally import Tally
from ablation.words import counted

ReadProbe = Callable[[Path, str, str], ProbeRecord | None]  # of a folder, a cell and a probe, by their ids


@dataclass
class ProbeTally:
    """The probes of a grid, but those of cells that ended without numbers."""

    done: int = 0
    pending: list[ProbeOf] = field(default_factory=list)  # of cells that are finished
    later: list[ProbeOf] = field(default_factory=list)  # of cells that have to run first
    without: list[Cell] = field(default_factory=list)  # finished cells whose encoder was not kept
    failed: int = 0  # in this run; they are pending, too
    seconds: dict[str, list[float]] = field(
        default_factory=dict
    )  # of those that are done, by id of the probe

    @property
    def total(self) -> int:
        """How many there are."""
        return self.done + len(self.pending) + len(self.later)

    @property
    def words(self) -> list[str]:
        """What is done, and which cells cannot be probed, in sentences; none without probes."""
        told = [f"probes: {self.done} of {self.total} done"] if self.total else []
        if self.without:
            told.append(
                f"{counted(len(self.without), 'finished job')} kept no encoder, so nothing is probed there: "
                f"{job_names(self.without)}; save_encoder = true makes the next run pretrain them again"
            )
        return told


def survey_probes(
    tally: Tally, wanted: Iterable[Probe], folder: Path, read: ReadProbe = read_probe
) -> ProbeTally:
    """Look up the probes of a grid in a results folder; one that is damaged is pending."""
    found = ProbeTally()
    for cell, probe in probes_of(tally.cells, wanted):
        record = tally.records.get(cell.id)
        if record is None or not is_finished(record):
            found.later.append((cell, probe))
            continue
        if not record.scored:
            continue
        try:
            known = read(folder, cell.id, probe.id)
        except DamagedError:
            known = None
        if known is not None:
            found.done += 1
            if known.seconds is not None:
                found.seconds.setdefault(probe.id, []).append(known.seconds)
        elif cell.kind == "random-init" or weights_file(folder, cell.id).exists():
            found.pending.append((cell, probe))
        elif cell not in found.without:
            found.without.append(cell)
    return found


def probe_files(folder: Path, tally: Tally, wanted: Iterable[Probe]) -> list[Path]:
    """Return the files of the probes that have run, which a report shows."""
    files = (probe_file(folder, cell.id, probe.id) for cell, probe in probes_of(tally.cells, wanted))
    return [file for file in files if file.exists()]
