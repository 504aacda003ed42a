"""Operations that a user might write, in a grid of real jobs."""

import os
from pathlib import Path

from torch import nn

from tests.faults.deeds import do_what_is_asked


class Unruly(nn.Module):
    """Leaves images as they are, but may do something in training."""

    def forward(self, images):
        if len(images) >= 32:  # not when it is tried on a few images
            do_what_is_asked(Path(os.environ["UNRULY"]))
        return images


class Nan(nn.Module):
    """Returns NaN in training, and nothing unusual when it is tried on a few images."""

    def forward(self, images):
        return images * float("nan") if len(images) >= 32 else images
