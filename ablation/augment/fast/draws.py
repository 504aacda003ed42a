"""Kornia's own draws: the only place that asks its operations for parameters."""

from typing import Any

from torch import Tensor


def drawn(operation: Any, shape: tuple[int, ...]) -> dict[str, Tensor]:
    """Draw what a Kornia operation draws for a batch of a given shape; the tensors are on the CPU.

        Kornia draws there whatever the images' device is, so reading a draw never waits for a GPU.
    ----

        Example:
            >>> import kornia.augmentation as K
            >>> sorted(drawn(K.RandomRotation90(times=(0, 3)), (4, 3, 32, 32)))
            ['batch_prob', 'forward_input_shape', 'times']
    """
    parameters: dict[str, Tensor] = operation.forward_parameters(shape)
    return parameters


def applied(parameters: dict[str, Tensor]) -> Tensor:
    """Return which images an operation's `p` chose, (N,) bool."""
    return parameters["batch_prob"] > 0.5
