"""What every source of images becomes: uint8 images of one size, in a train and a test split."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ablation.data.channels import RGB
from ablation.results.stored.class_images import ClassImages, class_images


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels: (N, C, S, S) uint8 and (N,) in 0..K-1.

    The arrays may be read-only memory maps. `groups` (N,) identifies a patient or a scene that must stay on
    one side of every further split; it is None if images are independent. `clips` (N,) identifies the clip
    that an image is a frame of, where images are frames; those of a clip are in the order of time.

    Example:
        >>> split = Split(np.zeros((2, 3, 8, 8), np.uint8), np.array([0, 1]), groups=None)
        >>> len(split)
        2
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None
    clips: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Labelled:
    """A split of which only the labels are known: (N,) in 0..K-1, with groups and clips as of `Split`."""

    labels: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None
    clips: NDArray[np.int64] | None = None

    def take(self, rows: NDArray[np.int64]) -> "Labelled":
        """Return those of some images.

        Example:
            >>> Labelled(np.array([0, 1, 1])).take(np.array([1, 2])).labels.tolist()
            [1, 1]
        """
        groups, clips = (None if one is None else one[rows] for one in (self.groups, self.clips))
        return Labelled(self.labels[rows], groups, clips)


def clip_lengths(clips: NDArray[np.int64] | None) -> tuple[int, ...]:
    """Count the frames of each clip; nothing where images are no frames.

    Example:
        >>> clip_lengths(np.array([7, 7, 9])), clip_lengths(None)
        ((2, 1), ())
    """
    return () if clips is None else tuple(np.unique(clips, return_counts=True)[1].tolist())


@dataclass(frozen=True, eq=False)
class Labels:
    """What is known of a data set before a pixel is read; notes as of `Dataset`, if known by then.

    `unlabelled` is how many other images there are to pretrain on.
    """

    train: Labelled
    test: Labelled
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    channels: int = RGB
    unlabelled: int = 0

    @property
    def classes(self) -> tuple[ClassImages, ...]:
        """The classes, with their images in both splits; none where their names are not known."""
        return _classes(self.class_names, self.train.labels, self.test.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A train and a test split, and the images to pretrain on, if they are not those of the train split.

    `unlabelled` is (M, C, S, S) or None. Images without labels have no `class_names`, and each the label 0.
    `notes` hold what a reader of the results must know: how many images were skipped, with the names of the
    first few, and how many have a single channel.

    Example:
        >>> split = Split(np.zeros((2, 3, 8, 8), np.uint8), np.array([0, 1]))
        >>> Dataset(split, split, None, ("cat", "dog"), ()).pretrain_images is split.images
        True
    """

    train: Split
    test: Split
    unlabelled: NDArray[np.uint8] | None
    class_names: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def classes(self) -> tuple[ClassImages, ...]:
        """The classes, with their images in both splits; none where images have no labels."""
        return _classes(self.class_names, self.train.labels, self.test.labels)

    @property
    def channels(self) -> int:
        """C, how many channels the images have."""
        return int(self.train.images.shape[1])

    @property
    def pretrain_images(self) -> NDArray[np.uint8]:
        """The images to pretrain on, without labels: (M, C, S, S)."""
        return self.train.images if self.unlabelled is None else self.unlabelled

    @property
    def pretrain_clips(self) -> NDArray[np.int64] | None:
        """The clip of each of these, (M,); None if they are no frames of clips."""
        return self.train.clips if self.unlabelled is None else None


def _classes(names: tuple[str, ...], *labels: NDArray[np.int64]) -> tuple[ClassImages, ...]:
    if not names:
        return ()
    train, test = (np.bincount(one, minlength=len(names)) for one in labels)
    return class_images(names, train, test)
