"""Optimisers and the learning-rate schedule: warm-up, then cosine (Appendix B.1, B.9)."""

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ablation.grid.recipe import Pretrain
from ablation.pretrain.uncompiled import SGD, AdamW, Optimizer


class LARS(Optimizer):
    """SGD with momentum, with steps scaled layer by layer (You et al., 2017, as in SimCLR's code).

    Groups with `adapt = False` (biases, batch norm) take plain steps, as in the paper's section 2.2.

    Args:
        params: parameters or groups.
        lr: the global learning rate.
        momentum: momentum of the velocity, in [0, 1).
        weight_decay: added to the gradient before the scaling.
        trust: the trust coefficient.

    Example:
        >>> w = nn.Parameter(torch.ones(4))
        >>> optimizer = LARS([w], lr=1.0, trust=0.001)
        >>> w.grad = torch.ones(4)
        >>> optimizer.step()
        >>> [round(v, 4) for v in w.tolist()]  # a step of 0.001 |w| / |g|
        [0.999, 0.999, 0.999, 0.999]
    """

    def __init__(
        self, params: Any, lr: float, momentum: float = 0.9, weight_decay: float = 0.0, trust: float = 0.001
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "trust": trust, "adapt": True},
        )

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Take one step; `closure` is not supported."""
        if closure is not None:
            raise NotImplementedError("LARS does not support a closure")
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                gradient = parameter.grad + group["weight_decay"] * parameter
                if group["adapt"]:
                    gradient = gradient * _trust_ratio(parameter, gradient, group["trust"])
                velocity = self.state[parameter].setdefault("velocity", torch.zeros_like(parameter))
                velocity.mul_(group["momentum"]).add_(gradient, alpha=group["lr"])
                parameter.sub_(velocity)


def _trust_ratio(parameter: Tensor, gradient: Tensor, trust: float) -> Tensor:
    w, g = parameter.norm(), gradient.norm()
    # torch.where, not if: a comparison in Python would wait for the device
    return torch.where((w > 0) & (g > 0), trust * w / g, torch.ones_like(w))


def build_optimizer(modules: Iterable[nn.Module], settings: Pretrain) -> Optimizer:
    """Build the optimiser for all parameters; biases and batch norm are neither decayed nor adapted."""
    parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
    matrices = [p for p in parameters if p.ndim > 1]
    vectors = [p for p in parameters if p.ndim <= 1]
    groups: list[dict[str, Any]] = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    rate = peak_rate(settings)
    if settings.optimizer == "lars":
        groups[1]["adapt"] = False
        return LARS(groups, lr=rate)
    if settings.optimizer == "sgd":
        return SGD(groups, lr=rate, momentum=0.9, nesterov=True, fused=True)
    return AdamW(groups, lr=rate, fused=True)


def peak_rate(settings: Pretrain) -> float:
    """Return the learning rate at the end of the warm-up, scaled by the batch size (Appendix B.1).

    Example:
        >>> paper = {"optimizer": "lars", "batch_size": 1024}
        >>> peak_rate(Pretrain(learning_rate=0.3, scaling="linear", **paper))
        1.2
        >>> round(peak_rate(Pretrain(learning_rate=0.075, scaling="sqrt", **paper)), 6)
        2.4
    """
    scale = {"none": 1.0, "linear": settings.batch_size / 256, "sqrt": math.sqrt(settings.batch_size)}
    return settings.learning_rate * scale[settings.scaling]


def rate_at(step: int, steps: int, settings: Pretrain) -> float:
    """Return the learning rate at a step: linear warm-up, then half a cosine to zero.

    Example:
        >>> job = Pretrain(learning_rate=1.0, warmup=0.1)
        >>> [round(rate_at(step, 100, job), 3) for step in (0, 4, 9, 10, 55, 99)]
        [0.1, 0.5, 1.0, 1.0, 0.5, 0.0]
    """
    peak = peak_rate(settings)
    rising = round(settings.warmup * steps)
    if step < rising:
        return peak * (step + 1) / rising
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))
