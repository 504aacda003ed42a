"""What each augmentation adds to the accuracy of each class, and whether classes differ in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ablation.results.frames.means import planned_cells
from ablation.results.frames.rows import named
from ablation.results.metrics import reported
from ablation.results.statistics.class_estimates import ClassScores, estimate_classes
from ablation.results.statistics.estimates import tabulate
from ablation.results.statistics.intervals import CONFIDENCE
from ablation.results.statistics.score_tables import by_seed
from ablation.results.stored.pictures import Pictures, class_names

# Of the frame with a row for each class and augmentation; `ab.class_effects` says what they hold.
CLASS_COLUMNS = (
    "class", "label", "augmentation", "effect", "se_seeds", "se_images", "df", "low", "high", "p",
    "significant", "deviation", "deviation_low", "deviation_high", "deviation_p", "deviates", "without",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ClassEffects:
    """What augmentations add to classes; with one seed there are effects, but neither intervals nor p."""

    frame: pd.DataFrame  # CLASS_COLUMNS
    augmentations: pd.DataFrame  # augmentation: effect (mean of the classes), low, high, p, heterogeneity
    classes: pd.DataFrame  # label: class (its name), images, accuracy (mean over the grid)
    seeds: tuple[int, ...]  # that have a number
    p: float  # of all classes gaining alike from every augmentation; NaN where it is not known


def class_effects(
    results: pd.DataFrame, correct: pd.DataFrame, pictures: Pictures | None = None
) -> ClassEffects | None:
    """Say what each augmentation adds to the accuracy of each class, and whether classes differ in it.

    An effect is that of `main_effects`, of the accuracy on the images of one class. Nothing is chosen by it,
    so it is taken on the test split, which has the most images. Intervals are over other seeds and other
    images, and hold for all effects at once (Šidák 1967), and so for all deviations. These are from the mean
    of the classes, which is the effect on balanced accuracy. Source of the question: Balestriero, Bottou and
    LeCun (2022), "The effects of regularization and data augmentation are class dependent". How often it
    errs: docs/statistics.md.

    Args:
        results: from `load_results`.
        correct: from `load_correct`, of any accuracy: a number above 0 is a correct answer.
        pictures: of the study, which have the names of the classes; by default these are called by number.

    Returns:
        None where no predictions are stored, or all images are of one class.

    Example:
        >>> cells = [(a, b, seed) for a in "xy" for b in "xy" for seed in (0, 1, 2)]
        >>> results = pd.DataFrame(cells, columns=["first", "second", "seed"]).assign(linear_top1=0.5)
        >>> results["id"] = [str(i) for i in range(12)]
        >>> right = np.random.default_rng(0).random((12, 400)) < 0.5
        >>> right[results[["first", "second"]].eq("x").any(axis=1), :200] = False  # x hides class 0
        >>> correct = pd.DataFrame(right.astype(float), results["id"])
        >>> correct.attrs["labels"] = [0] * 200 + [1] * 200
        >>> found = class_effects(results, correct)
        >>> found.frame.loc[found.frame["significant"], ["class", "augmentation", "effect"]].round(1)
             class augmentation  effect
        0  class 0            x    -0.5
    """
    labels = np.array(correct.attrs.get("labels", []), int)
    numbers, counts = np.unique(labels, return_counts=True)
    if correct.empty or len(numbers) < 2:
        return None
    scores = _scores(results, correct, [np.flatnonzero(labels == number) for number in numbers])
    found = estimate_classes(scores)
    called = class_names(pictures, numbers)
    index = pd.MultiIndex.from_product([numbers, found.augmentations], names=["label", "augmentation"])
    effects = tabulate(found.effects, index, "effect", "sidak")
    apart = tabulate(found.deviations, index, "deviation", "sidak")
    frame = effects.assign(
        significant=_significant(effects["p"]),
        deviation=apart["deviation"],
        deviation_low=apart["low"],
        deviation_high=apart["high"],
        deviation_p=apart["p"],
        deviates=_significant(apart["p"]),
        without=found.without.ravel(),
    ).reset_index()
    frame["class"] = np.repeat(np.array(called, object), len(found.augmentations))
    means = tabulate(found.means, found.augmentations, "effect", "sidak")
    return ClassEffects(
        frame[list(CLASS_COLUMNS)],
        means.assign(heterogeneity=found.heterogeneity.each),
        pd.DataFrame(
            {"class": called, "images": counts, "accuracy": found.accuracies},
            pd.Index(numbers, name="label"),
        ),
        tuple(int(seed) for seed in scores.seeds),
        found.heterogeneity.p,
    )


def _scores(results: pd.DataFrame, correct: pd.DataFrame, images: Sequence[NDArray[np.intp]]) -> ClassScores:
    cells = pd.MultiIndex.from_tuples(planned_cells(results), names=["first", "second"])
    plain = named(results)
    ids = by_seed(plain[plain[reported(results.attrs)].notna()], "id").reindex(cells)
    place = correct.index.get_indexer(pd.Index(ids.to_numpy(object).ravel())).reshape(ids.shape)  # (C, S)
    answers = correct.to_numpy(np.float32) > 0
    right, accuracies = [], np.full((len(images), *place.shape), np.nan)
    for k, chosen in enumerate(images):
        of_class = answers[:, chosen].astype(np.float32)[place] * (place >= 0)[..., None]
        right.append(of_class)
        accuracies[k] = np.where(place >= 0, of_class.mean(2), np.nan)
    return ClassScores(cells, ids.columns, accuracies, tuple(right))


def _significant(p: "pd.Series[float]") -> "pd.Series[bool]":
    return (p < 1 - CONFIDENCE).astype("boolean").mask(p.isna())
