"""What an image's features tell about its colour histogram (paper Figure 6, as a number)."""

from dataclasses import dataclass
from math import isnan, nan

from torch import Tensor

from ablation.evaluate.channel_histograms import histograms_of
from ablation.evaluate.spectrum import spectrum
from ablation.shortcut.ridge import Parts, r2

R2 = tuple[float | None, float | None]  # overall, within class; None if it is not defined

LEAST = 16  # fewest rows on which R² within class is reported
WHOLE = 0.2  # least share of rows that a split by class must leave to report on; a quarter for large classes
VARIANCE = 0.9  # share of the histograms' variance in the principal components that are the targets


@dataclass(frozen=True)
class HistogramTargets:
    """What features of some images are asked to predict: the same for every encoder, so built once.

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
    within: Parts | None  # for R² within class: each class split alike; None if classes are too small

    @classmethod
    def of(cls, images: Tensor, labels: Tensor, seed: int = 0, *, within: bool = True) -> "HistogramTargets":
        """Take the components of the square root of the joint histogram, fitted on the training part.

        Args:
            images: uint8, (N, C, S, S), not seen in training.
            labels: their classes, (N,).
            seed: seeds the split: half to fit, a quarter to choose the regularisation on, a quarter to test.
            within: whether to measure R² within class, too.
        """
        histogram = histograms_of(images)["joint"]
        of_classes = Parts.of(labels, seed)
        # Classes of fewer than four images have no rows to report on.
        whole = len(of_classes.test) >= WHOLE * len(labels)
        parts = of_classes if whole else Parts.of(labels.new_zeros(len(labels)), seed)
        alike = of_classes if within and len(of_classes.test) >= LEAST else None
        return cls(principal_components(histogram(images), parts.train), labels, parts, alike)

    def r2(self, features: Tensor) -> R2:
        """Return R², overall and within class, of features (N, d) of the same images: h or z.

        It is None if features are not finite, if the histograms of all images are alike, or if there are too
        few images to report on (within class: fewer than 16, each about the fourth of its class).
        """
        overall = r2(features, self.components, None, self.parts) if len(self.parts.test) else nan
        in_class = r2(features, self.components, self.labels, self.within) if self.within else nan
        return (None if isnan(overall) else overall), (None if isnan(in_class) else in_class)


def principal_components(q: Tensor, train: Tensor, variance: float = VARIANCE) -> Tensor:
    """Return the leading principal components of rows, as many as hold a share of the variance.

    Args:
        q: (N, d).
        train: rows to fit the components on.
        variance: the share of variance that they hold, in (0, 1]; the rest is mostly single rare colours.

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
