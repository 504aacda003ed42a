"""Effects on single classes, and their errors: over few seeds, and over images that may be few as well."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ablation.results.frames.correct import image_covariance
from ablation.results.statistics.additive import fit_additive
from ablation.results.statistics.effects import main_effects
from ablation.results.statistics.estimates import Estimates
from ablation.results.statistics.heterogeneity import Heterogeneity, effective, heterogeneity
from ablation.results.statistics.moderation import moderate
from ablation.results.statistics.paired import means_over_seeds
from ablation.results.types import Floats


@dataclass(frozen=True, eq=False)
class ClassScores:
    """Accuracies of K classes in C cells and S seeds, and what they rest on; NaN for a gap."""

    cells: pd.MultiIndex  # (first, second)
    seeds: pd.Index
    accuracies: Floats  # (K, C, S)
    right: tuple[NDArray[np.float32], ...]  # of each class (C, S, images): 1 where a job got an image right


@dataclass(frozen=True, eq=False)
class ClassEstimates:
    """Effects of A augmentations on K classes, row by row, and their deviations from the classes' mean."""

    augmentations: pd.Index
    effects: Estimates  # (K x A)
    deviations: Estimates  # (K x A)
    means: Estimates  # (A) of all classes
    without: Floats  # (K, A) accuracy before the augmentation is added
    accuracies: Floats  # (K,) mean over cells and seeds
    heterogeneity: Heterogeneity


def estimate_classes(scores: ClassScores) -> ClassEstimates:
    """Estimate the effects on every class with both their errors, and test whether classes differ.

    Seeds are few, and a class may have few images. So variances are moderated over the whole table, each
    relative to what it would be if every answer were a coin toss.
    """
    count, images = len(scores.right), np.array([right.shape[2] for right in scores.right])
    mains = main_effects(pd.DataFrame(scores.accuracies.mean(0), scores.cells, scores.seeds))
    weights, gaps, accuracies = mains.weights, np.isnan(mains.by_seed), np.nan_to_num(scores.accuracies)
    by_seed = np.where(gaps, np.nan, np.einsum("ac,kcs->kas", weights, accuracies))
    before = np.where(gaps, np.nan, np.einsum("ac,kcs->kas", np.maximum(-weights, 0), accuracies))
    level = _mean(scores.accuracies.reshape(count, -1))
    certain = (np.nan_to_num(level) * images + 1) / (images + 2)  # Laplace: no class is without variance
    coins = certain * (1 - certain) / images  # (K,)
    size = (weights**2).sum(1)
    scale = np.outer(coins, np.where(size > 0, size, 1.0))  # (K, A); 0: all partners were left out
    design = _correlation(weights)
    over_images = _over_images(scores.right, weights, gaps, scale, effective(design))
    apart, independent = np.eye(count) - 1 / count, (count - 1) * effective(design)
    effects, deviations = (
        _estimates(
            np.einsum("kj,jas->kas", lines, by_seed), lines**2 @ scale, independent,
            lines**2 @ over_images.variances, over_images.freedom,
        )
        for lines in (np.eye(count), apart)
    )  # fmt: skip
    of_means = over_images.variances.sum(0) / count**2
    seeds = np.mean(effects.seeds.reshape(scale.shape) / coins[:, None]) if scale.size else 0.0
    residuals = np.array([fit_additive(table).residuals.ravel() for table in scores.accuracies])
    tested = heterogeneity(
        by_seed,
        over_images.measured,
        images - 1.0,
        coins,
        classes=_correlation(residuals[:, np.isfinite(residuals).all(0)]),
        effects=design * seeds + (over_images.together / coins[:, None, None]).mean(0),
    )
    return ClassEstimates(
        mains.index, effects, deviations,
        means_over_seeds(by_seed.mean(0), lambda lines: lines**2 @ of_means),
        _mean(before), level, tested,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _OverImages:
    variances: Floats  # (K, A) of effects, moderated
    freedom: Floats  # (K, A)
    measured: Floats  # (K, A) as they were measured, luck taken off
    together: Floats  # (K, A, A) covariance of the effects of a class


def _over_images(
    right: Sequence[NDArray[np.float32]], weights: Floats, gaps: NDArray[np.bool_], scale: Floats, most: float
) -> _OverImages:
    # The variance of an image's mean over seeds is surer than what seeds have in common on it, and is never
    # negative; the share of the second in the first is that of the whole table.
    augmentations, there = len(gaps), (~gaps).astype(np.float32)
    ids = pd.DataFrame(np.where(gaps, -1, np.arange(gaps.size).reshape(gaps.shape)))
    images = np.array([one.shape[2] for one in right])
    total, together = np.zeros(scale.shape), np.zeros((*scale.shape, augmentations))
    for k, one in enumerate(right):
        each = np.einsum("ac,csi->asi", weights, one) * there[..., None]
        unbiased = images[k] / max(images[k] - 1, 1)
        flat = pd.DataFrame(each.reshape(gaps.size, images[k]))
        together[k] = np.nan_to_num(image_covariance(flat, ids)) * unbiased
        with np.errstate(invalid="ignore", divide="ignore"):
            total[k] = np.nan_to_num((each.sum(1) / there.sum(1)[:, None]).var(1)) * unbiased / images[k]
    common = np.diagonal(together, axis1=1, axis2=2)
    share = min(1.0, max(0.0, (common / scale).sum() / max((total / scale).sum(), 1e-300)))
    found = moderate((total / scale).ravel(), np.repeat(images - 1.0, augmentations))
    freedom = np.minimum(found.freedom, (images - 1).sum() * most).reshape(scale.shape)
    variances = np.nan_to_num(found.variances).reshape(scale.shape) * scale * share
    return _OverImages(variances, freedom, total * share, together)


def _estimates(
    by_seed: Floats, scale: Floats, independent: float, images: Floats, images_freedom: Floats
) -> Estimates:
    # Effects share cells, and classes thresholds: a seed has only so many independent ones.
    numbers = _mean(by_seed)
    n = np.isfinite(by_seed).sum(2)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = np.nansum((by_seed - numbers[..., None]) ** 2, axis=2) / (n - 1)
        found = moderate((squares / scale).ravel(), np.maximum(n - 1.0, 0.0).ravel())
        seeds = found.variances * (scale / n).ravel()
    freedom = np.minimum(found.freedom, independent * max(int(n.max(initial=1)) - 1, 0))
    return Estimates(numbers.ravel(), seeds, freedom, images.ravel(), images_freedom.ravel())


def _correlation(rows: Floats) -> Floats:
    # Of rows about 0; one that is nothing but 0 goes with no other.
    covariance = rows @ rows.T
    sd = np.sqrt(np.diag(covariance))
    sd[sd == 0] = 1.0
    found: Floats = covariance / np.outer(sd, sd)
    np.fill_diagonal(found, 1.0)
    return found


def _mean(values: Floats) -> Floats:
    # Over the last axis, of what is there; NaN where nothing is.
    there = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(there, values, 0.0).sum(-1) / there.sum(-1))
