"""Use: how much of an image's colour histogram its features tell (protocol: paper Figure 6 made a number)."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ablation.evaluate.histograms import joint
from ablation.evaluate.spectrum import spectrum
from ablation.shortcut.ridge import Parts, r2

Encode = Callable[[Tensor], Tensor]  # uint8 pixels (N, 3, S, S) -> features (N, d): h, or z

VARIANCE = 0.9  # of the histograms, that the principal components to be told hold


@dataclass(frozen=True)
class Use:
    """R² from features to the colour histogram, overall and within class, beside an untrained encoder's.

    An untrained encoder already tells much of the histogram, so what training made of it is `excess`.
    Within class, colour that tells the class no longer counts.
    """

    r2: float
    r2_within: float
    random_r2: float
    random_r2_within: float

    @property
    def excess(self) -> float:
        """R² above the random-initialised encoder's; below 0 where training gave colour up."""
        return self.r2 - self.random_r2

    @property
    def excess_within(self) -> float:
        """The same within class."""
        return self.r2_within - self.random_r2_within


@dataclass(frozen=True)
class HistogramTargets:
    """What features of some images are asked to tell: the same for every encoder, so built once.

    Example:
        >>> import torch
        >>> images = torch.randint(0, 256, (64, 3, 1, 1)).expand(64, 3, 8, 8).to(torch.uint8)
        >>> targets = HistogramTargets.of(images, labels=torch.arange(64) % 2)
        >>> targets.r2(torch.ones(64, 5))
        (0.0, 0.0)
    """

    components: Tensor  # (N, k) float64, leading principal components of q
    labels: Tensor  # (N,)
    parts: Parts

    @classmethod
    def of(cls, images: Tensor, labels: Tensor, seed: int = 0) -> "HistogramTargets":
        """Take the components of the square root of the joint histogram, fitted on the training part.

        Args:
            images: uint8, (N, 3, S, S), not seen in training.
            labels: their classes, (N,).
            seed: of the split: half are fitted on, a quarter choose the regularisation, a quarter report.
        """
        parts = Parts.of(labels, seed)
        return cls(principal_components(joint(images), parts.train), labels, parts)

    def r2(self, features: Tensor) -> tuple[float, float]:
        """Return R² overall and within class of features (N, d) of the same images: h or z."""
        return (
            r2(features, self.components, None, self.parts),
            r2(features, self.components, self.labels, self.parts),
        )


def color_use(encoder: Encode, reference: Encode, images: Tensor, labels: Tensor, seed: int = 0) -> Use:
    """Measure how much of the colour histogram an encoder's features tell.

    Args:
        encoder: uint8 pixels (N, 3, S, S) to features (N, d); any encoder, or encoder and head for z.
        reference: the same encoder as it was before training, batch norm calibrated.
        images: uint8, (N, 3, S, S), not seen in training; R² is reported on a quarter of them.
        labels: their classes, (N,).
        seed: of the split.

    Raises:
        ValueError: no class has four images.

    Example:
        >>> import torch
        >>> images = torch.randint(0, 256, (64, 3, 1, 1)).expand(64, 3, 8, 8).to(torch.uint8)
        >>> use = color_use(joint, joint, images, torch.arange(64) % 2)
        >>> use.excess, use.excess_within
        (0.0, 0.0)
    """
    targets = HistogramTargets.of(images, labels, seed)
    return Use(*targets.r2(encoder(images)), *targets.r2(reference(images)))


def principal_components(q: Tensor, train: Tensor, variance: float = VARIANCE) -> Tensor:
    """Turn rows into their leading principal components, as many as hold a share of the variance.

    Args:
        q: (N, d).
        train: rows that the components are fitted on.
        variance: the share of it that they hold, in (0, 1]; what is left are mostly single rare colours.

    Returns:
        float64, (N, k), k from 1 to d.

    Example:
        >>> import torch
        >>> q = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.1], [-1.0, -0.1]])
        >>> principal_components(q, torch.arange(4)).shape
        torch.Size([4, 1])
    """
    centered = q.double() - q[train].double().mean(dim=0)
    values, vectors = spectrum(centered[train].T @ centered[train])
    shares = values.flip(0).cumsum(0) / values.sum().clamp(min=1e-300)
    k = min(int((shares < variance).sum()) + 1, len(values))
    leading: Tensor = vectors.flip(1)[:, :k]
    return centered @ leading
