"""Subsets and splits of labelled images: seeded, class by class, never dividing a group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ablation.data.draws import raw_bits
from ablation.errors import DataError
from ablation.words import counted

Labels = NDArray[np.int64]
Indices = NDArray[np.int64]

_SUBSET, _VALIDATION, _TEST = 1, 2, 3  # one stream of draws for each purpose
_DRAWN = {_VALIDATION: "training ", _TEST: ""}  # what is divided


def subset(
    labels: Labels,
    size: int | None,
    seed: int,
    setting: str,
    names: Sequence[str] = (),
    usable: NDArray[np.bool_] | None = None,
) -> Indices:
    """Return the indices of a `balanced_subset`, or of all images if `size` is None.

    `setting` is the name of `size` in the grid file, for the error message.

    Raises:
        DataError: a class has too few images.

    Example:
        >>> subset(np.array([0, 1, 1]), None, seed=0, setting="data.train").tolist()
        [0, 1, 2]
    """
    if size is None:
        return np.arange(len(labels))
    try:
        return balanced_subset(labels, size, seed, names, usable)
    except DataError as error:
        raise DataError(f"{setting} = {size}: {error}") from error


def balanced_subset(
    labels: Labels,
    size: int,
    seed: int,
    names: Sequence[str] = (),
    usable: NDArray[np.bool_] | None = None,
) -> Indices:
    """Choose `size` images, the same number from each class (give or take one), and return sorted indices.

    An image that is not `usable` is replaced by another of its class; the rest of the choice stays the same.

    Args:
        labels: (N,), 0..K-1.
        size: how many images.
        seed: seeds the choice; with the same seed, a larger subset contains the smaller one.
        names: names of the classes, for the error message.
        usable: (N,), which images may be chosen; all by default.

    Raises:
        DataError: a class has too few images; the message says how many images are possible.

    Example:
        >>> balanced_subset(np.array([0, 0, 0, 0, 1, 1]), size=4, seed=0).tolist()
        [1, 2, 4, 5]
    """
    classes = int(labels.max()) + 1
    order = np.argsort(raw_bits((seed, _SUBSET), len(labels)), kind="stable")
    if usable is not None:
        order = order[usable[order]]
    if size < classes:
        raise DataError(f"{counted(size, 'image')} cannot cover {classes} classes; ask for {classes} or more")
    chosen = []
    for label, of_class in enumerate(_by_class(order, labels, classes)):
        needed = size // classes + (label < size % classes)
        if len(of_class) < needed and classes == 1:  # or without labels
            raise DataError(f"there are only {counted(len(of_class), 'image')}; ask for as many or fewer")
        if len(of_class) < needed:
            fewest = int(np.bincount(labels[order], minlength=classes).min())
            raise DataError(
                f"a class-balanced subset needs {counted(needed, 'image')} of class {_name(label, names)}, "
                f"which has {len(of_class)}; "
                f"ask for {fewest * classes} or fewer, or leave the setting out to use all"
            )
        chosen.append(of_class[:needed])
    return np.sort(np.concatenate(chosen))


def validation_split(
    labels: Labels,
    fraction: float,
    groups: Indices | None = None,
    seed: int = 0,
    names: Sequence[str] = (),
) -> tuple[Indices, Indices]:
    """Hold out `fraction` of every class for validation; no group is on both sides.

    With groups, the fractions are met as nearly as whole groups allow. Every class is on both sides.

    Args:
        labels: (N,), 0..K-1.
        fraction: in (0, 1).
        groups: (N,), or None if images are independent.
        seed: seeds the choice.
        names: names of the classes, for the error message.

    Returns:
        The indices to fit on and those to validate on, both sorted.

    Raises:
        DataError: a class has a single image, or its groups cannot be on both sides.

    Example:
        >>> fit, validation = validation_split(np.array([0, 0, 0, 0, 1, 1, 1, 1]), fraction=0.25)
        >>> len(fit), len(validation)
        (6, 2)
    """
    return _split(labels, fraction, groups, (seed, _VALIDATION), names)


def train_test_split(
    labels: Labels,
    fraction: float,
    groups: Indices | None = None,
    seed: int = 0,
    names: Sequence[str] = (),
) -> tuple[Indices, Indices]:
    """Set aside `fraction` of every class as the test split, by the rules of `validation_split`.

    Example:
        >>> train, test = train_test_split(np.array([0, 0, 1, 1]), 0.5, groups=np.array([7, 8, 7, 8]))
        >>> train.tolist(), test.tolist()
        ([0, 2], [1, 3])
    """
    return _split(labels, fraction, groups, (seed, _TEST), names)


def no_group_on_both_sides(train: Indices, test: Indices, where: str) -> None:
    """Raise DataError if a given split divides a group.

    Example:
        >>> no_group_on_both_sides(np.array([0, 0, 1]), np.array([2, 2]), where="scans.npz")
    """
    if len(shared := np.intersect1d(train, test)):
        raise DataError(
            f"{where}: {counted(len(shared), 'group')} in both the training and the test split, which leaks; "
            "move the images of each to one split, or leave the groups out if they do not matter"
        )


def _name(label: int, names: Sequence[str]) -> str:
    return repr(names[label]) if names else str(label)


def _split(
    labels: Labels, fraction: float, groups: Indices | None, key: tuple[int, ...], names: Sequence[str]
) -> tuple[Indices, Indices]:
    counts = np.bincount(labels)
    if counts.min() < 2:
        label = int(counts.argmin())
        has = counted(int(counts[label]), f"{_DRAWN[key[1]]}image")
        raise DataError(
            f"class {_name(label, names)} has {has}, so it cannot be on both sides of a split; it needs one "
            "to fit on, one to validate on and one to test on: add images, or remove the class"
        )
    targets = np.clip(np.floor(counts * fraction + 0.5).astype(np.int64), 1, counts - 1)
    if groups is None:
        held_out = _hold_out_images(labels, targets, key)
    else:
        held_out = _hold_out_groups(labels, targets, groups, key, names)
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _hold_out_images(labels: Labels, targets: Indices, key: tuple[int, ...]) -> NDArray[np.bool_]:
    order = np.argsort(raw_bits(key, len(labels)), kind="stable")
    held_out = np.zeros(len(labels), dtype=bool)
    for of_class, target in zip(_by_class(order, labels, len(targets)), targets, strict=True):
        held_out[of_class[:target]] = True
    return held_out


def _by_class(rows: Indices, labels: Labels, classes: int) -> list[Indices]:
    """Divide rows by their class, without changing their order."""
    ends = np.bincount(labels[rows], minlength=classes).cumsum()
    return np.split(rows[np.argsort(labels[rows], kind="stable")], ends[:-1])


def _hold_out_groups(
    labels: Labels, targets: Indices, groups: Indices, key: tuple[int, ...], class_names: Sequence[str]
) -> NDArray[np.bool_]:
    names, group = np.unique(groups, return_inverse=True)
    contents = _Contents.of(group, labels, len(names), len(targets))
    order = np.argsort(raw_bits(key, len(names)), kind="stable")
    chosen = np.zeros(len(names), dtype=bool)
    fit, missing = (
        np.bincount(labels).tolist(),
        targets.tolist(),
    )  # to fit on; to hold out yet
    held_out = [0] * len(targets)

    def fits(index: int) -> bool:
        """Whether every class has images left to fit on; those that the group has none of have some."""
        return all(fit[label] > images for label, images in contents.of_group(index))

    def farther(index: int) -> int:
        """Return how much farther from the targets the counts are with a group."""
        return sum(
            abs(missing[label] - images) - abs(missing[label]) for label, images in contents.of_group(index)
        )

    def take(index: int) -> None:
        chosen[index] = True
        for label, images in contents.of_group(index):
            fit[label] -= images
            missing[label] -= images
            held_out[label] += images

    # A class in few groups has the least choice, so it goes first; then whatever brings the counts nearer.
    with_class = contents.groups_of_classes(order)
    for label in np.argsort([len(found) for found in with_class], kind="stable").tolist():
        if held_out[label]:
            continue
        able = [index for index in with_class[label].tolist() if not chosen[index] and fits(index)]
        if not able:
            raise DataError(
                f"class {_name(label, class_names)} cannot be on both sides without dividing a group: only "
                f"{len(with_class[label])} of {len(names)} groups contain it; add groups that do"
            )
        take(min(able, key=farther))
    for index in order.tolist():
        if not chosen[index] and farther(index) < 0 and fits(index):
            take(index)
    return np.asarray(chosen[group])


@dataclass(frozen=True, eq=False)
class _Contents:
    """How many images of which classes each of G groups has, of those that it has any of."""

    starts: list[int]  # G + 1, of each group in the next two
    classes: list[int]
    images: list[int]
    count: int  # classes

    @classmethod
    def of(cls, group: Indices, labels: Labels, groups: int, classes: int) -> "_Contents":
        pairs, images = np.unique(group * classes + labels, return_counts=True)
        ends = np.bincount(pairs // classes, minlength=groups).cumsum()
        return cls([0, *ends.tolist()], (pairs % classes).tolist(), images.tolist(), classes)

    def of_group(self, index: int) -> Iterator[tuple[int, int]]:
        part = slice(self.starts[index], self.starts[index + 1])
        return zip(self.classes[part], self.images[part], strict=True)

    def groups_of_classes(self, order: Indices) -> list[Indices]:
        """Return which groups have images of each class, in an order."""
        place = np.argsort(order)  # of each group
        groups = np.repeat(np.arange(len(order)), np.diff(self.starts))
        rising = np.argsort(place[groups], kind="stable")
        classes = np.array(self.classes)[rising]
        ordered = groups[rising]
        return [ordered[one] for one in _by_class(np.arange(len(classes)), classes, self.count)]
