"""Whether classes differ in what an augmentation adds to them."""

from dataclasses import dataclass

import numpy as np

from ablation.results.statistics.moderation import moderate
from ablation.results.types import Floats


@dataclass(frozen=True, eq=False)
class Heterogeneity:
    """How likely such differences between classes are where there are none; NaN where it is not known."""

    p: float  # of the whole table
    each: Floats  # (A,) of each augmentation, corrected for their number (Šidák 1967)


def heterogeneity(
    by_seed: Floats, images: Floats, images_freedom: Floats, scale: Floats, classes: Floats, effects: Floats
) -> Heterogeneity:
    """Test whether all classes gain alike from an augmentation, and from every one.

    The sum of squared deviations from the mean of the classes, those of an uncertain class weighing less, is
    compared with what seeds and images make of it (F). Neither are classes independent, since what one gains
    by a shifted threshold another loses, nor are augmentations, whose effects share cells: degrees of freedom
    are Box's (1954, "Some theorems on quadratic forms applied in the study of analysis of variance problems",
    theorem 3.1). Variances over seeds are summed over classes; those of single augmentations are moderated.

    Args:
        by_seed: (K classes, A augmentations, S seeds) effects, NaN for a gap.
        images: (K, A) their variances over images.
        images_freedom: (K,) degrees of freedom of these.
        scale: (K,) how uncertain a class is expected to be; only proportions matter.
        classes: (K, K) correlation of classes over jobs.
        effects: (A, A) correlation of the effects of one class.

    Example:
        >>> noise = np.random.default_rng(0).standard_normal((5, 3, 4))
        >>> rest = np.zeros((5, 3)), np.full(5, 99.0), np.ones(5), np.eye(5), np.eye(3)
        >>> planted = noise + 4 * np.eye(5, 3)[..., None]
        >>> [bool(heterogeneity(effects, *rest).p < 0.05) for effects in (noise, planted)]
        [False, True]
    """
    seeds = np.isfinite(by_seed).all(0).sum(1)  # (A,) seeds of each
    known = seeds > 1
    each = np.full(len(known), np.nan)
    if not known.any() or len(by_seed) < 2:
        return Heterogeneity(float("nan"), each)
    by_seed, images, seeds = by_seed[:, known], images[:, known], seeds[known]
    apart = (np.eye(len(by_seed)) - 1 / len(by_seed)) / np.sqrt(scale)[:, None]
    deviations = np.einsum("kj,jas->kas", apart, by_seed)
    means = np.nansum(deviations, 2) / seeds
    squares = (means**2).sum(0)
    over_seeds = np.nansum((deviations - means[..., None]) ** 2, (0, 2)) / (seeds - 1)
    over_images = (apart**2 @ images).sum(0)
    jobs = apart @ (classes * np.sqrt(np.outer(scale, scale))) @ apart.T
    own, together = (seeds - 1.0) * effective(jobs), effective(effects)
    most, sure = float(own.max()) * together, _summed(images / scale[:, None], images_freedom)
    moderated = moderate(over_seeds, own)
    ranks = np.array(
        [
            effective(variance * jobs / np.trace(jobs) + (apart * of_class) @ apart.T)
            for variance, of_class in zip(moderated.variances / seeds, images.T, strict=True)
        ]
    )
    alone = _exceeds(
        squares,
        (moderated.variances / seeds, np.minimum(moderated.freedom, most)),
        (over_images, sure),
        ranks,
    )
    each[known] = -np.expm1(len(alone) * np.log1p(-alone))
    p = _exceeds(
        squares.sum(),
        ((over_seeds / seeds).sum(), most),
        (over_images.sum(), sure.mean() * together),
        ranks.mean() * together,
    )
    return Heterogeneity(float(p), each)


def effective(covariance: Floats) -> float:
    """Return how many independent variables of one variance spread as much as these together (Box 1954).

    Example:
        >>> effective(np.eye(3)), effective(np.ones((3, 3)))
        (3.0, 1.0)
    """
    square = float((covariance**2).sum())
    return float(np.trace(covariance)) ** 2 / square if square > 0 else 1.0


def _exceeds(
    squares: Floats | float,
    seeds: tuple[Floats | float, Floats | float],
    images: tuple[Floats | float, Floats | float],
    ranks: Floats | float,
) -> Floats:
    # The chance of so large a sum of squares where its variance is all of seeds and images; each of these
    # with its degrees of freedom.
    from scipy.stats import f

    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.add(seeds[0], images[0])
        freedom = variance / (np.divide(*seeds) + np.divide(*images))
        return np.asarray(f.sf(squares / variance, ranks, freedom))


def _summed(variances: Floats, freedom: Floats) -> Floats:
    # Degrees of freedom of a sum over classes (Satterthwaite); where nothing is summed it is known to be 0.
    uncertain = (variances**2 / np.maximum(freedom, 1.0)[:, None]).sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(uncertain > 0, variances.sum(0) ** 2 / uncertain, np.inf))
