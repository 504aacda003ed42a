"""Images from a folder of class folders, with or without train/ and test/; each is resized once."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ablation.data.copies import Ids, content_numbers, settle
from ablation.data.dataset import Dataset, Labels
from ablation.data.decoding.every_page import used_pages
from ablation.data.decoding.findings import Findings, notes_of
from ablation.data.decoding.percentiles import interval
from ablation.data.decoding.reading import Reading
from ablation.data.hashes import content_hashes
from ablation.data.sources.decoded import every_class_has_images, settled
from ablation.data.sources.listing import listings
from ablation.data.sources.part import Part, decode_part
from ablation.data.sources.tables import read_groups, read_labels
from ablation.data.sources.unlabelled import check_unlabelled, decode_unlabelled, unlabelled_count
from ablation.data.splits import no_group_on_both_sides, train_test_split
from ablation.data.tree import tree
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import ImageFolder
from ablation.telling import Tell, silent


def image_folder(data: ImageFolder, folder: Path, tell: Tell = silent) -> Dataset:
    """Decode a folder of class folders into image files of `folder`.

    If there are `train/` and `test/`, these are the splits. Otherwise, `test_fraction` of each class is set
    aside, drawn by `seed`; with groups, whole groups. Files that cannot be read are skipped and noted; in a
    subset, another image of the class replaces them. `duplicates` says what becomes of copies.

    Raises:
        DataError: the folder, a class or its images are missing, the groups are not valid, or there
            are copies that are refused.
    """
    first, second, notes = _splits(data, user_path(data.path))
    learned_from = [first.pages[i] for i in first.chosen()]
    chosen, told = interval(data.range, learned_from, tell)
    reading, every = Reading.of(data, chosen), (Findings(), Findings())
    train = decode_part(first, reading, every[0], folder, tell)
    test = decode_part(second, reading, every[1], folder, tell)
    wild = decode_unlabelled(data, reading, folder, tell)
    # Only now are rows left out: decoding goes on, after a stop, in files whose rows are where they were.
    told += notes_of(every, chosen)
    names = first.class_names
    try:
        of_train, of_test, found = settled(data, (train.kept(folder), test.kept(folder)), names, folder)
    except DataError as error:  # of which pictures that are all black could be the cause
        raise DataError("; ".join([str(error), *(note for note in told if "range" in note)])) from error
    unlabelled, left_out = wild.outside(data, of_test.images, folder) if wild else (None, [])
    notes += [*train.notes, *test.notes, *told, *found, *left_out]
    return Dataset(of_train, of_test, unlabelled, names, tuple(notes))


def folder_labels(data: ImageFolder, tell: Tell = silent) -> Labels:
    """Return the labels of both splits from the names of files alone; those that are broken count, too.

    Raises:
        DataError: as `image_folder`, but for what only decoding shows.
    """
    train, test, notes = _splits(data, user_path(data.path), tell)
    of_train, of_test = (part.labelled(part.chosen()) for part in (train, test))
    return Labels(of_train, of_test, train.class_names, tuple(notes), unlabelled_count(data))


def _splits(data: ImageFolder, root: Path, tell: Tell = silent) -> tuple[Part, Part, list[str]]:
    """Return both splits, and notes on what is not used."""
    if not root.is_dir():
        raise DataError(f"{data.path}: no such folder; check data.path")
    found = tree(root)
    groups = None
    if data.labels is None:
        train, test, notes = listings(found, data.class_depth)
    else:
        table = read_labels(user_path(data.labels), found)
        train, test, groups, notes = table.train, table.test, table.groups, [*table.notes, *found.notes]
    files = train.files if test is None else train.files + test.files
    labels = train.labels if test is None else np.concatenate([train.labels, test.labels])
    testing = None if test is None else np.arange(len(files)) >= len(train.files)
    if data.groups is not None:
        if groups is not None:
            raise DataError(f"{data.labels}: has a column group, and there is data.groups, too; remove one")
        groups = read_groups(user_path(data.groups), root, files)
    if groups is not None and testing is not None:
        no_group_on_both_sides(groups[~testing], groups[testing], str(root))
    digests = dict(zip(found.files, content_hashes(found.files, root, tell), strict=True))
    content = content_numbers([digests[path] for path in files])
    done = settle(data.duplicates, content, labels, testing, groups, _named(files, root), data.path)
    rows = np.flatnonzero(done.kept)
    used = used_pages(data, [files[i] for i in rows])
    of = rows[used.files]  # the file of each picture
    labels, groups = labels[of], None if done.groups is None else done.groups[of]
    every_class_has_images(labels, train.class_names)
    if used.several and groups is None:
        groups = of
    if testing is None:
        sides = train_test_split(labels, data.test_fraction, groups, data.seed, train.class_names)
    else:
        sides = np.flatnonzero(~testing[of]), np.flatnonzero(testing[of])
    numbers = np.array([-1 if page.number is None else page.number for page in used.pages])
    content = content[of] * (numbers.max() + 2) + numbers + 1  # of each page

    def part(name: str, side: Ids, size: int | None) -> Part:
        of_side = None if groups is None else groups[side]
        pages = tuple(used.pages[i] for i in side)
        names = train.class_names
        return Part(name, root, pages, labels[side], names, of_side, content[side], size, data.seed)

    first, second = part("train", sides[0], data.train), part("test", sides[1], data.test)
    check_unlabelled(
        data, [digests[path] for path in dict.fromkeys(page.path for page in second.pages)], tell
    )
    return first, second, [*notes, *done.notes, *used.notes]


def _named(files: Sequence[Path], root: Path) -> Callable[[int], str]:
    return lambda row: repr(files[row].relative_to(root).as_posix())
