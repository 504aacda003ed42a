"""Which images each cell and seed classified correctly, and how sure that makes a score."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ablation.errors import ResultsError
from ablation.results.metrics import Metric, accuracy
from ablation.results.stored.arrays import CellArrays, read_arrays
from ablation.results.stored.folder import ResultsFolder
from ablation.results.stored.record import Records
from ablation.results.types import Floats


def correct_frame(folder: ResultsFolder, records: Records, metric: str) -> pd.DataFrame:
    """Build the frame of `load_correct` from records that have been read."""
    return correct_frames(folder, records, [metric])[metric]


def correct_frames(
    folder: ResultsFolder, records: Records, metrics: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Build the frames of several accuracies; the arrays of each cell are read once.

    Raises:
        ResultsError: arrays are damaged, or cells were scored on different images.
        ValueError: no such metric, or one of kNN, whose predictions are not stored.
    """
    measured = {metric: accuracy(metric) for metric in metrics}
    for metric, one in measured.items():
        if not one.predicted:
            raise ValueError(f"no predictions are stored for {metric}, only for the linear evaluation")
    labels: dict[str, NDArray[np.uint16]] = {}
    rows: dict[str, dict[str, NDArray[np.bool_]]] = {metric: {} for metric in measured}
    for _, record in records:
        if record.scores is None or record.arrays is None:
            continue
        arrays = read_arrays(folder.path, record)
        for metric, one in measured.items():
            predicted, truth = _split(arrays, one)
            if not len(truth):
                continue
            if not np.array_equal(labels.setdefault(metric, truth), truth):
                raise ResultsError(f"{folder.path}: jobs were scored on different images; run the grid again")
            rows[metric][record.id] = predicted == truth
    return {metric: _frame(rows[metric], labels.get(metric), one) for metric, one in measured.items()}


def _frame(
    rows: Mapping[str, NDArray[np.bool_]], labels: NDArray[np.uint16] | None, metric: Metric
) -> pd.DataFrame:
    frame = pd.DataFrame(
        np.array(list(rows.values()), np.float32), index=pd.Index(rows, name="id", dtype=object)
    )
    if labels is not None:
        if metric.balanced == metric.name:
            counts = np.bincount(labels)
            frame *= (len(labels) / np.count_nonzero(counts) / counts[labels]).astype(np.float32)
        frame.attrs["labels"] = labels.tolist()  # plain: pandas compares and copies what it holds
    return frame


def image_covariance(correct: pd.DataFrame, ids: pd.DataFrame) -> Floats:
    """Say how the scores of cells would vary, and together, with another draw of as many images.

    What cells and seeds have in common on an image is the images' part: the covariance over images of one
    seed's correctness with another seed's, over all pairs of two seeds, divided by the number of images. What
    a seed gets right alone is a part of the variation between seeds, and is not counted twice. With one seed
    the two cannot be told apart, and the covariance is of that seed's own correctness: for a cell the
    binomial error, for two cells that of McNemar's test. Source: the one-shot estimate of variance over
    readers and cases (Gallas 2006), seeds as readers.

    Args:
        correct: from `load_correct`.
        ids: (C rows, S columns) the id of each cell and seed; missing where there is none.

    Returns:
        (C, C); NaN of cells without images. The variance of a contrast w of cells is w'·this·w; an estimate,
        it may come out a little below 0.

    Example:
        >>> correct = pd.DataFrame([[1, 1, 0, 0], [1, 0, 1, 0]], index=["a", "b"], dtype=float)
        >>> image_covariance(correct, pd.DataFrame([["a"], ["b"]])).tolist()
        [[0.0625, 0.0], [0.0, 0.0625]]
    """
    place = correct.index.get_indexer(pd.Index(ids.to_numpy(object).ravel())).reshape(ids.shape)
    there = (place >= 0).astype(float)  # (C, S)
    images = correct.shape[1]
    if not images or not there.any():
        return np.full((len(ids), len(ids)), np.nan)
    scored = correct.to_numpy(np.float32)
    centered = (scored - scored.mean(axis=1, keepdims=True))[place] * there[..., None].astype(np.float32)
    total = centered.sum(axis=1)  # (C, images)
    flat = centered.reshape(len(ids), -1)
    own = (flat @ flat.T).astype(float)
    same = there @ there.T
    pairs = np.outer(there.sum(axis=1), there.sum(axis=1)) - same
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = (total @ total.T - own) / pairs
        covariance: Floats = np.where(pairs > 0, apart, own / same) / images**2
    return covariance


def _split(arrays: CellArrays, metric: Metric) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    if metric.split == "validation":
        return arrays.validation_predictions, arrays.validation_labels
    return arrays.predictions, arrays.labels
