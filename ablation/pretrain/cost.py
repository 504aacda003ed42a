"""What an encoder costs: its parameters, and the operations of one image."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


@dataclass(frozen=True)
class Cost:
    """Parameters of an encoder, and floating-point operations of one image forward through it.

    A multiplication and an addition are two operations. Convolutions, products of matrices and attention are
    counted, and nothing else, as is usual.
    """

    parameters: int
    flops: int | None  # None where the encoder does not take a single image


def cost_of(encoder: nn.Module, channels: int, size: int) -> Cost:
    """Count what an encoder costs; it is left as it was.

    Args:
        encoder: of normalised images (N, C, S, S).
        channels: C.
        size: S.

    Example:
        >>> cost_of(nn.Sequential(nn.Flatten(), nn.Linear(48, 10)), channels=3, size=4)
        Cost(parameters=490, flops=960)
    """
    parameters = sum(one.numel() for one in encoder.parameters())
    training = encoder.training
    encoder.eval()
    device = next((one.device for one in encoder.parameters()), torch.device("cpu"))
    flops: int | None = None
    try:
        with _Counter() as counter, torch.no_grad():
            encoder(torch.zeros(1, channels, size, size, device=device))
        flops = counter.flops
    except Exception:  # somebody else's code may need more than one image
        flops = None
    encoder.train(training)
    return Cost(parameters, flops)


def _convolution(y: Tensor, _: Tensor, weight: Tensor, *__: Any) -> int:
    return 2 * y.numel() * prod(weight.shape[1:])


def _product(y: Tensor, x: Tensor, *_: Any) -> int:
    return 2 * y.numel() * x.shape[-1]


def _attention(y: Tensor, q: Tensor, k: Tensor, *_: Any) -> int:
    # As many keys for each query: dot products of their channels, then a mean of values.
    return 2 * prod(q.shape[:-1]) * k.shape[-2] * (q.shape[-1] + y.shape[-1])


_COUNTED: Mapping[Any, Callable[..., int]] = MappingProxyType(
    {
        **dict.fromkeys((F.conv1d, F.conv2d, F.conv3d), _convolution),
        **dict.fromkeys((F.linear, torch.matmul, torch.bmm, torch.mm, Tensor.matmul, Tensor.bmm), _product),
        Tensor.__matmul__: _product,
        F.scaled_dot_product_attention: _attention,
    }
)


class _Counter(TorchFunctionMode):
    """Counts operations; torch's own counter imports the compiler, which takes 150 MB of every worker."""

    flops = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        result = func(*args, **(kwargs or {}))
        if count := _COUNTED.get(func):
            named = [
                (kwargs or {})[name]
                for name in ("input", "weight", "other", "query", "key")
                if name in (kwargs or {})
            ]
            self.flops += count(result, *args, *named)
        return result
