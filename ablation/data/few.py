"""Few labels: images equally many of each class, seeded and nested, never dividing a group."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ablation.data.draws import raw_bits
from ablation.words import counted

Labels = NDArray[np.int64]
Indices = NDArray[np.int64]

_FEW = 4  # this purpose's stream of draws; those of `ablation.data.splits` are 1 to 3


@dataclass(frozen=True, eq=False)
class Few:
    """Which images have labels, and what a reader must know of the choice."""

    rows: Indices  # sorted
    notes: tuple[str, ...] = ()


def few_labels(labels: Labels, share: float, seed: int, among: Indices, groups: Indices | None = None) -> Few:
    """Choose a share of the labels, equally many of each class and at least one.

    One order of the images is drawn from the seed, in which the class with the fewest labels so far is always
    next. A share is the first part of it: a larger share contains the smaller one. With groups, whole groups
    come one after the other in the same way.

    Args:
        labels: of all training images, (N,), 0..K-1.
        share: of these N labels.
        seed: seeds the order.
        among: the images that may be chosen: those that are not held out.
        groups: (N,), or None if images are independent.

    Example:
        >>> labels = np.arange(40) % 2
        >>> few, more = (few_labels(labels, share, 0, np.arange(40)).rows for share in (0.1, 0.3))
        >>> labels[few].tolist().count(0), len(more), set(few) <= set(more)
        (2, 12, True)
    """
    classes = int(labels.max()) + 1
    exact = share * len(labels) / classes
    wanted = max(1, round(exact))  # of each class
    if groups is None:
        order = among[np.argsort(raw_bits((seed, _FEW), len(among)), kind="stable")]
        rows = np.concatenate([order[labels[order] == label][:wanted] for label in range(classes)])
    else:
        rows = among[_whole_groups(labels[among], groups[among], classes, wanted, seed)]
    counts = np.bincount(labels[rows], minlength=classes)
    notes = _notes(share, exact, wanted, counts, grouped=groups is not None)
    return Few(np.sort(rows), tuple(notes))


def _whole_groups(labels: Labels, groups: Indices, classes: int, wanted: int, seed: int) -> NDArray[np.bool_]:
    """Say which images are in the groups that are taken, (N,)."""
    names, group = np.unique(groups, return_inverse=True)
    held: list[dict[int, int]] = [{} for _ in names]  # images by class
    pairs, images = np.unique(group * classes + labels, return_counts=True)
    for pair, count in zip(pairs.tolist(), images.tolist(), strict=True):
        held[pair // classes][pair % classes] = count
    queues: list[list[int]] = [[] for _ in range(classes)]  # groups that have images of each class
    for one in np.argsort(raw_bits((seed, _FEW), len(names)), kind="stable").tolist():
        for label in held[one]:
            queues[label].append(one)
    counts, places = [0] * classes, [0] * classes
    taken = np.zeros(len(names), bool)
    while short := [c for c in range(classes) if counts[c] < wanted and places[c] < len(queues[c])]:
        label = min(short, key=counts.__getitem__)
        one = queues[label][places[label]]
        places[label] += 1
        if not taken[one]:
            taken[one] = True
            for other, count in held[one].items():
                counts[other] += count
    return np.asarray(taken[group])


def _notes(share: float, exact: float, wanted: int, counts: NDArray[np.int64], *, grouped: bool) -> list[str]:
    found = []
    if exact < 0.5:
        found.append(f"{100 * share:g} % is less than one label a class; each class has one")
    if short := int((counts < wanted).sum()):
        has = "has" if short == 1 else "have"
        which = f"{short} of {len(counts)} classes {has} fewer than {counted(wanted, 'image')}"
        found.append(f"{which} outside validation; all of them are used")
    if grouped and counts.max() > wanted:
        total = f"{counts.sum()} labels instead of {wanted * len(counts)}"
        found.append(f"whole groups are taken: {total}, {counts.min()} to {counts.max()} a class")
    return found
