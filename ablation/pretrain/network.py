"""What is pretrained: an encoder f and its projection head g."""

from typing import Protocol, cast, runtime_checkable

import torch
from torch import Tensor, nn

from ablation.grid.recipe import Pretrain
from ablation.pretrain.encoders import build_encoder
from ablation.pretrain.heads import build_head
from ablation.seeds import seeded


@runtime_checkable
class Encoder(Protocol):
    """Maps normalised images (N, C, S, S) to h (N, d); any module that knows its d."""

    dimension: int  # d

    def __call__(self, x: Tensor) -> Tensor:
        """Return h, (N, d)."""


@runtime_checkable
class TokenEncoder(Encoder, Protocol):
    """An encoder that also represents parts of an image: patches, or the positions of its last stage."""

    def tokens(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return tokens (N, T, d): all of them, or only those with the indices `keep`, (N, T)."""


class Network(nn.Module):
    """f and g in one module: normalised images (N, C, S, S) to h (N, d) and z (N, p).

    Args:
        encoder: f, a module.
        head: g, of d dimensions to p.
        projection: p.
        precision: `bf16` computes both in bfloat16 with autocast; the weights stay float32.

    Example:
        >>> net = initial(Pretrain(width=8), seed=0, device=torch.device("cpu"))
        >>> h, z = net(torch.zeros(2, 3, 32, 32))
        >>> h.shape, z.shape
        (torch.Size([2, 32]), torch.Size([2, 128]))
    """

    def __init__(
        self, encoder: Encoder, head: nn.Module, projection: int, precision: str = "float32"
    ) -> None:
        super().__init__()
        self.encoder = cast(nn.Module, encoder)
        self.head = head
        self.dimension = encoder.dimension
        self.projection = projection
        self.precision = precision

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return h and z."""
        with self.autocast(x.device):
            h = self.encoder(x)  # (N, d)
            return h, self.head(h)  # (N, p)

    def autocast(self, device: torch.device) -> torch.autocast:
        """Autocast to bfloat16, but only if the precision is `bf16`."""
        return torch.autocast(device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")


def initial(
    settings: Pretrain, seed: int, device: torch.device, channels: int = 3, size: int = 32
) -> Network:
    """Build f and g with the weights of a seed, or those that f starts from: the same for every cell of it.

    Example:
        >>> net = initial(Pretrain(width=8), seed=0, device=torch.device("cpu"))
        >>> same = initial(Pretrain(width=8), seed=0, device=torch.device("cpu"))
        >>> all(torch.equal(a, b) for a, b in zip(net.parameters(), same.parameters()))
        True
    """
    with seeded(torch.device("cpu"), seed, "weights"):
        encoder = cast(Encoder, build_encoder(settings, channels, size))
        head = build_head(encoder.dimension, settings)
    projection = encoder.dimension if settings.head == "none" else settings.projection
    return Network(encoder, head, projection, settings.precision).to(device)
