"""What is kept of a cell's colour shortcut (paper Figure 6, made numbers): leak of views, use by encoder."""

from math import isclose, log2
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from ablation.results.stored.model import Amount, Explained, Fraction, Number, Stored

HistogramName = Literal["joint", "intensity", "chroma"]  # histograms: of RGB, of luma alone, of Lab a,b alone
ReaderName = Literal["distance", "critic"]
Features = Literal["h", "z"]

_ROUNDED = 1e-3  # bits, by which a sum of numbers of 32 bits may be off
BATCHES = 3  # that a leak needs at least: to learn from, to choose on, to report


def too_few_to_leak(images: int, batch: int) -> str:
    """Say why a leak cannot be measured; empty where it can be.

    Example:
        >>> too_few_to_leak(384, 128)
        ''
        >>> too_few_to_leak(200, 128)[:59]
        'the leak within a batch of 128 is measured on three batches'
    """
    if images >= BATCHES * batch:
        return ""
    advice = f"; set pretrain.batch_size to {images // BATCHES} or less to measure it" if images >= 6 else ""
    return (
        f"the leak within a batch of {batch} is measured on three batches ({BATCHES * batch} images), but "
        f"there {'is' if images == 1 else 'are'} only {images}{advice}"
    )


class Leak(Stored):
    """What one kind of histogram gives away, by the reader that did better on validation."""

    bits: Number  # log2 N − loss / ln 2; 0 to log2 N, a little below 0 where nothing is found
    bits_se: Amount  # standard error of it over the test pairs; over test batches it is the same (measured)
    top1: Fraction  # share of first views whose own partner scores highest
    chance: Fraction  # 1 / N
    candidates: Annotated[int, Field(ge=2)]  # N, the batch size
    reader: ReaderName
    bits_by_reader: dict[ReaderName, Number]
    separation: Fraction  # AUC: P(distance to the own partner < distance to another image's view)

    @model_validator(mode="after")
    def _is_of_its_candidates(self) -> Self:
        if self.reader not in self.bits_by_reader:
            raise ValueError("bits_by_reader must have the reader")
        if not isclose(self.chance * self.candidates, 1, rel_tol=1e-6):
            raise ValueError("chance must be 1 / candidates")
        if max(self.bits, *self.bits_by_reader.values()) > log2(self.candidates) + _ROUNDED:
            raise ValueError("no leak has more than log2(candidates) bits")
        return self


def _whole(leaks: dict[HistogramName, Leak]) -> dict[HistogramName, Leak]:
    if absent := [name for name in get_args(HistogramName) if name not in leaks]:
        raise ValueError(f"must have {', '.join(absent)}")
    return leaks


Leaks = Annotated[dict[HistogramName, Leak], AfterValidator(_whole)]


class Bias(Stored):
    """Which of its two parents a recoloured image is nearest to.

    The standard error of `bias` is sqrt(bias (1 − bias) / (n (nearest_own + nearest_donor))).
    """

    bias: Fraction | None  # None where nearest_own + nearest_donor < .05
    nearest_own: Fraction  # share of the images nearest to the image that lends its shapes
    nearest_donor: Fraction  # share nearest to the one that lends its colours
    n: Annotated[int, Field(ge=0)]


class Use(Stored):
    """How far features go by colour: what they tell of the histogram, whom a recoloured image looks like.

    R² is None where features are not finite, all histograms are alike, or the images are too few. An
    untrained encoder already tells much of the histogram, so what training made of it is `excess`; within
    class, colour that tells the class no longer counts.
    """

    r2: Explained | None  # of a linear map from the features to the colour histogram
    r2_within: Explained | None
    random_r2: Explained | None  # the same of the encoder before training; None without one to compare with
    random_r2_within: Explained | None
    bias: Bias
    top1: Fraction | None  # of a linear classifier on these images; None without one
    gray_top1: Fraction | None  # of the same classifier on the same images in gray

    @property
    def excess(self) -> float | None:
        """R² above the untrained encoder's; below 0 where training gave colour up."""
        return _difference(self.r2, self.random_r2)

    @property
    def excess_within(self) -> float | None:
        """The same within class."""
        return _difference(self.r2_within, self.random_r2_within)

    @property
    def gray_drop(self) -> float | None:
        """Accuracy that is lost on gray images; below 0 where they are classified better."""
        return _difference(self.top1, self.gray_top1)


def _difference(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b
