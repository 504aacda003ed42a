"""What an image's features tell of its colour histogram (paper Figure 6, made a number)."""

from dataclasses import dataclass
from math import isnan, nan

from torch import Tensor

from ablation.evaluate.histograms import joint
from ablation.evaluate.spectrum import spectrum
from ablation.shortcut.ridge import Parts, r2

R2 = tuple[float | None, float | None]  # overall, within class; None where there is none

LEAST = 16  # rows that R² within class is reported on
WHOLE = 0.2  # of the rows that a split by class must leave to report on; a quarter where classes are large
VARIANCE = 0.9  # of the histograms, that the principal components to be told hold


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
    parts: Parts  # for R² overall
    within: Parts | None  # for R² within class: each class split alike; None where classes are too small

    @classmethod
    def of(cls, images: Tensor, labels: Tensor, seed: int = 0) -> "HistogramTargets":
        """Take the components of the square root of the joint histogram, fitted on the training part.

        Args:
            images: uint8, (N, 3, S, S), not seen in training.
            labels: their classes, (N,).
            seed: of the split: half are fitted on, a quarter choose the regularisation, a quarter report.
        """
        of_classes = Parts.of(labels, seed)
        # Of classes of less than four images nothing is reported.
        whole = len(of_classes.test) >= WHOLE * len(labels)
        parts = of_classes if whole else Parts.of(labels.new_zeros(len(labels)), seed)
        within = of_classes if len(of_classes.test) >= LEAST else None
        return cls(principal_components(joint(images), parts.train), labels, parts, within)

    def r2(self, features: Tensor) -> R2:
        """Return R² overall and within class of features (N, d) of the same images: h or z.

        None where there is none: features that are not finite, images whose histograms are all alike, or
        too few images to report on (within class: 16 that are the fourth or so of their class).
        """
        overall = r2(features, self.components, None, self.parts) if len(self.parts.test) else nan
        in_class = r2(features, self.components, self.labels, self.within) if self.within else nan
        return (None if isnan(overall) else overall), (None if isnan(in_class) else in_class)


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
