"""One job on several devices: each process, a rank, passes its part of every batch through the encoder.

All ranks make the same views, gather the h of all, and compute the head, the objective, its teacher and its
queue for the whole batch. So an objective needs to know nothing of ranks. The gradient of every rank's loss
passes through the gathering to the rows of the others; their average over the ranks is that of one process.
"""

from collections.abc import Iterable
from copy import deepcopy
from itertools import chain
from typing import Any, cast

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from ablation.errors import DeviceError
from ablation.pretrain.network import Network


def divided(net: Network, ranks: int) -> Network:
    """Return a network that divides each batch among the ranks, and trains the very weights of another.

    Args:
        net: f and g; without batch statistics other than those of torch's own batch norm.
        ranks: how many processes a job has; 1 returns the network itself.

    Raises:
        DeviceError: there are not that many.

    Example:
        >>> from ablation.grid.recipe import Pretrain
        >>> from ablation.pretrain.network import initial
        >>> net = initial(Pretrain(width=8), seed=0, device=torch.device("cpu"))
        >>> divided(net, ranks=1) is net
        True
    """
    if ranks == 1:
        return net
    present = dist.get_world_size() if dist.is_initialized() else 1
    if present != ranks:
        raise DeviceError(
            f"pretrain.world_size = {ranks}: each job needs as many processes; start the run with "
            f"torchrun --nproc-per-node {ranks} -m ablation run GRID, or set it to 1"
        )
    # New modules around the same tensors: the network that is evaluated keeps its own batch norm.
    same: dict[int, Any] = {id(tensor): tensor for tensor in chain(net.parameters(), net.buffers())}
    copy = deepcopy(net, same)
    for module in [*copy.encoder.modules()]:
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
                setattr(module, name, SharedNorm(child))
    encoder: Any = Divided(copy.encoder)
    return Network(encoder, copy.head, net.projection, net.precision)


class Divided(nn.Module):
    """An encoder that, in training, sees this rank's part of a batch, and returns what all ranks made of it.

    Args:
        encoder: f, whose batch norm is shared.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.dimension = cast(int, encoder.dimension)

    def forward(self, x: Tensor) -> Tensor:
        """Return h of the whole batch, (N, d); N is a multiple of the number of ranks."""
        if not self.training:
            return cast(Tensor, self.encoder(x))
        return gathered(self.encoder(_own(x)))

    def tokens(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return tokens of the whole batch, (N, T, d), as the encoder's own `tokens` does."""
        tokens: Any = self.encoder.tokens
        if not self.training:
            return cast(Tensor, tokens(x, keep))
        return gathered(tokens(_own(x), None if keep is None else _own(keep)))


class SharedNorm(nn.Module):
    """Batch norm whose statistics are those of all ranks, which have equally many rows.

    `torch.nn.SyncBatchNorm` does the same, but on CUDA only.

    Args:
        norm: whose weights and running statistics it shares.
    """

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        """Return x, (N, C, ...), normalised channel by channel."""
        norm = self.norm
        if not self.training:
            return cast(Tensor, norm(x))
        means, variances = gathered(torch.stack(_Moments.apply(x))[None]).unbind(1)  # (ranks, C) each
        mean = means.mean(dim=0)
        variance = (variances + (means - mean).square()).mean(dim=0)
        self._remember(mean.detach(), variance.detach(), x.numel() // len(mean) * len(means))
        scale = norm.weight * (variance + norm.eps).rsqrt()
        # As one affine map, whose gradient torch computes in one pass. Around the mean: more exact.
        centre = mean.detach()
        shift = norm.bias - (mean - centre) * scale
        return F.batch_norm(x, centre, torch.ones_like(centre), scale, shift, training=False, eps=0.0)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, n: int) -> None:
        norm = self.norm
        assert norm.running_mean is not None
        assert norm.running_var is not None
        assert norm.num_batches_tracked is not None
        assert norm.momentum is not None
        norm.num_batches_tracked.add_(1)
        norm.running_mean.lerp_(mean, norm.momentum)
        norm.running_var.lerp_(variance * (n / (n - 1)), norm.momentum)


class _Moments(torch.autograd.Function):
    """Mean and variance of each channel of x, (C,) each; the variance is the biased one.

    `torch.var_mean` is twenty times slower where channels come last.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return both."""
        n, precise = x.numel() // x.shape[1], torch.promote_types(x.dtype, torch.float32)
        mean, variance = x.new_zeros(2, x.shape[1], dtype=precise)
        F.batch_norm(x, mean, variance, training=True, momentum=1.0)
        ctx.save_for_backward(x, mean)
        return mean, variance * ((n - 1) / n)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        """Return the gradient of x: of each channel an affine map of x."""
        x, mean = ctx.saved_tensors
        of_mean, of_variance = (one / (x.numel() // x.shape[1]) for one in gradients)
        one = torch.ones_like(mean)
        return F.batch_norm(x, mean, one, 2 * of_variance, of_mean, training=False, eps=0.0)


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        parts = [torch.empty_like(x) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, x)
        return torch.cat(parts)

    @staticmethod
    def backward(_: Any, *gradients: Tensor) -> Tensor:
        # Every rank has a loss, and each depends on the rows of all.
        gradient = gradients[0].to(torch.promote_types(gradients[0].dtype, torch.float32), copy=True)
        dist.all_reduce(gradient)
        return _own(gradient).to(gradients[0].dtype)


def gathered(x: Tensor) -> Tensor:
    """Return the rows of all ranks, rank by rank; the gradient is the sum of those of every rank's loss.

    Args:
        x: this rank's, (n, ...); equally many on each.

    Returns:
        (ranks n, ...).
    """
    rows: Tensor = _Gathered.apply(x.contiguous())
    return rows


def average_gradients(modules: Iterable[nn.Module]) -> None:
    """Replace the gradients of all weights by their averages over the ranks, in one message."""
    gradients = [p.grad for module in modules for p in module.parameters() if p.grad is not None]
    together = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(together)
    together.div_(dist.get_world_size())
    parts = together.split([gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def _own(x: Tensor) -> Tensor:
    """Return this rank's part of what all ranks have, (N, ...)."""
    ranks = dist.get_world_size()
    if len(x) % ranks:
        raise ValueError(f"{len(x)} rows cannot be divided among {ranks} ranks")
    return x.chunk(ranks)[dist.get_rank()]
