"""Images from a folder of class folders, with or without train/ and test/; each is resized once."""

from pathlib import Path

import numpy as np

from ablation.data.dataset import Dataset, Labels
from ablation.data.hashes import content_hashes
from ablation.data.sources.encoded import Encoded, decoded, labels_of
from ablation.data.sources.listing import listings
from ablation.data.sources.tables import read_groups, read_labels
from ablation.data.splits import no_group_on_both_sides
from ablation.data.tree import tree
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import ImageFolder
from ablation.telling import Tell, silent


def image_folder(data: ImageFolder, folder: Path, tell: Tell = silent) -> Dataset:
    """Decode a folder of class folders into image files of `folder`.

    If there are `train/` and `test/`, these are the splits.

    Raises:
        DataError: as `decoded`; or the folder, a class or its images are missing, or groups are not valid.
    """
    return decoded(data, _found(data, user_path(data.path)), folder, tell)


def folder_labels(data: ImageFolder, tell: Tell = silent) -> Labels:
    """Return the labels of both splits from the names of files alone; those that are broken count, too.

    Raises:
        DataError: as `image_folder`, but for what only decoding shows.
    """
    return labels_of(data, _found(data, user_path(data.path), tell), tell)


def _found(data: ImageFolder, root: Path, tell: Tell = silent) -> Encoded:
    """List the image files of a folder, with their labels."""
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
    in_order = [digests[path] for path in files]
    return Encoded(root, files, in_order, labels, train.class_names, testing, groups, tuple(notes))
