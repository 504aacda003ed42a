"""Copies among decoded images: files whose bytes differ, but not their pixels, and those nearly the same."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ablation.data.copies import Ids, pixel_content, settle
from ablation.data.dataset import Split
from ablation.data.near import near_pairs
from ablation.data.sources.arrays import keep_images
from ablation.errors import DataError
from ablation.grid.data import OwnImages
from ablation.words import counted, first_few

_SHOWN = 3  # pairs named in a sentence


@dataclass(frozen=True, eq=False)
class Decoded:
    """A split, with what its images are called and the content that was known before they were decoded."""

    split: Split
    names: Callable[[int], str]
    known: Ids  # (N,)


def settled(
    data: OwnImages, parts: tuple[Decoded, Decoded], class_names: tuple[str, ...], folder: Path
) -> tuple[Split, Split, list[str]]:
    """Do with copies among decoded images what the user chose; return both splits, and notes.

    Raises:
        DataError: there are copies that are refused, or a class has no image left.
    """
    train, test = parts
    n = len(train.split)
    both = (train.split, test.split)
    labels = np.concatenate([one.labels for one in both])
    groups = None if train.split.groups is None else np.concatenate([one.groups for one in both])

    def name(row: int) -> str:
        return train.names(row) if row < n else test.names(row - n)

    content = pixel_content(*(one.images for one in both))
    known = np.concatenate([train.known, test.known])
    done = settle(
        data.duplicates, content, labels, np.arange(len(labels)) >= n, groups, name, data.path, known
    )

    def kept(split: Split, rows: slice, where: str) -> Split:
        stays = np.flatnonzero(done.kept[rows])
        every_class_has_images(labels[rows][stays], class_names)
        images = split.images
        if len(stays) < len(split):
            images = keep_images(images, stays, folder, where)
        groups = None if done.groups is None else done.groups[rows][stays]
        return Split(images, split.labels[stays], groups, None if split.clips is None else split.clips[stays])

    first, second = kept(train.split, slice(n), "train"), kept(test.split, slice(n, None), "test")
    left, right = (np.flatnonzero(side) for side in (done.kept[:n], done.kept[n:]))  # rows as they were
    i, j = near_pairs(first.images, second.images).T
    near = np.stack([left[i], n + right[j]], axis=1)
    return first, second, [*done.notes, *_near(near[content[near[:, 0]] != content[near[:, 1]]], name)]


def every_class_has_images(labels: Ids, class_names: tuple[str, ...]) -> None:
    """Raise DataError if leaving out copies has emptied a class.

    Example:
        >>> every_class_has_images(np.array([0, 1]), ("cat", "dog"))
    """
    left = np.bincount(labels, minlength=len(class_names))
    if not left.all():
        raise DataError(
            f"class {class_names[int(left.argmin())]!r}: all of its pictures are left out, because "
            "they are in another class or in the test split, too; add others, or remove the class"
        )


def _near(pairs: Ids, name: Callable[[int], str]) -> list[str]:
    """Say how many images of the test split are nearly the same as one of the training split, (P, 2)."""
    if not len(pairs):
        return []
    firsts = np.unique(pairs[:, 1], return_index=True)[1]

    def both(k: int) -> str:
        first, second = pairs[firsts[k]]
        return f"{name(int(first))} ≈ {name(int(second))}"

    are = "is" if len(firsts) == 1 else "are"
    return [
        f"{counted(len(firsts), 'test image')} {are} nearly the same as a training image "
        f"({first_few(both, len(firsts), _SHOWN)}); "
        "if they are copies, accuracies are too high: remove them, or put them in groups"
    ]
