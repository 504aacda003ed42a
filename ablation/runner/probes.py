"""The probes of a grid: which are done and which are pending; never imports torch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ablation.grid.cells import Cell
from ablation.grid.probes import Probe, ProbeOf, probes_of
from ablation.results.stored.cells import is_finished
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.endings import job_names
from ablation.results.stored.paths import probe_file, weights_file
from ablation.results.stored.probes import read_probe
from ablation.runner.tally import Tally
from ablation.words import counted


@dataclass
class ProbeTally:
    """The probes of the cells that are finished; of the others, none is known yet."""

    done: int = 0
    pending: list[ProbeOf] = field(default_factory=list)
    without: list[Cell] = field(default_factory=list)  # finished cells whose encoder was not kept
    failed: int = 0  # in this run; they are pending, too

    @property
    def words(self) -> list[str]:
        """What is done and pending, and which cells cannot be probed, in sentences; none without probes."""
        total = self.done + len(self.pending)
        told = [f"probes: {self.done} of {total} done"] if total else []
        if self.without:
            told.append(
                f"{counted(len(self.without), 'finished job')} kept no encoder, so nothing is probed there: "
                f"{job_names(self.without)}; save_encoder = true makes the next run pretrain them again"
            )
        return told


def survey_probes(tally: Tally, wanted: Iterable[Probe], folder: Path) -> ProbeTally:
    """Look up the probes of finished cells in a results folder; one that is damaged is pending."""
    found, wanted = ProbeTally(), tuple(wanted)
    ended = [cell for cell, record in tally.ended if is_finished(record) and record.scored]
    for cell, probe in probes_of(ended, wanted):
        try:
            known = read_probe(folder, cell.id, probe.id) is not None
        except DamagedError:
            known = False
        if known:
            found.done += 1
        elif cell.kind == "random-init" or weights_file(folder, cell.id).exists():
            found.pending.append((cell, probe))
        elif cell not in found.without:
            found.without.append(cell)
    return found


def probe_files(folder: Path, tally: Tally, wanted: Iterable[Probe]) -> list[Path]:
    """Return the files of the probes that have run, which a report shows."""
    files = (probe_file(folder, cell.id, probe.id) for cell, probe in probes_of(tally.cells, wanted))
    return [file for file in files if file.exists()]
