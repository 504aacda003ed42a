"""What probes measured of a cell's encoder: `cells/<id>.probe-<id of the probe>.json`, whole or absent."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from ablation.grid.probes import ProbeKind, ProbeOf
from ablation.results.metrics import Score
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.damage import DamagedError
from ablation.results.stored.model import Amount, Fraction, Images, Stored
from ablation.results.stored.paths import probe_file
from ablation.results.stored.record import Sizes, Told
from ablation.results.stored.sealed import read_sealed, sealed
from ablation.results.stored.within import within


class ProbeScores(Stored):
    """Accuracies as fractions; `_val` on the part of training that choices are made on."""

    top1: Fraction
    top1_val: Fraction
    balanced: Fraction
    balanced_val: Fraction
    chosen: Amount  # on validation: the learning rate of fine-tuning, else the regularisation
    decided_by: Score

    @property
    def reported(self) -> float:
        """The test accuracy that decides."""
        return self.top1 if self.decided_by == "top1" else self.balanced


class ProbeRecord(Stored):
    """Everything a probe leaves behind; but for its seconds, the same probe always leaves the same bytes."""

    format: Literal[1] = 1
    cell: str  # its id
    probe: str  # its id
    kind: ProbeKind
    share: Annotated[float, Field(gt=0, lt=1)] | None
    scores: ProbeScores | None  # None where no learning rate led to finite numbers
    labels: Images  # of training that were used
    sizes: Sizes
    identity: dict[str, Any]
    environment: dict[str, str]
    seconds: Amount | None = None  # that it took; earlier versions did not say
    notes: tuple[Told, ...] = ()


def write_probe(folder: Path, record: ProbeRecord) -> None:
    """Write what a probe measured.

    Raises:
        ResultsError: `cells` is a link that leads out of the folder.
        OSError: the file cannot be written.
    """
    path = within(folder, probe_file(folder, record.cell, record.probe))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, sealed(record.model_dump(mode="json")))


def read_probe(folder: Path, cell: str, probe: str) -> ProbeRecord | None:
    """Read what a probe measured of a cell; None where it has not run.

    Raises:
        DamagedError: the file holds something else.
        PermissionError: it may not be read.
    """
    path = probe_file(folder, cell, probe)
    record = read_sealed(path, ProbeRecord)
    if record is None:
        return None
    if (record.cell, record.probe) != (cell, probe):
        raise DamagedError(path, "it is of another job")
    return record


ProbeRecords = list[tuple[ProbeOf, ProbeRecord]]


def read_probes(folder: Path, wanted: Iterable[ProbeOf]) -> ProbeRecords:
    """Read what probes measured, of those that have run.

    Raises:
        DamagedError: a file holds something else.
    """
    found = ((one, read_probe(folder, one[0].id, one[1].id)) for one in wanted)
    return [(one, record) for one, record in found if record is not None]
