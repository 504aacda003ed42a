"""Did a job learn anything: ok, collapsed or diverged."""

from collections.abc import Sequence

from ablation.results.stored.record import Epoch, Outcome


def outcome(epochs: Sequence[Epoch], batch_size: int) -> Outcome:
    """Judge a job by its last epoch.

    diverged: the loss, or h, was not finite. collapsed: contrastive top-1 at chance (below twice
    1 / (2N - 1), the share a blind guess finds), or an effective rank of h under 2. Otherwise ok, as is
    every supervised job: with two classes a rank of 1 is all it needs.

    Example:
        >>> flat = Epoch(loss=5.5, contrastive_top1=0.004, effective_rank=1.2, images_per_second=1.0)
        >>> outcome([flat], batch_size=128)
        'collapsed'
    """
    if not epochs:
        return "ok"
    last = epochs[-1]
    if last.loss is None or last.effective_rank is None:
        return "diverged"
    if last.contrastive_top1 is None:
        return "ok"
    blind = last.contrastive_top1 < 2 / (2 * batch_size - 1)
    return "collapsed" if blind or last.effective_rank < 2 else "ok"
