"""What validation needs to know of a grid file besides its text; given to pydantic as its context."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ablation.grid.settings import Settings


class Inspect(Protocol):
    """Looks at code that is not ours, before anything is run (`ablation.pretrain.inspect`)."""

    def __call__(self, foreign: Settings, size: int, channels: int) -> Mapping[str, str]:
        """Say what is wrong with an operation or an encoder on images of so many pixels a side.

        Returns:
            Problems by the setting or the argument, "" for the whole.
        """


@dataclass(frozen=True)
class Context:
    """Where a grid file lies, what images it is for, and who looks at what is not built in."""

    folder: Path  # where the grid file lies
    size: int = 32  # pixels a side
    channels: int = 3  # of the images, if the grid says so
    inspect: Inspect | None = None
