"""How a race went, as sentences and as a table."""

from dataclasses import dataclass

from ablation.results.numbers import cell_name, points
from ablation.results.stored.race import STAYS, EndedRung, RaceState, Runner, Why
from ablation.words import counted, listed

_NAMED = 6
_WHY: dict[Why, str] = {
    "best": "may be the best",
    "share": "stays: there was a place",
    "color": "answers for colour beside the leader",
    "closing": "is catching up with the leader",
    "kept": "stays to the end (race.keep)",
    "behind": "behind by more than ranks usually change",
    "full": "may be the best, but there was no place",
    "failed": "has no number",
}


def ended_words(race: RaceState, rungs: tuple[int, ...]) -> str:
    """Say in a line how the last rung ended, and which cells run on.

    Args:
        race: with a rung that has ended.
        rungs: the epochs of all its rungs.
    """
    rung = race.rungs[-1]
    ran = f"rung {len(race.rungs)} of {len(rungs)} ({counted(rung.epochs, 'epoch')}): " + counted(
        len(rung.cells), "cell"
    )
    if len(race.rungs) == len(rungs):
        return f"{ran}; {cell_name(rung.cells[0].pair)} leads"
    names = [cell_name(pair) for pair in rung.stay]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return f"{ran}, of which {counted(len(names), 'cell')} run on: {listed([*names[:_NAMED], *more])}"


def race_words(race: RaceState, rungs: tuple[int, ...]) -> tuple[str, ...]:
    """Say which cells ran how long, and on what grounds the others left."""
    if not race.rungs:
        return (f"A race to {rungs[-1]} epochs; its first rung has not ended yet.",)
    by_rung = [
        f"{counted(len(rung.cells), 'cell')} ran {counted(rung.epochs, 'epoch')}" for rung in race.rungs
    ]
    said = [f"This is a race: {listed(by_rung)}."]
    if len(race.rungs) < len(rungs):
        said.append(f"It has not ended: {len(race.rungs)} of {len(rungs)} rungs have.")
    inner = [one for rung in race.rungs if rung.epochs < rungs[-1] for one in rung.cells]
    counts = {why: sum(one.why == why for one in inner) for why in _WHY}
    left = [
        f"{counts['behind']} left behind by more than ranks usually change" if counts["behind"] else "",
        f"{counts['full']} left for want of a place, and may still be the best" if counts["full"] else "",
        f"{counts['failed']} left without a number" if counts["failed"] else "",
    ]
    if any(left):
        more = " (a greater race.share makes more places)" if counts["full"] else ""
        said.append(f"Of these, {'; '.join(one for one in left if one)}{more}.")
    if counts["closing"]:
        names = [cell_name(one.pair) for one in inner if one.why == "closing"]
        said.append(f"Kept because they were catching up: {listed([*dict.fromkeys(names)])}.")
    if counts["kept"]:
        names = [cell_name(one.pair) for one in inner if one.why == "kept"]
        said.append(f"Kept for comparison (race.keep): {listed([*dict.fromkeys(names)])}.")
    return tuple(said)


@dataclass(frozen=True)
class RungRow:
    """A cell on a rung, in words."""

    epochs: str
    cell: str
    gap: str
    margin: str
    closed: str
    why: str


def race_table(race: RaceState, rungs: tuple[int, ...]) -> list[RungRow]:
    """List every cell of every rung that has ended, the best of each first."""
    return [_row(rung, one, last=rung.epochs == rungs[-1]) for rung in race.rungs for one in rung.cells]


def _row(rung: EndedRung, one: Runner, *, last: bool) -> RungRow:
    return RungRow(
        str(rung.epochs),
        cell_name(one.pair),
        "–" if one.gap is None else f"{100 * one.gap:.1f}",
        "–" if one.margin is None else f"{100 * one.margin:.1f}",
        "–" if one.closed is None else points(one.closed),
        "" if last and one.why in STAYS else _WHY[one.why],
    )
