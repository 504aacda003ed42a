"""Pictures that a data set contains more than once: found by content, never both trained and tested on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ablation.errors import DataError
from ablation.grid.data import Duplicates
from ablation.words import counted, first_few

_SHOWN = 3  # pictures named in a sentence
_OCCUR = ("occurs", "occur")
_DIGEST = "S16"  # NumPy drops zeros at the end of bytes, but those of one length differ only if they differ

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Settled:
    """Which of N images are used, and which belong together."""

    kept: Mask  # (N,)
    groups: Ids | None  # (N,), of those that are used; None if the images are independent
    notes: tuple[str, ...] = ()


def settle(
    choice: Duplicates,
    content: Ids,
    labels: Ids,
    testing: Mask | None,
    groups: Ids | None,
    name: Callable[[int], str],
    where: str,
    known: Ids | None = None,
) -> Settled:
    """Do with copies what the user chose; copies are images of the same content.

    Args:
        choice: `refuse` raises where a picture has two classes, or could be both trained and tested on, and
            treats other copies as `group` does, which keeps all copies on one side of every split; `drop`
            uses each picture once, and none that has two classes; `keep` uses all. Where a split is given,
            `group` and `drop` leave out of training what is in the test split.
        content: (N,), the same number for the same content.
        labels: (N,).
        testing: (N,), which images are in the test split; None if they are still to be split.
        groups: (N,), the user's own.
        name: what to call an image in a sentence.
        where: what to call the data set.
        known: (N,), the content by which copies were settled before; those are not told again.

    Raises:
        DataError: there are copies that are refused; the message names some.

    Example:
        >>> content, labels = np.array([7, 8, 7]), np.array([0, 0, 0])
        >>> settled = settle("group", content, labels, None, None, "{}.png".format, "photos")
        >>> settled.groups.tolist(), settled.notes[0]
        ([0, 1, 0], '1 picture occurs more than once (0.png = 2.png); copies stay on one side of a split')
    """
    same = np.unique(content, return_inverse=True)[1].astype(np.int64)
    if not len(same) or same.max() + 1 == len(same):
        return Settled(np.ones(len(same), dtype=bool), groups)
    copies = _Copies(same, known, labels, testing, groups, name)
    if choice == "refuse":
        copies.refuse(where)
    kept = copies.kept(choice)
    if choice in ("refuse", "group"):
        joined = np.full(len(same), -1)
        joined[kept] = _joined(same[kept], None if groups is None else groups[kept])
        groups = joined
    return Settled(kept, groups, tuple(copies.notes(choice, kept)))


class _Copies:
    """What is wrong with the copies of a data set: which pictures there are K of, seen from three sides."""

    def __init__(
        self,
        same: Ids,
        known: Ids | None,
        labels: Ids,
        testing: Mask | None,
        groups: Ids | None,
        name: Callable[[int], str],
    ) -> None:
        self.same, self.testing, self.name = same, testing, name
        # (K,); before the split, those of one group (frames of a clip) cannot be divided
        sides = np.arange(len(same)) if groups is None else groups
        self.split = _differ(same, sides if testing is None else testing)
        several = _differ(same, np.arange(len(same)) if known is None else known)
        self.torn = several & _differ(same, labels)
        self.crossing = several & self.split
        self.several = several

    def refuse(self, where: str) -> None:
        if self.torn.any():
            raise DataError(
                f"{where}: {_pictures(self.torn)} in more than one class ({self._some(self.torn)}); remove "
                'the wrong ones, or set data.duplicates = "drop" to use none of them, "keep" to use all'
            )
        if not self.crossing.any():
            return
        shown = self._some(self.crossing)
        if self.testing is None:
            raise DataError(
                f"{where}: {_pictures(self.crossing, _OCCUR)} more than once ({shown}), so one copy could be "
                'trained on and another tested on; set data.duplicates = "drop" to use each picture once, '
                '"group" to keep copies on one side, "keep" to use all as they are'
            )
        raise DataError(
            f"{where}: {_pictures(self.crossing)} in both the training and the test split ({shown}); "
            'remove them from one, or set data.duplicates = "drop" to leave them out of training, '
            '"keep" to use all'
        )

    def kept(self, choice: Duplicates) -> Mask:
        """Return which images are used: (N,)."""
        same, testing = self.same, self.testing
        if choice == "drop":
            # The first of the test split if there is one, else the first.
            order = np.arange(len(same)) if testing is None else np.argsort(~testing, kind="stable")
            kept = np.zeros(len(same), dtype=bool)
            kept[order[np.unique(same[order], return_index=True)[1]]] = True
            return np.asarray(kept & ~self.torn[same])
        if choice == "keep" or testing is None:
            return np.ones(len(same), dtype=bool)
        return np.asarray(testing | ~self.split[same])

    def notes(self, choice: Duplicates, kept: Mask) -> Iterator[str]:
        if not self.several.any():
            return
        told = f"{_pictures(self.several, _OCCUR)} more than once ({self._some(self.several)})"
        if choice == "keep":
            yield f"{told} and all are used; accuracies may be too high"
            return
        gone = int((~kept).sum())
        if choice == "drop":
            yield f"{told}; {counted(gone, 'image')} left out"
            return
        yield f"{told}; copies stay on one side of a split"
        if gone:
            yield f"left {counted(gone, 'image')} out of training that the test split has, too"

    def _some(self, which: Mask) -> str:
        """Name the first copies of some pictures."""

        def both(picture: int) -> str:
            first, second, *_ = np.flatnonzero(self.same == picture)
            return f"{self.name(int(first))} = {self.name(int(second))}"

        pictures = np.flatnonzero(which)
        return first_few(lambda k: both(int(pictures[k])), len(pictures), _SHOWN)


def _pictures(which: Mask, verb: tuple[str, str] = ("is", "are")) -> str:
    count = int(which.sum())
    return f"{counted(count, 'picture')} {verb[count != 1]}"


def _differ(same: Ids, values: NDArray[np.generic]) -> Mask:
    """Say which of K contents have images with different values: (K,)."""
    numbers = np.unique(values, return_inverse=True)[1]
    least, most = np.full(same.max() + 1, len(values)), np.full(same.max() + 1, -1)
    np.minimum.at(least, same, numbers)
    np.maximum.at(most, same, numbers)
    return np.asarray(least < most)


def _joined(same: Ids, groups: Ids | None) -> Ids:
    """Make one group of images that share a content or a group, directly or through others: (N,)."""
    if groups is None:
        return np.unique(same, return_inverse=True)[1].astype(np.int64)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes = int(same.max()) + 1 + int(groups.max()) + 1
    edges = coo_array((np.ones(len(same)), (same, same.max() + 1 + groups)), shape=(nodes, nodes))
    return np.asarray(connected_components(edges, directed=False)[1][same], dtype=np.int64)


def pixel_content(*arrays: NDArray[np.uint8]) -> Ids:
    """Number images by their pixels: (N,), N over all arrays of (n, ...); images of equal pixels are alike.

    Example:
        >>> black, white = np.zeros((1, 3, 8, 8), np.uint8), np.full((1, 3, 8, 8), 255, np.uint8)
        >>> ids = pixel_content(np.concatenate([black, white]), black)
        >>> bool(ids[0] == ids[2]), bool(ids[0] == ids[1])
        (True, False)
    """
    digests = np.empty(sum(map(len, arrays)), dtype=_DIGEST)  # where a list would take ten times the memory
    for place, image in enumerate(image for array in arrays for image in array):
        digests[place] = pixel_digest(image)
    return np.unique(digests, return_inverse=True)[1].astype(np.int64)


def pixel_digest(image: NDArray[np.uint8]) -> bytes:
    """Return a hash of an image's pixels, whatever their order in memory.

    Example:
        >>> pixel_digest(np.eye(2, dtype=np.uint8)) == pixel_digest(np.eye(2, dtype=np.uint8).T)
        True
    """
    return blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()


def content_numbers(digests: list[bytes] | list[str]) -> Ids:
    """Number contents in the order in which they first appear: (N,).

    Example:
        >>> content_numbers(["b", "a", "b"]).tolist()
        [0, 1, 0]
    """
    numbers: dict[bytes | str, int] = {}
    return np.array([numbers.setdefault(one, len(numbers)) for one in digests], dtype=np.int64)


def outside_test(
    choice: Duplicates, unlabelled: Ids, test: Ids, name: Callable[[int], str], where: str
) -> Settled:
    """Do with unlabelled images that are in the test split, too, what the user chose: `settle` for these.

    Raises:
        DataError: there are some, and they are refused.

    Example:
        >>> outside_test("drop", np.array([1, 2, 3]), np.array([2]), str, "wild").kept.tolist()
        [True, False, True]
    """
    tested = np.isin(unlabelled, test)
    if not tested.any():
        return Settled(~tested, None)
    rows = np.flatnonzero(tested)
    shown = first_few(lambda k: name(int(rows[k])), len(rows), _SHOWN)
    told = (
        f"{counted(len(rows), 'unlabelled image')} {'is' if len(rows) == 1 else 'are'} in the test split, too"
    )
    if choice == "refuse":
        raise DataError(
            f'{where}: {told} ({shown}); remove them, or set data.duplicates = "drop" to leave them out of '
            'pretraining, "keep" to pretrain on them'
        )
    if choice == "keep":
        return Settled(np.ones(len(tested), dtype=bool), None, (f"{told} ({shown}), and are pretrained on",))
    return Settled(~tested, None, (f"left out of pretraining: {told} ({shown})",))
