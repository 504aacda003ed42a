"""Histograms of images that are not RGB: on the leading principal components of their pixels."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from ablation.data.channels import RGB
from ablation.data.pixels import Pixels
from ablation.evaluate.histograms import BINS, HISTOGRAMS, Histogram, histogram
from ablation.evaluate.spectrum import spectrum
from ablation.results.stored.color import HistogramName

IMAGES, PIXELS = 1024, 64  # at most, that the components are fitted on; of each image, about
TAILS = 0.005  # share of those pixels that lie beyond the first and the last bin's edges, on either side
JOINT, CHROMA = 3, 2  # components, at most


def histograms_of(images: Pixels) -> Mapping[HistogramName, Histogram]:
    """Return the histograms of images of any channels C; those of RGB are `HISTOGRAMS`.

    Otherwise `joint` is of the three leading principal components of the pixels, `intensity` of their mean
    over the channels, and `chroma` of the two leading components of what is left without that mean: eight
    bins each, evenly between the 0.5 % and 99.5 % quantiles. With fewer channels there are fewer components,
    and a single channel has no chroma: all pixels are in one bin.

    Args:
        images: uint8, (N, C, S, S), that the components are fitted on.

    Example:
        >>> images = torch.randint(0, 256, (9, 13, 8, 8), dtype=torch.uint8)
        >>> {name: histogram(images).shape[1] for name, histogram in histograms_of(images).items()}
        {'joint': 512, 'intensity': 8, 'chroma': 64}
    """
    channels = images.shape[1]
    if channels == RGB:
        return HISTOGRAMS
    pixels = _pixels(images)  # (P, C)
    mean = torch.full((channels, 1), 1 / channels, dtype=torch.float64)
    rest = torch.eye(channels, dtype=torch.float64) - 1 / channels  # takes the mean away
    joint = _components(pixels, min(JOINT, channels))
    chroma = rest @ _components(pixels @ rest, min(CHROMA, max(1, channels - 1)))
    return MappingProxyType(
        {
            "joint": _Binned.of(joint, pixels, images.device),
            "intensity": _Binned.of(mean, pixels, images.device),
            "chroma": _Binned.of(chroma, pixels, images.device),
        }
    )


@dataclass(frozen=True)
class _Binned:
    """The square root of the normalised histogram of some axes: (N, C, S, S) to (N, 8^k)."""

    axes: Tensor  # (C, k)
    low: Tensor  # (k, 1, 1), of the first bin's edge
    width: Tensor  # (k, 1, 1), of all bins together

    @classmethod
    def of(cls, axes: Tensor, pixels: Tensor, device: torch.device) -> "_Binned":
        low, high = (torch.quantile(pixels @ axes, q, dim=0) for q in (TAILS, 1 - TAILS))
        width = (high - low).clamp(min=1 / 255)  # one step of eight bits
        return cls(*(x.float().to(device) for x in (axes, low[:, None, None], width[:, None, None])))

    def __call__(self, x: Pixels) -> Tensor:
        """Return the histograms of views, float in [0, 1] or uint8."""
        return histogram(x, self._bins, BINS ** self.axes.shape[1])

    def _bins(self, x: Tensor) -> Tensor:
        x = x.float() / 255 if x.dtype == torch.uint8 else x
        index = torch.zeros(len(x), *x.shape[2:], dtype=torch.int32, device=x.device)
        along = torch.einsum("nchw,ck->nkhw", x, self.axes)
        for bins in ((along - self.low) / self.width * BINS).int().clamp_(0, BINS - 1).unbind(1):
            index.mul_(BINS).add_(bins)
        return index  # (N, S, S)


def _pixels(images: Pixels) -> Tensor:
    """Take some pixels of some images, evenly spaced: (P, C) float64 in [0, 1], on the CPU."""
    some = images[:: -(-len(images) // IMAGES)].flatten(2)  # (N, C, S S)
    step = max(1, some.shape[2] // PIXELS)
    return some[:, :, step // 2 :: step].movedim(1, 2).flatten(0, 1).cpu().double() / 255


def _components(pixels: Tensor, count: int) -> Tensor:
    """Return the leading principal components of pixels (P, C), each with a positive sum: (C, count)."""
    centred = pixels - pixels.mean(dim=0)
    vectors = spectrum(centred.T @ centred)[1].flip(1)[:, :count]
    return vectors * torch.where(vectors.sum(dim=0) < 0, -1.0, 1.0)
