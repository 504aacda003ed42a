"""Labelled image files, wherever they lie: copies and splits settled by their bytes, then decoded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ablation.data.copies import Ids, Mask, content_numbers, settle
from ablation.data.dataset import Dataset, Labels
from ablation.data.decoding.every_page import used_pages
from ablation.data.decoding.findings import Findings, notes_of
from ablation.data.decoding.pages import File, file_name
from ablation.data.decoding.peek import channels_in
from ablation.data.decoding.percentiles import interval
from ablation.data.decoding.reading import Reading
from ablation.data.decoding.sample import look
from ablation.data.sources.decoded import every_class_has_images, settled
from ablation.data.sources.part import Part, decode_part
from ablation.data.sources.unlabelled import check_unlabelled, decode_unlabelled, unlabelled_count
from ablation.data.splits import train_test_split
from ablation.errors import DataError
from ablation.grid.data import EncodedImages, Percentiles
from ablation.telling import Tell, silent


@dataclass(frozen=True, eq=False)
class Encoded:
    """N image files with their labels, before any is opened."""

    root: Path  # what they are named from
    files: Sequence[File]
    digests: Sequence[str]  # SHA-256 of the bytes of each
    labels: Ids  # (N,)
    class_names: tuple[str, ...]
    testing: Mask | None  # (N,), which are in the test split; None if they are still to be split
    groups: Ids | None = None  # (N,)
    notes: tuple[str, ...] = ()  # on what is not used
    clips: Ids | None = None  # (N,), of frames, which are in the order of time in each
    frames: Sequence[range] | None = None  # of each that is a video, those to use; none of another


def decoded(data: EncodedImages, found: Encoded, folder: Path, tell: Tell = silent) -> Dataset:
    """Decode image files into image arrays in `folder`.

    If they are not split yet, `test_fraction` of each class is set aside, drawn by `seed`; with groups, whole
    groups. Files that cannot be read are skipped and noted; in a subset, another image of the class replaces
    them. `duplicates` says what becomes of copies.

    Raises:
        DataError: a split is not possible, the images of a class cannot be read, or there are copies that are
            refused.
    """
    first, second, notes = _parts(data, found)
    learned_from = [first.pages[i] for i in first.chosen()]
    chosen, told = interval(data.range, learned_from, tell)
    channels = channels_in(first.pages, data.channels, data.path)
    reading, every = Reading.of(data, chosen, channels), (Findings(), Findings())
    train = decode_part(first, reading, every[0], folder, tell)
    test = decode_part(second, reading, every[1], folder, tell)
    wild = decode_unlabelled(data, reading, folder, tell)
    # Only now are rows left out: decoding goes on, after a stop, in files whose rows are where they were.
    told += notes_of(every, chosen)
    names = first.class_names
    try:
        of_train, of_test, copies = settled(data, (train.kept(folder), test.kept(folder)), names, folder)
    except DataError as error:  # of which pictures that are all black could be the cause
        raise DataError("; ".join([str(error), *(note for note in told if "range" in note)])) from error
    unlabelled, left_out = wild.outside(data, of_test.images, folder) if wild else (None, [])
    notes += [*train.notes, *test.notes, *told, *copies, *left_out]
    return Dataset(of_train, of_test, unlabelled, names, tuple(notes))


def labels_of(data: EncodedImages, found: Encoded, tell: Tell = silent) -> Labels:
    """Return the labels of both splits; a few images are decoded, and those that are broken count, too.

    Raises:
        DataError: as `decoded`, but for what only decoding all images shows.
    """
    train, test, notes = _parts(data, found, tell)
    channels = channels_in(train.pages, data.channels, data.path)
    # Percentiles take all training images to find; any range shows whether an image can be read.
    chosen = (0.0, 1.0) if isinstance(data.range, Percentiles) else data.range
    of_train, of_test = (part.labelled(part.chosen()) for part in (train, test))
    for part in (train, test):
        pages = [part.pages[i] for i in part.chosen()]
        notes += look(part.name, pages, Reading.of(data, chosen, channels), part.root)
    return Labels(of_train, of_test, train.class_names, tuple(notes), channels, unlabelled_count(data))


def _parts(data: EncodedImages, found: Encoded, tell: Tell = silent) -> tuple[Part, Part, list[str]]:
    """Return both splits, and notes on what is not used."""
    files, names = found.files, found.class_names
    content = content_numbers([*found.digests])

    def name(row: int) -> str:
        return repr(file_name(files[row], found.root))

    done = settle(data.duplicates, content, found.labels, found.testing, found.groups, name, data.path)
    rows = np.flatnonzero(done.kept)
    frames = None if found.frames is None else [found.frames[i] for i in rows.tolist()]
    used = used_pages(data, [files[i] for i in rows.tolist()], frames)
    of = rows[used.files]  # the file of each picture
    labels, groups = found.labels[of], None if done.groups is None else done.groups[of]
    every_class_has_images(labels, names)
    if used.several and groups is None:
        groups = of
    if found.testing is None:
        sides = train_test_split(labels, data.test_fraction, groups, data.seed, names)
    else:
        sides = np.flatnonzero(~found.testing[of]), np.flatnonzero(found.testing[of])
    numbers = np.array([-1 if page.number is None else page.number for page in used.pages])
    content = content[of] * (numbers.max() + 2) + numbers + 1  # of each page

    def part(name: str, side: Ids, size: int | None) -> Part:
        of_side = None if groups is None else groups[side]
        pages = tuple(used.pages[i] for i in side)
        clips = None if found.clips is None else found.clips[of][side]
        seed, root = data.seed, found.root
        return Part(name, root, pages, labels[side], names, of_side, content[side], size, seed, clips)

    first, second = part("train", sides[0], data.train), part("test", sides[1], data.test)
    check_unlabelled(data, [found.digests[i] for i in dict.fromkeys(of[sides[1]].tolist())], tell)
    return first, second, [*found.notes, *done.notes, *used.notes]
