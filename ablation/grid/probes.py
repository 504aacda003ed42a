"""What is measured of an encoder once it is trained, beside its cell: few labels, and other images.

No probe is part of a cell's identity: one that is added later is run on the encoders that were kept, and
changes no id.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

from ablation.grid.baselines import BASELINES
from ablation.grid.cells import Cell, data_identity
from ablation.grid.data import Data
from ablation.grid.few_labels import Tuning
from ablation.grid.models import Grid

ProbeKind = Literal["fine-tune", "linear", "transfer"]

VERSION = 1  # raise it when a change of code changes numbers of probes: old ones are then no longer reused


@dataclass(frozen=True)
class Probe:
    """One measurement; `share` of the labels, or the other images."""

    kind: ProbeKind
    share: float | None = None  # None where all labels are used
    tuning: Tuning | None = None
    data: Data | None = None
    fingerprint: str = ""  # of `data`

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that can change its number but the cell, as plain JSON values."""
        told: dict[str, Any] = {"version": VERSION, "probe": self.kind, "share": self.share}
        if self.data is not None:
            told["data"] = data_identity(self.data, self.fingerprint)
        if self.tuning is not None:
            told |= asdict(self.tuning) | {"learning_rates": list(self.tuning.learning_rates)}
        return told

    @cached_property
    def id(self) -> str:
        """Eight hexadecimal digits of the SHA-256 of `identity`; the file is named after the cell, too."""
        canonical = json.dumps(self.identity, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:8]

    @property
    def words(self) -> str:
        """What is measured, in a few words.

        Example:
            >>> Probe("fine-tune", 0.01).words, Probe("linear", 0.1).words
            ('fine-tuned on 1 % of the labels', 'linear on 10 % of the labels')
        """
        if self.share is None:
            return f"transfer to {self.data.source}" if self.data else "transfer"
        how = "fine-tuned" if self.kind == "fine-tune" else "linear"
        return f"{how} on {100 * self.share:g} % of the labels"

    def suits(self, cell: Cell) -> bool:
        """Whether a cell can be probed: it has an encoder, which has not seen the labels of these images."""
        baseline = BASELINES.get(cell.kind)
        if not cell.recipe.whole or (baseline is not None and not baseline.has_encoder):
            return False
        return self.kind == "transfer" or cell.kind != "supervised"


ProbeOf = tuple[Cell, Probe]


def probes(grid: Grid, fingerprint: str | None) -> tuple[Probe, ...]:
    """Return the probes that a grid asks for.

    Args:
        grid: the grid file.
        fingerprint: of the images of `[transfer]`; None where there are none, or they are not known.

    Example:
        >>> values = {"data": {"source": "shapes"}, "augmentations": {"crop": {}}, "few_labels": {}}
        >>> for probe in probes(Grid.model_validate(values), None):
        ...     print(probe.words)
        fine-tuned on 1 % of the labels
        linear on 1 % of the labels
        fine-tuned on 10 % of the labels
        linear on 10 % of the labels
    """
    found: list[Probe] = []
    if (few := grid.few_labels) is not None:
        for share in few.shares:
            found += [Probe("fine-tune", share, few.tuning(share))] if few.fine_tune else []
            found += [Probe("linear", share)] if few.linear else []
    if grid.transfer is not None and fingerprint is not None:
        found.append(Probe("transfer", data=grid.transfer, fingerprint=fingerprint))
    return tuple(found)


def probes_of(cells: Iterable[Cell], wanted: Iterable[Probe]) -> Iterator[ProbeOf]:
    """Yield every cell with every probe that suits it: all cells under one probe, then under the next.

    So a run that was stopped has probed all cells alike.
    """
    every = list({cell.id: cell for cell in cells}.values())
    for probe in wanted:
        for cell in every:
            if probe.suits(cell):
                yield cell, probe
