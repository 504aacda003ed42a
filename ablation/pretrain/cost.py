"""What an encoder costs: its parameters, and the operations of one image."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Cost:
    """Parameters of an encoder, and floating-point operations of one image forward through it."""

    parameters: int
    flops: int | None  # a multiplication and an addition are two; None where torch cannot count them


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
    try:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            encoder(torch.zeros(1, channels, size, size, device=device))
        flops = counter.get_total_flops()
    except Exception:  # somebody else's code may do what cannot be traced
        flops = None
    encoder.train(training)
    return Cost(parameters, flops)
