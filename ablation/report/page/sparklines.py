"""Small curves of one cell, as points of SVG lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from ablation.results.metrics import METRICS, Metric
from ablation.results.stored.record import Epoch

WIDTH, HEIGHT = 150, 60
_FORMS = {"loss": "{:.2f}", "contrastive_top1": "{:.0f} %", "effective_rank": "{:.1f}"}


@dataclass(frozen=True)
class Sparkline:
    """Lines in a box of 150 by 60, one a seed."""

    title: str
    epochs: int
    lines: list[str]  # of `points`
    low: str
    high: str
    last: str  # where they end, the mean


def sparklines(runs: Sequence[Sequence[Epoch]]) -> list[Sparkline]:
    """Draw loss, contrastive top-1 and effective rank of each run by epoch, as far as there are numbers.

    Example:
        >>> epochs = [Epoch(loss=2.0, contrastive_top1=0.5, effective_rank=None, images_per_second=1.0)] * 2
        >>> [(line.title, line.last) for line in sparklines([epochs])]
        [('loss', '2.00'), ('contrastive top-1', '50 %')]
    """
    drawn = (
        _sparkline(METRICS[name], [[getattr(epoch, name) for epoch in epochs] for epochs in runs], form)
        for name, form in _FORMS.items()
    )
    return [one for one in drawn if one is not None]


def _sparkline(metric: Metric, curves: Sequence[Sequence[float | None]], form: str) -> Sparkline | None:
    known = [value for curve in curves for value in curve if value is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    span = high - low or 1.0
    scale = 100 if metric.unit == "%" else 1
    epochs = max(map(len, curves))

    def points(curve: Sequence[float | None]) -> str:
        return " ".join(
            f"{WIDTH * place / max(1, epochs - 1):.0f},{HEIGHT - HEIGHT * (value - low) / span:.1f}"
            for place, value in enumerate(curve)
            if value is not None
        )

    ends = [curve[-1] for curve in curves if curve and curve[-1] is not None]
    mean = sum(end for end in ends if end is not None) / len(ends) if ends else known[-1]
    return Sparkline(
        metric.words, epochs, [points(curve) for curve in curves if curve], form.format(scale * low),
        form.format(scale * high), form.format(scale * mean),
    )  # fmt: skip
