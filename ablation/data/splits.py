"""Subsets and splits of labelled images: seeded, class by class, never dividing a group."""

from collections.abc import Sequence

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
    for label in range(classes):
        needed = size // classes + (label < size % classes)
        of_class = order[labels[order] == label]
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
    for label, target in enumerate(targets):
        held_out[order[labels[order] == label][:target]] = True
    return held_out


def _hold_out_groups(
    labels: Labels, targets: Indices, groups: Indices, key: tuple[int, ...], class_names: Sequence[str]
) -> NDArray[np.bool_]:
    names, group = np.unique(groups, return_inverse=True)
    contents = np.zeros((len(names), len(targets)), dtype=np.int64)  # images of each class in each group
    np.add.at(contents, (group, labels), 1)
    order = np.argsort(raw_bits(key, len(names)), kind="stable")
    chosen = np.zeros(len(names), dtype=bool)
    fit, held_out = contents.sum(axis=0), np.zeros_like(targets)

    def take(index: int) -> None:
        nonlocal fit, held_out
        chosen[index] = True
        fit, held_out = fit - contents[index], held_out + contents[index]

    # A class in few groups has the least choice, so it goes first; then whatever brings the counts nearer.
    for label in np.argsort((contents > 0).sum(axis=0), kind="stable"):
        if held_out[label]:
            continue
        fits = (contents[:, label] > 0) & ~chosen & (fit - contents > 0).all(axis=1)
        able = order[fits[order]]
        if not len(able):
            raise DataError(
                f"class {_name(label, class_names)} cannot be on both sides without dividing a group: only "
                f"{(contents[:, label] > 0).sum()} of {len(names)} groups contain it; add groups that do"
            )
        take(able[np.abs(targets - held_out - contents[able]).sum(axis=1).argmin()])
    for i in order:
        nearer = np.abs(targets - held_out - contents[i]).sum() < np.abs(targets - held_out).sum()
        if not chosen[i] and nearer and (fit - contents[i] > 0).all():
            take(i)
    return np.asarray(chosen[group])
