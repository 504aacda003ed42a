"""Projection heads g, from representations h to projections z (Figure 8)."""

from torch import nn

from ablation.grid.recipe import Pretrain


def build_head(dimension: int, settings: Pretrain) -> nn.Module:
    """Build g for h of a given dimension: nothing, a linear map, or the paper's two-layer MLP.

    Returns:
        A module from (N, d) to (N, p), where p is `settings.projection`, or d without a head.

    Example:
        >>> import torch
        >>> build_head(64, Pretrain(head="mlp", projection=128))(torch.zeros(4, 64)).shape
        torch.Size([4, 128])
    """
    if settings.head == "none":
        return nn.Identity()
    if settings.head == "linear":
        return nn.Linear(dimension, settings.projection)
    return nn.Sequential(
        nn.Linear(dimension, dimension, bias=False),
        nn.BatchNorm1d(dimension),
        nn.ReLU(inplace=True),
        nn.Linear(dimension, settings.projection),
    )
