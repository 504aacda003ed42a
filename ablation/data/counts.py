"""How many images a grid's accuracies will be of, before any is decoded."""

from dataclasses import dataclass, field

from ablation.data.balance import deciding_score, equal_images
from ablation.data.channels import RGB
from ablation.data.dataset import clip_lengths
from ablation.data.sources.table import LABELS
from ablation.data.splits import validation_split
from ablation.grid.data import Data
from ablation.grid.recipe import Evaluate
from ablation.results.metrics import Decides
from ablation.results.stored.class_images import ClassImages, class_image_words
from ablation.telling import Tell, silent
from ablation.words import counted


@dataclass(frozen=True)
class Counts:
    """Labelled images; broken files are still among those of a folder.

    `worth` is how many images of equal classes would make accuracies as certain as those of validation and of
    test are: fewer where classes are unequal and accuracy is balanced.
    """

    train: int  # the validation part among them
    validation: int  # 0 without labels
    test: int
    decided_by: Decides
    worth: tuple[float, float] | None  # of validation, of test; None without labels
    classes: tuple[ClassImages, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)  # what else a user must know of the files
    channels: int = RGB  # of each image
    clips: tuple[int, ...] = ()  # frames of each clip of the training split, if images are frames


def image_counts(data: Data, evaluate: Evaluate, tell: Tell = silent) -> Counts:
    """Count the images of each split from settings, the names of files or the arrays in an `.npz`.

    Args:
        data: the data section.
        evaluate: what is held out for validation, and which accuracy decides.
        tell: told how far reading is.

    Raises:
        DataError: the files are missing or not as they must be, or a split is impossible.

    Example:
        >>> from ablation.grid.data import Generated
        >>> data = Generated(source="shapes", train=5000, test=2000)
        >>> counts = image_counts(data, Evaluate(validation_fraction=0.2))
        >>> counts.train, counts.validation, counts.test, counts.decided_by
        (5000, 1000, 2000, 'top1')
    """
    labels = LABELS[data.source](data, tell)
    train, test = labels.train, labels.test
    clips = clip_lengths(train.clips)
    if evaluate.labels == "none":
        sizes = len(train.labels), 0, len(test.labels)
        return Counts(*sizes, "rotation", None, notes=labels.notes, clips=clips)
    _, held_out = validation_split(train.labels, evaluate.validation_fraction, train.groups)
    decided_by = deciding_score(evaluate.score, train.labels)
    plain = (float(len(held_out)), float(len(test.labels)))
    worth = (equal_images(train.labels[held_out]), equal_images(test.labels))
    return Counts(
        len(train.labels),
        len(held_out),
        len(test.labels),
        decided_by,
        worth if decided_by == "balanced" else plain,
        labels.classes,
        labels.notes,
        labels.channels,
        clips,
    )


def class_words(counts: Counts) -> list[str]:
    """Name the classes with their images in both splits, and say what else a user must know of the files.

    Example:
        >>> from ablation.results.stored.class_images import class_images
        >>> classes = class_images(["cat", "dog"], [64, 60], [16, 15])
        >>> class_words(Counts(124, 25, 31, "top1", (25.0, 31.0), classes))
        ['2 classes (training + test images): cat 64 + 16, dog 60 + 15.']
    """
    told = [f"{class_image_words(counts.classes)}."] if counts.classes else []
    if counts.decided_by == "rotation":
        told = [f"{counts.train:,} images to learn from and {counts.test:,} held out, no labels."]
    if counts.channels != RGB:
        told.append(f"Images have {counted(counts.channels, 'channel')}.")
    return [*told, *(f"{note[0].upper()}{note[1:]}." for note in counts.notes)]
