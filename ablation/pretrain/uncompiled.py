"""torch's own optimisers, without torch's compiler.

Nothing is compiled here. But `torch.optim` wraps the methods that a compiler must leave alone, and the
wrapper imports the compiler, which costs every worker 150 MB and over a second (measured with torch 2.14).
`functools.wraps` keeps the wrapped method, so these classes call that one. With a torch that wraps nothing,
they change nothing.
"""

import inspect
from collections.abc import Callable
from typing import Any

import torch


def _unwrapped(method: Any) -> Callable[..., Any]:
    plain: Callable[..., Any] = inspect.unwrap(method.__func__)
    return plain


class Optimizer(torch.optim.Optimizer):
    """`torch.optim.Optimizer`, as a base for our own optimisers, and placed before torch's."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As torch's."""
        _unwrapped(super().add_param_group)(self, param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As torch's."""
        _unwrapped(super().zero_grad)(self, set_to_none)


class _Stepping(Optimizer):
    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """As torch's, but without a closure."""
        _unwrapped(super().step)(self, closure)


class AdamW(_Stepping, torch.optim.AdamW):
    """`torch.optim.AdamW`."""


class Adam(_Stepping, torch.optim.Adam):
    """`torch.optim.Adam`."""


class SGD(_Stepping, torch.optim.SGD):
    """`torch.optim.SGD`."""


class LBFGS(Optimizer, torch.optim.LBFGS):
    """`torch.optim.LBFGS`."""

    def step(self, closure: Callable[[], torch.Tensor]) -> None:  # type: ignore[override]
        """As torch's; `closure` sets the gradients and returns the loss."""
        super().step(closure)  # type: ignore[no-untyped-call]
