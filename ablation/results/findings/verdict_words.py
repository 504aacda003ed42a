"""A verdict on colour as sentences: its numbers, what is missing, and the conclusion."""

from collections.abc import Mapping

from ablation.results.findings.evidence import Evidence
from ablation.results.metrics import Metric
from ablation.results.numbers import counted_seeds, points, written
from ablation.words import counted


def sentences(evidence: Evidence, metric: Metric, conclusion: str, epochs: int | None = None) -> str:
    """Describe the evidence, with E a difference in `metric`, then give the conclusion.

    Args:
        evidence: of a grid.
        metric: an accuracy.
        conclusion: from the rule.
        epochs: of the jobs for which it holds; None: not known.
    """
    accuracy, leak, use, floor = evidence.accuracy, evidence.leak, evidence.use, evidence.floor
    if accuracy is None:
        return conclusion
    seeds = counted_seeds(len(evidence.seeds))
    if evidence.interval is not None:
        seeds = f"95 % interval {' to '.join(map(points, evidence.interval))}, {seeds}"
    in_jobs = "" if epochs is None else f"In jobs of {counted(epochs, 'epoch')}, "
    subject = f"{in_jobs}{'c' if in_jobs else 'C'}olour distortion"
    numbers = [
        f"{subject} changes {metric.phrase} by {points(accuracy.difference)} points "
        f"({seeds}; {_spread(evidence.effects)})"
    ]
    if leak is not None:
        numbers.append(f"chroma leak goes from {_bits(leak.alone)} to {_bits(leak.with_color)} bits")
    if use is not None:
        numbers.append(
            f"use of colour (R²) goes from {written(use.alone, '+.3f')} to {written(use.with_color, '+.3f')}"
        )
    if floor is not None:
        chance = 100 / evidence.classes
        numbers.append(f"a colour histogram alone reaches {100 * floor:.1f} % (chance {chance:.1f} %)")
    named = {"chroma leak": leak, "use of colour": use, "the colour-histogram floor": floor}
    lacking = ", ".join(name for name, number in named.items() if number is None)
    return " ".join(
        ["; ".join(numbers) + "."]
        + [f"Missing: {lacking}."] * bool(lacking)
        + [f"Left out because of gaps: {', '.join(evidence.left_out)}."] * bool(evidence.left_out)
        + [f"Collapsed cells included: {evidence.collapsed}."] * bool(evidence.collapsed)
        + [conclusion]
    )


def unsettled_words(epochs: int, longest: int) -> str:
    """Say that a race to longer jobs cannot call colour a signal, because its cells left before the end."""
    return (
        f"Not settled: distortion costs accuracy in jobs of {counted(epochs, 'epoch')}, but the race goes to "
        f"{longest}, and too few cells with and without it have run that long."
    )


def beside_best_words(evidence: Evidence) -> str:
    """Say what distortion does beside the augmentation that is best alone, where that is known by itself.

    The best policies are made with that one, and a mean over all augmentations can hide it.
    """
    best = evidence.best
    interval = evidence.intervals.get(best) if best else None
    if best is None or interval is None or len(evidence.effects) == 1 or interval[0] <= 0 <= interval[1]:
        return ""
    does, effect = ("gains" if interval[0] > 0 else "costs"), abs(100 * evidence.effects[best])
    return (
        f"; but beside {best}, which is best alone, distortion {does} {effect:.1f} points "
        f"({' to '.join(map(points, interval))})"
    )


def _spread(effects: Mapping[str, float]) -> str:
    # The mean hides it where distortion helps one augmentation and harms another.
    least, most = min(effects, key=effects.__getitem__), max(effects, key=effects.__getitem__)
    if len(effects) == 1:
        return f"with {most}"
    ends = f"from {points(effects[least])} with {least} to {points(effects[most])} with {most}"
    return f"mean over {len(effects)} augmentations, {ends}"


def _bits(bits: float) -> str:
    return f"{round(bits, 2) + 0.0:.2f}"  # a little below 0 is 0.00 and not -0.00
