"""`ablation verify DIR`: what came out, a line for each job, or as JSON."""

import json
from collections.abc import Iterator

from ablation.results.findings.agreement_words import (
    agreement_json,
    agreement_words,
    machine_words,
    rounding_words,
    verdict_words,
)
from ablation.results.stored.damage import damage_words
from ablation.runner.verify import CHANGED, Verification
from ablation.words import counted


def verification_words(found: Verification) -> Iterator[str]:
    """Say which jobs ran again, on what machine, how each came out, and what that means."""
    again = f"{len(found.jobs)} of {counted(found.finished, 'finished job')} run again"
    yield f"{found.folder}: {again} (--seed {found.seed} chooses the same)"
    yield from damage_words(found.damaged)
    if found.others:
        yield f"not checked: {counted(found.others, 'result')} of no job of this grid; {CHANGED}"
    if not found.jobs:
        return
    yield machine_words(found.jobs)
    yield from map(agreement_words, found.jobs)
    if unstored := dict.fromkeys(name for one in found.jobs for name in one.unstored):
        yield f"not compared, because not every one of them is stored: {', '.join(unstored)}"
    yield verdict_words(found.jobs)
    yield from rounding_words(found.jobs)


def verification_json(found: Verification) -> str:
    """Write it as one JSON object."""
    values = {
        "folder": str(found.folder),
        "seed": found.seed,
        "finished": found.finished,
        "not_of_the_grid": found.others,
        "agrees": found.agrees,
        "bit_for_bit": found.exactly,
        "damaged": [str(one.path) for one in found.damaged],
        "jobs": [agreement_json(one) for one in found.jobs],
    }
    return json.dumps(values, ensure_ascii=False, indent=2)
