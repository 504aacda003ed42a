"""The noise of a grid that has run, in parts."""

import numpy as np
import pandas as pd

from ablation.results.frames.correct import image_covariance
from ablation.results.frames.rows import named
from ablation.results.statistics.additive import fit_additive
from ablation.results.statistics.effects import without_gaps
from ablation.results.statistics.noise import Noise
from ablation.results.types import Floats

_LEAST = 8  # degrees of freedom: a standard deviation to within about a quarter


def noise_of(results: pd.DataFrame, correct: pd.DataFrame) -> Noise | None:
    """Measure the noise of a grid, in the cells and seeds that have no gap.

    Args:
        results: from `load_results`.
        correct: from `load_correct`; the noise is that of its metric. Where it is a balanced accuracy of
            unequal classes, the noise of an image is that of these classes, and holds for more of the same.

    Returns:
        The noise; None where residuals have fewer than eight degrees of freedom (nine cells and two seeds, or
        five cells and three), since a reference of other images then says more; or where nothing varies, as
        of collapsed jobs.

    Example:
        `noise_of(study.results, study.correct_by("linear_top1_val"))`
    """
    ids = named(results).set_index(["first", "second", "seed"])["id"].unstack()  # noqa: PD010
    complete, _ = without_gaps(ids.where(ids.isin(correct.index)))
    cells, seeds = complete.shape
    if (cells - 1) * (seeds - 1) < _LEAST:
        return None
    right = correct.loc[complete.to_numpy().ravel()].to_numpy(float).reshape(*complete.shape, -1)
    noise = measured_noise(right, image_covariance(correct, complete))
    return noise if noise.luck > 0 else None


def measured_noise(correct: Floats, between_images: Floats) -> Noise:
    """Take apart what blurs differences, from which images each cell and seed classified correctly.

    For each image, what is left of cell x seed once both means are gone is luck. The mean square of it over
    the number of images is the part that luck has in the residual variance of accuracies, and the rest is the
    seeds' own. The variance of a difference over images is the mean over all pairs of cells. A part that the
    sample puts below 0 is taken to be 0.

    Args:
        correct: (C, S, V) 1 where an image was classified correctly, else 0, or weighted as by
            `load_correct`; at least two cells and two seeds.
        between_images: (C, C) of the same, from `image_covariance`.

    Example:
        >>> right = np.array([[[1, 1, 0, 0], [1, 0, 0, 0]], [[1, 0, 1, 0], [1, 1, 1, 0]]], dtype=float)
        >>> found = measured_noise(right, np.array([[0.02, 0.01], [0.01, 0.02]]))
        >>> found.seeds, found.luck, round(found.images, 3)
        (0.0, 0.25, 0.08)
    """
    from scipy.special import polygamma

    cells, seeds, images = correct.shape
    residuals = correct - correct.mean(1, keepdims=True) - correct.mean(0) + correct.mean((0, 1))  # (C, S, V)
    luck = float((residuals**2).sum()) / ((cells - 1) * (seeds - 1) * images)
    fitted = fit_additive(correct.mean(2)).residual
    own = np.trace(between_images) / cells
    shared = (between_images.sum() - np.trace(between_images)) / (cells * (cells - 1))
    return Noise(
        seeds=max(0.0, fitted.pooled - luck / images),
        luck=luck,
        images=max(0.0, float(2 * (own - shared) * images)),
        # The moderated variances' prior: its degrees of freedom say how unlike they are (Smyth 2004).
        unequal=0.0
        if np.isinf(fitted.prior_freedom)
        else float(polygamma(1, fitted.prior_freedom / 2) ** 0.5),
    )
