"""Frozen features: h of every image, from an encoder in evaluation mode."""

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from ablation.data.pixels import Pixels

Transform = Callable[[Tensor], Tensor]  # of images (B, C, S, S) in [0, 1]; a Normalize is one

BLOCK = 512 * 32 * 32  # pixels per forward pass


@torch.no_grad()
def extract(encoder: nn.Module, pixels: Pixels, normalize: Transform) -> Tensor:
    """Return h, (N, d) float32, of pixels (N, C, S, S); the encoder is left as it was.

    Pixels are uint8, or, as views are, float in [0, 1].

    Example:
        >>> from ablation.data.device import Normalize
        >>> pixels = torch.zeros(3, 3, 8, 8, dtype=torch.uint8)
        >>> extract(nn.Flatten(), pixels, Normalize.of(pixels)).shape
        torch.Size([3, 192])
    """
    training = encoder.training
    encoder.eval()
    blocks = pixels.split(max(1, BLOCK // pixels[0, 0].numel()))
    h = [
        encoder(normalize(block.float() / 255 if block.dtype == torch.uint8 else block)).float()
        for block in blocks
    ]
    encoder.train(training)
    return torch.cat(h)


def effective_rank(h: Tensor) -> float:
    """Return the exponential of the entropy of the normalised singular values of centred features.

    Args:
        h: features, (N, d).

    Returns:
        A number in [1, d]; 1 if h does not vary at all, NaN if h is not finite (Roy and Vetterli, 2007).

    Example:
        >>> round(effective_rank(torch.cat([torch.eye(4), -torch.eye(4)])), 3)
        4.0
    """
    if not bool(h.isfinite().all()):
        return math.nan
    singular = torch.linalg.svdvals((h - h.mean(dim=0)).double())
    total = singular.sum()
    if total <= 1e-12:
        return 1.0
    return float(torch.special.entr(singular / total).sum().exp())


def fingerprint(encoder: nn.Module) -> str:
    """Return a SHA-256 of all weights and buffers, to show that an encoder has not changed.

    Example:
        >>> f = nn.Linear(2, 2)
        >>> before = fingerprint(f)
        >>> _ = f.weight.data.add_(1e-3)
        >>> before == fingerprint(f)
        False
    """
    digest = hashlib.sha256()
    for name, value in encoder.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


@contextmanager
def frozen(encoder: nn.Module | None) -> Iterator[None]:
    """Check that an encoder is the same after a `with` block as before it.

    Raises:
        RuntimeError: the encoder has changed, so that what was measured of it would be worthless.

    Example:
        >>> f = nn.Linear(2, 2)
        >>> with frozen(f):
        ...     _ = f(torch.zeros(1, 2))
    """
    before = None if encoder is None else fingerprint(encoder)
    yield
    if encoder is not None and fingerprint(encoder) != before:
        raise RuntimeError("evaluation changed the encoder, so its result would be worthless")
