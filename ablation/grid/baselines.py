"""The baselines: floors and the ceiling beside which a grid's cells are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

BaselineName = Literal[
    "majority", "raw-pixels", "color-histogram", "random-init", "no-augmentation", "supervised"
]
Part = Literal[
    "data", "evaluate", "precision", "seed", "encoder", "training", "contrastive", "views", "augmentations"
]


@dataclass(frozen=True)
class Baseline:
    """One of them."""

    words: str  # its name in figures
    parts: frozenset[Part]  # the parts of a recipe that can change its number
    since: int = 0  # the first protocol that has it: a folder of an earlier one does not lack it

    @property
    def has_encoder(self) -> bool:
        """Whether there is an encoder, and so a seed."""
        return "encoder" in self.parts


# Precision is set for a whole cell, its evaluation included, so that it matters to all of them.
FEATURES: frozenset[Part] = frozenset({"data", "evaluate", "precision"})
UNTRAINED: frozenset[Part] = FEATURES | {"seed", "encoder"}
SUPERVISED: frozenset[Part] = UNTRAINED | {"training"}
PRETRAINED: frozenset[Part] = SUPERVISED | {"contrastive", "views"}

# Keyed by text, for a record says its kind as text.
BASELINES: Mapping[str, Baseline] = MappingProxyType(
    {
        "majority": Baseline("largest class", FEATURES, since=5),
        "raw-pixels": Baseline("raw pixels", FEATURES),
        "color-histogram": Baseline("colour histogram", FEATURES),
        "random-init": Baseline("random init", UNTRAINED),
        "no-augmentation": Baseline("no augmentation", PRETRAINED),
        "supervised": Baseline("supervised", SUPERVISED),
    }
)


def baseline_words(kind: str, weights: object) -> str:
    """Name a baseline in figures.

    Args:
        kind: which one.
        weights: `pretrain.weights`; where they are given, nothing is initialised at random.

    Example:
        >>> baseline_words("random-init", None), baseline_words("random-init", "in1k.safetensors")
        ('random init', 'pretrained start')
    """
    return "pretrained start" if weights and kind == "random-init" else BASELINES[kind].words


def weights_of(attrs: Mapping[Any, Any]) -> object:
    """Look up `pretrain.weights` in what a frame of results knows of its grid; None where there are none.

    Example:
        >>> weights_of({"grid": {"pretrain": {"weights": "in1k.safetensors"}}}), weights_of({})
        ('in1k.safetensors', None)
    """
    return attrs.get("grid", {}).get("pretrain", {}).get("weights")
