"""The numbers that a verdict on colour rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

# Clearly above chance: no accident, and no trifle that many images make certain. A trifle is told by odds:
# 1.5 times chance itself would ask for 75 % with two classes, where colour that tells 65 % is much.
FLOOR_ERRORS = 3.0  # binomial standard errors above chance
FLOOR_ODDS = 1.5  # times the odds of chance: 60 % with two classes, 14.3 % with ten, 1.5 % with a hundred


@dataclass(frozen=True)
class Change:
    """A number of the cells A, and of the same A with colour distortion: means over A and seeds."""

    alone: float
    with_color: float

    @property
    def difference(self) -> float:
        """With colour distortion minus alone; of accuracies this is E."""
        return self.with_color - self.alone


@dataclass(frozen=True)
class Evidence:
    """The numbers that a verdict rests on; None where one is lacking."""

    accuracy: Change | None
    interval: tuple[float, float] | None  # 95 %, of E
    leak: Change | None  # chroma, bits
    use: Change | None  # R² of h above the random-initialised encoder's
    floor: float | None  # balanced accuracy of the colour histogram alone
    classes: int
    images: int
    effects: Mapping[str, float]  # E by A
    intervals: Mapping[str, tuple[float, float] | None]  # 95 %, of each of these
    seeds: tuple[int, ...]  # that E is of
    left_out: tuple[str, ...]  # each A and each seed that has gaps
    collapsed: int  # cells that count although they learnt nothing
    best: str | None = None  # the A with the highest accuracy without colour distortion

    @property
    def helped(self) -> list[str]:
        """Those A beside which colour distortion gains accuracy, by an interval of their own."""
        return [a for a, interval in self.intervals.items() if interval is not None and interval[0] > 0]

    @property
    def harmed(self) -> list[str]:
        """Those A beside which it costs accuracy."""
        return [a for a, interval in self.intervals.items() if interval is not None and interval[1] < 0]

    @property
    def floor_is_clear(self) -> bool:
        """Whether the colour histogram alone tells the class clearly better than chance."""
        if self.floor is None:
            return False
        chance = 1 / self.classes
        error = sqrt(chance * (1 - chance) / self.images)
        odds = self.floor * (1 - chance) / ((1 - self.floor) * chance) if self.floor < 1 else float("inf")
        return self.floor - chance > FLOOR_ERRORS * error and odds >= FLOOR_ODDS
