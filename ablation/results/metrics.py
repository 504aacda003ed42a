"""The one table of metrics: what a column of numbers is called, its unit, and of which images it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

Split = Literal["test", "validation"]
Unit = Literal["%", "bits", "s", "MB", ""]
Score = Literal["top1", "balanced"]  # which accuracy decides
Decides = Score | Literal["rotation"]  # what decides: without labels, whether h tells rotations


@dataclass(frozen=True)
class Metric:
    """A column of numbers; in %, the column itself holds fractions."""

    name: str  # of the column
    words: str
    unit: Unit
    split: Split | None = None  # None: measured on the views that a job trains on
    balanced: str = ""  # of an accuracy: the one that weights all classes alike, which may be itself
    predicted: bool = False  # which images it counts as correct is stored
    seen: str = ""  # of a leak: what it is read from

    @property
    def scale(self) -> float:
        """What a number of the column is multiplied by to have the unit."""
        return 100.0 if self.unit == "%" else 1.0

    @property
    def axis(self) -> str:
        """Its name in a figure, with the unit.

        Example:
            >>> METRICS["leak_bits"].axis, METRICS["loss"].axis
            ('colour leak (bits)', 'loss')
        """
        return f"{self.phrase} ({self.unit})" if self.unit else self.phrase

    @property
    def label(self) -> str:
        """Its name in a figure.

        Example:
            >>> METRICS["knn_balanced_val"].label
            'kNN balanced accuracy, validation'
        """
        return f"{self.words}, validation" if self.split == "validation" else self.words

    @property
    def phrase(self) -> str:
        """Its name within a sentence.

        Example:
            >>> METRICS["knn_balanced_val"].phrase
            'validation kNN balanced accuracy'
        """
        return f"{self.split} {self.words}" if self.split else self.words


_OF_COLOR: tuple[tuple[str, str, Unit], ...] = (
    ("color_use", "use of colour by {}", ""),
    ("color_use_within", "use of colour by {} within class", ""),
    ("color_bias", "colour bias of {}", "%"),
    ("gray_drop", "accuracy that {} loses in gray", "%"),
    ("sample_top1", "linear top-1 of {} on a test sample", "%"),
)
TRANSFORMATIONS = {
    "gray": "gray from colour",
    "rotation": "rotations",
    "noise": "noise",
    "sobel": "Sobel",
}

_ACCURACIES = (
    Metric("linear_top1", "linear top-1", "%", "test", "linear_balanced", predicted=True),
    Metric("linear_top1_val", "linear top-1", "%", "validation", "linear_balanced_val", predicted=True),
    Metric("linear_balanced", "linear balanced accuracy", "%", "test", "linear_balanced", predicted=True),
    Metric(
        "linear_balanced_val", "linear balanced accuracy", "%", "validation", "linear_balanced_val",
        predicted=True,
    ),
    Metric("knn_top1", "kNN top-1", "%", "test", "knn_balanced"),
    Metric("knn_top1_val", "kNN top-1", "%", "validation", "knn_balanced_val"),
    Metric("knn_balanced", "kNN balanced accuracy", "%", "test", "knn_balanced"),
    Metric("knn_balanced_val", "kNN balanced accuracy", "%", "validation", "knn_balanced_val"),
)  # fmt: skip
_LEAKS = (
    Metric("leak_bits", "colour leak", "bits", seen="colour histograms"),
    Metric("leak_bits_intensity", "leak of intensity alone", "bits", seen="histograms of brightness"),
    Metric("leak_bits_chroma", "leak of chroma alone", "bits", seen="histograms of Lab a,b"),
)
_CURVES = (
    Metric("loss", "loss", ""),
    Metric("contrastive_top1", "contrastive top-1", "%"),
    Metric("effective_rank", "effective rank of h", ""),
)
_LABEL_FREE = (
    Metric("rankme_h", "RankMe of h", ""),
    Metric("rankme_z", "RankMe of z", ""),
    Metric("alpha_req", "α-ReQ of h", ""),
    Metric("lidar_h", "LiDAR of h", ""),
    Metric("lidar_z", "LiDAR of z", ""),
    Metric("alignment", "alignment", ""),
    Metric("uniformity", "uniformity", ""),
    Metric("rotation_top1", "rotation top-1", "%"),
)
# Of h, then of z: R² of the colour histogram above the untrained encoder's, overall and within class; P(donor
# rather than itself) of recoloured images; accuracy on a sample of test images, and what is lost in gray.
_USE = tuple(
    Metric(f"{name}{suffix}", words.format(features), unit)
    for features, suffix in (("h", ""), ("z", "_z"))
    for name, words, unit in _OF_COLOR
)
_KNOWN = tuple(
    Metric(f"knows_{task}{suffix}", f"{features} tells {words}", "%")
    for features, suffix in (("h", ""), ("z", "_z"))
    for task, words in TRANSFORMATIONS.items()
)
_COSTS = (Metric("seconds", "time of a job", "s"), Metric("peak_memory", "peak memory", "MB"))


def _names(table: tuple[Metric, ...]) -> tuple[str, ...]:
    return tuple(metric.name for metric in table)


ACCURACIES, LEAKS, CURVES, LABEL_FREE = map(_names, (_ACCURACIES, _LEAKS, _CURVES, _LABEL_FREE))
USE, KNOWN, COSTS = map(_names, (_USE, _KNOWN, _COSTS))
METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for table in (_ACCURACIES, _LEAKS, _CURVES, _LABEL_FREE, _USE, _KNOWN, _COSTS)
        for metric in table
    }
)

# A choice is made on validation: the test split has no say in it.
REPORTED: Mapping[str, str] = MappingProxyType(
    {"top1": "linear_top1", "balanced": "linear_balanced", "rotation": "rotation_top1"}
)
CHOSEN_BY: Mapping[str, str] = MappingProxyType(
    {"top1": "linear_top1_val", "balanced": "linear_balanced_val", "rotation": "rotation_top1"}
)
NO_LABELS = 'was run with evaluate.labels = "none", so it has no accuracies'  # the subject is its folder
# What needs labels beside the accuracies.
OF_LABELS = tuple(
    f"{name}{suffix}" for name in ("color_use_within", "gray_drop", "sample_top1") for suffix in ("", "_z")
)
# What cells can be compared by: the accuracies, and what decides without labels, a share of images too.
COMPARED = (*ACCURACIES, "rotation_top1")


def reported(known: Mapping[Any, Any]) -> str:
    """Name the test accuracy that decides; `known` is a frame's `attrs`, empty where it was read from CSV.

    Where only validation was measured, as on the rungs of a race, it is that of validation; without labels,
    it is rotation top-1.

    Example:
        >>> reported({"score": "balanced"}), reported({})
        ('linear_balanced', 'linear_top1')
    """
    if known.get("split") == "validation":
        return chosen_by(known)
    return REPORTED[known.get("score", "top1")]


def chosen_by(known: Mapping[Any, Any]) -> str:
    """Name the validation accuracy that choices are made by; `known` as in `reported`."""
    return CHOSEN_BY[known.get("score", "top1")]


def measured(name: str) -> Metric:
    """Look up any metric.

    Raises:
        ValueError: no metric has that name.

    Example:
        >>> measured("leak_bits").unit
        'bits'
    """
    return _found(name, METRICS, "metric")


def accuracy(name: str) -> Metric:
    """Look up an accuracy, or rotation top-1, which stands in for one without labels.

    Raises:
        ValueError: no accuracy has that name.

    Example:
        >>> accuracy("linear_top1_val").split
        'validation'
    """
    return _found(name, COMPARED, "accuracy")


def _found(name: str, names: Collection[str], kind: str) -> Metric:
    if name not in names:
        raise ValueError(f"no {kind} is called {name!r}; choose from {', '.join(names)}")
    return METRICS[name]
