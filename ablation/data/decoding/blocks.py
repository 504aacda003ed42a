"""Pictures that are decoded together, and what became of them, so that decoding can go on after a stop."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from ablation.data.decoding.findings import Facts, Findings
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading


@dataclass(frozen=True)
class Block:
    """Pictures that follow each other, decoded."""

    start: int  # of the first, among all
    stop: int  # after the last
    digest: str  # SHA-256 of the rows that were written
    broken: dict[int, str] = field(default_factory=dict)  # the reason for each that could not be read
    findings: Findings = field(default_factory=Findings)

    @classmethod
    def of(
        cls, start: int, results: Sequence[Facts | str], images: NDArray[np.uint8], rows: NDArray[np.int64]
    ) -> "Block":
        """Sum up what became of pictures.

        Args:
            start: of the first, among all.
            results: what was found out about each picture, or the reason why it could not be read.
            images: (N, C, S, S), with the pictures.
            rows: of each picture.
        """
        findings, broken, good = Findings(), dict[int, str](), []
        for place, result in enumerate(results):
            if isinstance(result, str):
                broken[start + place] = result
            else:
                findings.add(result)
                good.append(rows[place])
        return cls(start, start + len(results), _digest(images, good), broken, findings)


SUFFIX = ".journal"
_FORM = TypeAdapter(Block)


class Journal:
    """Which blocks of an image file are decoded, in a file beside it.

    A block is noted after its pixels are written, with their SHA-256: neither a line that is cut off nor one
    whose pixels are not all there is believed.
    """

    def __init__(
        self, images: np.memmap, pages: Sequence[Page], rows: NDArray[np.int64], reading: Reading
    ) -> None:
        self._images, self._rows = images, rows
        # Other pictures, rows or settings are another journal.
        identity = hashlib.sha256(repr((images.shape, reading)).encode())
        identity.update(rows.data)
        for page in pages:
            identity.update(repr((str(page.path), page.number, page.stacked)).encode())
        file = Path(str(images.filename))
        self._file = file.with_name(f"{file.stem}.{identity.hexdigest()[:16]}{SUFFIX}")

    def finished(self) -> dict[int, Block]:
        """Return the blocks that are whole, by their start; others are forgotten."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return {}
        whole = {block.start: block for line in lines if (block := _read(line)) and self._is_whole(block)}
        # What was cut off must not become the beginning of the next line.
        temporary = self._file.with_name(f"{self._file.name}.{uuid4().hex}")
        temporary.write_text("".join(_line(block) for block in whole.values()), encoding="utf-8")
        temporary.replace(self._file)
        return whole

    def add(self, block: Block) -> None:
        """Note that a block is decoded."""
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(_line(block))

    def _is_whole(self, block: Block) -> bool:
        if not 0 <= block.start < block.stop <= len(self._rows):
            return False
        # The row of a picture that could not be read may be another's by now.
        good = [self._rows[i] for i in range(block.start, block.stop) if i not in block.broken]
        return block.digest == _digest(self._images, good)


def _digest(images: NDArray[np.uint8], rows: Sequence[np.int64]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(np.ascontiguousarray(images[row]).data)
    return digest.hexdigest()


def _line(block: Block) -> str:
    return json.dumps(asdict(block), default=lambda number: number.item()) + "\n"  # NumPy's own


def _read(line: str) -> Block | None:
    try:
        return _FORM.validate_python(json.loads(line))
    except ValueError:
        return None
