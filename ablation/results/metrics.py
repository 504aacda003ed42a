"""The one table of metrics: what a column of numbers is called, its unit, and of which images it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

Split = Literal["test", "validation"]
Unit = Literal["%", "bits", ""]
Score = Literal["top1", "balanced"]  # which accuracy decides


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
    by_epoch: bool = False  # measured in every epoch of pretraining

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


# In the order of the columns.
_TABLE = (
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
    Metric("leak_bits", "colour leak", "bits", seen="colour histograms"),
    Metric("leak_bits_intensity", "leak of intensity alone", "bits", seen="histograms of brightness"),
    Metric("leak_bits_chroma", "leak of chroma alone", "bits", seen="histograms of Lab a,b"),
    Metric("loss", "loss", "", by_epoch=True),
    Metric("contrastive_top1", "contrastive top-1", "%", by_epoch=True),
    Metric("effective_rank", "effective rank of h", "", by_epoch=True),
    Metric("rankme_h", "RankMe of h", ""),
    Metric("rankme_z", "RankMe of z", ""),
    Metric("alpha_req", "α-ReQ of h", ""),
    Metric("lidar_h", "LiDAR of h", ""),
    Metric("lidar_z", "LiDAR of z", ""),
    Metric("alignment", "alignment", ""),
    Metric("uniformity", "uniformity", ""),
    Metric("rotation_top1", "rotation top-1", "%"),
)  # fmt: skip

METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _TABLE})
ACCURACIES = tuple(metric.name for metric in _TABLE if metric.split)
LEAKS = tuple(metric.name for metric in _TABLE if metric.unit == "bits")
CURVES = tuple(metric.name for metric in _TABLE if metric.by_epoch)
LABEL_FREE = tuple(name for name in METRICS if name not in (*ACCURACIES, *LEAKS, *CURVES))

# A choice is made on validation: the test split has no say in it.
REPORTED: Mapping[str, str] = MappingProxyType({"top1": "linear_top1", "balanced": "linear_balanced"})
CHOSEN_BY: Mapping[str, str] = MappingProxyType(
    {"top1": "linear_top1_val", "balanced": "linear_balanced_val"}
)


def reported(known: Mapping[Any, Any]) -> str:
    """Name the test accuracy that decides; `known` is a frame's `attrs`, empty where it was read from CSV.

    Where only validation was measured, as on the rungs of a race, it is that of validation.

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


def accuracy(name: str) -> Metric:
    """Look up an accuracy.

    Raises:
        ValueError: no accuracy has that name.

    Example:
        >>> accuracy("linear_top1_val").split
        'validation'
    """
    if name not in ACCURACIES:
        raise ValueError(f"no accuracy is called {name!r}; choose from {', '.join(ACCURACIES)}")
    return METRICS[name]
