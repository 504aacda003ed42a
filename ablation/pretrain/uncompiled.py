"""torch's own optimisers, without torch's compiler.

Nothing is compiled here. But the methods of `torch.optim` that a compiler would have to leave alone are
wrapped to tell it so, and to do that they import it: 160 MB and a second of every worker. `functools.wraps`
keeps what it wraps, so these classes call that; where a version of torch wraps nothing, they change nothing.
"""

import inspect
from collections.abc import Callable
from typing import Any

import torch


def _unwrapped(method: Any) -> Callable[..., Any]:
    plain: Callable[..., Any] = inspect.unwrap(method.__func__)
    return plain


class Optimizer(torch.optim.Optimizer):
    """`torch.optim.Optimizer`, for classes of one's own and to stand before torch's."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As torch's."""
        _unwrapped(super().add_param_group)(self, param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As torch's."""
        _unwrapped(super().zero_grad)(self, set_to_none)


class _Stepping(Optimizer):
    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """As torch's; without a closure."""
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
