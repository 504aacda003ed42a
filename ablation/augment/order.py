"""The order in which a job takes its images: each by itself, or several frames of a clip side by side."""

import torch
from torch import Tensor

from ablation.augment.neighbours import Clips


def shuffled(
    n: int, order: torch.Generator, clips: Clips | None = None, together: int | None = None
) -> Tensor:
    """Return the indices of n images in a random order.

    Args:
        n: how many images there are.
        order: the generator, which goes on from epoch to epoch.
        clips: of these images, if they are frames.
        together: how many frames of a clip follow each other; those left over in a clip are left out. None:
            all images, each by itself.

    Example:
        >>> clips = Clips.of(torch.tensor([0, 0, 0, 1, 1]))
        >>> rows = shuffled(5, torch.Generator().manual_seed(0), clips, together=2)
        >>> clips.first[rows].tolist()
        [3, 3, 0, 0]
    """
    drawn = torch.randperm(n, generator=order)
    if together is None or clips is None:
        return drawn
    first, end = clips.first.to(drawn.device), clips.end.to(drawn.device)
    by_clip = drawn[first[drawn].argsort(stable=True)]  # clip after clip, frames as they were drawn
    rank = torch.arange(n) - first[by_clip]
    whole = rank < (end - first)[by_clip] // together * together
    sets = by_clip[whole].view(-1, together)
    return sets[torch.randperm(len(sets), generator=order)].flatten()
