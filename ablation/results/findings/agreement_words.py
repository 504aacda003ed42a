"""What `ablation verify` found, in words: a line for each job, then what that means."""

from collections.abc import Sequence
from typing import Any

from ablation.results.findings.agreement import Agreement, Elements, Number
from ablation.words import counted, listed

_NUMBERS, _ARRAYS = 2, 2  # that are named


def agreement_words(found: Agreement) -> str:
    """Say in one line how a job came out when it ran again."""
    if found.error:
        return f"{found.name}: could not be run again ({found.error})"
    if found.verdict == "bit for bit":
        return f"{found.name}: agrees bit for bit"
    how = "agrees within rounding" if found.verdict == "within rounding" else "differs"
    return f"{found.name}: {how}: {', '.join([*found.contradictions, *_differences(found)])}"


def _differences(found: Agreement) -> list[str]:
    # Accuracies first; then in the order of the record.
    numbers = sorted(found.numbers, key=lambda one: not one.name.startswith("scores."))
    named = [_number_words(one) for one in numbers[:_NUMBERS]]
    arrays = [_elements_words(one) for one in found.arrays[:_ARRAYS]]
    more = len(numbers) - len(named)
    others = len(found.arrays) - len(arrays)
    rest = [f"{counted(more, 'other number')}"] if more else []
    return [*named, *arrays, *rest, *([counted(others, "other array")] if others else [])]


def _number_words(one: Number) -> str:
    name = one.name.removeprefix("scores.")
    values = [f"{value:.6g}" if isinstance(value, float) else str(value) for value in (one.stored, one.again)]
    if values[0] == values[1]:  # apart in digits that few read
        values = [str(one.stored), str(one.again)]
    return f"{name} {values[0]} against {'none' if one.again is None else values[1]}"


def _elements_words(one: Elements) -> str:
    return f"{one.differing:,} of {one.count:,} {one.name.replace('_', ' ')}"


def machine_words(found: Sequence[Agreement]) -> str:
    """Say whether this machine is like the one of the results, and how it is not."""
    differing = dict.fromkeys(one for agreement in found for one in agreement.machine.differing)
    untold = dict.fromkeys(one for agreement in found for one in agreement.machine.untold)
    if differing:
        return f"another machine than that of the results: {'; '.join(differing)}"
    if untold:
        told = listed([_NAMES.get(one, f"the version of {one}") for one in untold])
        return f"a machine like that of the results, as far as they say; they do not name {told}"
    return "a machine like that of the results: the same device, processor and versions"


def verdict_words(found: Sequence[Agreement]) -> str:
    """Count the jobs by how they came out, in one sentence."""
    said = []
    for verdict, (one, many) in _VERDICTS.items():
        if count := sum(agreement.verdict == verdict for agreement in found):
            said.append(f"{count} {one if count == 1 else many}")
    return f"{listed(said)}."


_NAMES = {"cpu": "the processor", "device": "the device"}
_VERDICTS = {
    "bit for bit": ("agrees bit for bit", "agree bit for bit"),
    "within rounding": ("agrees within rounding", "agree within rounding"),
    "differs": ("does not agree", "do not agree"),
}


def rounding_words(found: Sequence[Agreement]) -> list[str]:
    """Say what was taken for rounding, where anything was; none otherwise."""
    moved = [one for agreement in found for one in agreement.moved if one.by or one.limit]
    if not moved:
        return []
    most = max(moved, key=lambda one: abs(one.by) / one.limit if one.limit else 0.0)
    return [
        "Accuracies may move as far as rounding moves them, given how many predictions it turns: "
        f"{most.name} by {most.by * 100:+.2f} points, of {most.limit * 100:.2f}, is the furthest. "
        "Other numbers of jobs that train were not judged."
    ]


def agreement_json(found: Agreement) -> dict[str, Any]:
    """Return it as plain JSON values."""
    return {
        "job": found.name,
        "id": found.id,
        "verdict": found.verdict,
        "machine": {"differing": found.machine.differing, "untold": found.machine.untold},
        "numbers": {one.name: {"stored": one.stored, "again": one.again} for one in found.numbers},
        "arrays": {one.name: {"differing": one.differing, "of": one.count} for one in found.arrays},
        "contradictions": found.contradictions,
        "not_stored": found.unstored,
        "moved": {one.name: {"by": one.by, "limit": one.limit} for one in found.moved},
        "error": found.error or None,
    }
