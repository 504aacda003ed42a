"""How much a linear map of features tells about some targets, on images to which it was not fitted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ablation.evaluate.spectrum import spectrum
from ablation.seeds import generator

REGULARIZATION = tuple(10.0**k for k in range(-8, 2))  # of the features' total variance
RANK = 1e-12  # of the largest squared singular value; directions below it are rounding errors


@dataclass(frozen=True)
class Parts:
    """Disjoint rows: half to fit on, a quarter to choose the regularisation on, a quarter to report on.

    Example:
        >>> parts = Parts.of(torch.zeros(8, dtype=torch.long), seed=0)
        >>> len(parts.train), len(parts.validation), len(parts.test)
        (4, 2, 2)
    """

    train: Tensor  # (N1,)
    validation: Tensor  # (N2,)
    test: Tensor  # (N3,)

    @classmethod
    def of(cls, groups: Tensor, seed: int) -> "Parts":
        """Split rows by a seed, each group (such as a class) alike: (N,); each has a row in `train`."""
        shuffled = torch.randperm(len(groups), generator=generator(seed, "ridge parts"))
        labels = groups.cpu()[shuffled]
        by_group = labels.argsort(stable=True)
        counts = labels.unique(return_counts=True)[1]
        starts = (counts.cumsum(0) - counts).repeat_interleave(counts)
        place = (torch.arange(len(groups)) - starts) % 4  # 0 is a group's first row
        rows = shuffled[by_group]
        parts = (rows[torch.isin(place, torch.tensor(part))] for part in ([0, 2], [1], [3]))
        return cls(*(part.to(groups.device) for part in parts))


def r2(
    features: Tensor,
    targets: Tensor,
    groups: Tensor | None = None,
    parts: Parts | None = None,
    regularization: Sequence[float] = REGULARIZATION,
) -> float:
    """Return the R² of a ridge regression on held-out rows.

    R² = 1 − squared error / squared error of the training mean, each summed over targets, so that targets
    count by their variance. It is 0 for features that tell nothing (or slightly less, because of the error of
    fitting them), and does not change if the features are scaled, shifted or rotated.

    With `groups`, both sides are first centred on the group's mean in the training part. Centring only the
    targets would leave the class part of the features as noise; centring only the features would leave the
    part of the targets that the class tells in the error.

    Args:
        features: (N, d).
        targets: (N, k).
        groups: classes to look within, (N,); by default, all rows are one group.
        parts: rows to fit, choose and report on; by default, split with seed 0, group by group.
        regularization: fractions of the features' total variance; the best one on validation is used.

    Returns:
        At most 1; NaN if the features are not finite, or no test target varies.

    Raises:
        ValueError: a part has no rows, because every group has fewer than four.

    Example:
        >>> x = torch.arange(40.0)[:, None]
        >>> round(r2(x, 3 * x + 1), 6)
        1.0
        >>> half = torch.arange(40) // 20
        >>> r2(half[:, None], x, groups=half)
        0.0
    """
    if groups is None:
        groups = torch.zeros(len(features), dtype=torch.long, device=features.device)
    parts = parts or Parts.of(groups, seed=0)
    if min(map(len, (parts.train, parts.validation, parts.test))) == 0:
        raise ValueError("ridge regression needs a group with at least four rows; pass more images")
    if not bool(features.sum().isfinite()):
        return math.nan
    index = groups.unique(return_inverse=True)[1]
    x, x_validation, x_test = _centered(features, index, parts)
    y, y_validation, y_test = _centered(targets, index, parts)

    squares, directions = _spectrum(x)
    moments = directions.T @ (x.T @ y)  # (r, k)

    def weight(strength: float) -> Tensor:
        return moments / (squares + strength * squares.sum())[:, None]

    strengths = sorted(regularization, reverse=True)  # ties go to the stronger
    scores = x_validation @ directions  # (N2, r)
    errors = [float((y_validation - scores @ weight(s)).square().sum()) for s in strengths]
    best = strengths[errors.index(min(errors))]
    error = float((y_test - x_test @ (directions @ weight(best))).square().sum())
    total = float(y_test.square().sum())
    return 1 - error / total if total > 0 else math.nan


def _centered(values: Tensor, index: Tensor, parts: Parts) -> list[Tensor]:
    """Return the parts in float64, minus the mean of each row's group in the training part."""
    members = index[parts.train]
    counts = members.bincount(minlength=int(index.max()) + 1)
    sums = values.new_zeros(len(counts), values.shape[1], dtype=torch.float64)
    means = sums.index_add_(0, members, values[parts.train].double()) / counts[:, None]  # (groups, d)
    every = (parts.train, parts.validation, parts.test)
    return [values[rows].double() - means[index[rows]] for rows in every]


def _spectrum(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return squared singular values (r,) and right singular vectors (d, r), without those from rounding.

    They are computed from the smaller Gram matrix, because an SVD takes several times as long.
    """
    n, d = x.shape
    squares, vectors = spectrum(x.T @ x if d <= n else x @ x.T)
    kept = squares > max(RANK * float(squares.max()), 0.0)
    squares, vectors = squares[kept], vectors[:, kept]
    return squares, vectors if d <= n else x.T @ vectors / squares.sqrt()
