"""Clips: a folder of frame files for each, in a folder for each class; frames in the order of their names."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from ablation.data.copies import Ids
from ablation.data.dataset import Dataset, Labels
from ablation.data.hashes import content_hashes
from ablation.data.sources.encoded import Encoded, decoded, labels_of
from ablation.data.sources.listing import listings, some
from ablation.data.tree import tree
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import ClipFolder
from ablation.telling import Tell, silent
from ablation.words import counted


def clip_folder(data: ClipFolder, folder: Path, tell: Tell = silent) -> Dataset:
    """Decode a folder of clips into image files of `folder`; a clip is a group, wholly in one split.

    Raises:
        DataError: as `decoded`; or the folder, a class or its clips are missing, an image is in no clip, or a
            clip is in both splits.
    """
    dataset = decoded(data, _found(data, user_path(data.path)), folder, tell)
    clips = dataset.pretrain_clips
    counts = np.bincount(clips if clips is not None else [])
    if alone := int((counts == 1).sum()):
        is_their = "is its" if alone == 1 else "are their"
        told = f"{counted(alone, 'training clip')} of a single frame, which {is_their} own neighbour"
        return replace(dataset, notes=(*dataset.notes, told))
    return dataset


def clip_labels(data: ClipFolder, tell: Tell = silent) -> Labels:
    """Return the labels of both splits from the names of files alone; those that are broken count, too.

    Raises:
        DataError: as `clip_folder`, but for what only decoding shows.
    """
    return labels_of(data, _found(data, user_path(data.path), tell), tell)


def _found(data: ClipFolder, root: Path, tell: Tell = silent) -> Encoded:
    if not root.is_dir():
        raise DataError(f"{data.path}: no such folder; check data.path")
    found = tree(root)
    train, test, notes = listings(found, depth=1)
    files = train.files if test is None else train.files + test.files
    labels = train.labels if test is None else np.concatenate([train.labels, test.labels])
    testing = np.arange(len(files)) >= len(train.files)
    names = [_clip(path.relative_to(root), below=1 if test is None else 2) for path in files]
    loose = [path.relative_to(root).as_posix() for path, name in zip(files, names, strict=True) if not name]
    if loose:
        raise DataError(
            f"{root}: {counted(len(loose), 'image')} in no clip ({some(loose)}); put the frames of each clip "
            "in a folder of its own inside the folder of its class, such as walk/clip-1/0001.png"
        )
    clips = np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)
    if shared := sorted(set(names[: len(train.files)]) & set(names[len(train.files) :])):
        raise DataError(
            f"{root}: {counted(len(shared), 'clip')} in both splits ({some(shared)}), which leaks; move all "
            "frames of each to one split, or rename one where they are two clips"
        )
    order = sorted(range(len(files)), key=lambda row: (testing[row], clips[row], _in_time(files[row])))
    rows = _every(np.array(order), clips, data.every)
    digests = dict(zip(found.files, content_hashes(found.files, root, tell), strict=True))
    counts = np.bincount(clips[rows])
    least, most = counts.min(), counts.max()
    frames = counted(int(least), "frame") if least == most else f"{least} to {most} frames"
    return Encoded(
        root,
        [files[row] for row in rows],
        [digests[files[row]] for row in rows],
        labels[rows],
        train.class_names,
        None if test is None else testing[rows],
        clips[rows],
        (f"{counted(len(counts), 'clip')} of {frames}", *notes),
        clips[rows],
    )


def _clip(path: Path, below: int) -> str:
    """Name the clip of a frame by its class and folder; empty where it is in none."""
    above = path.parts[below - 1 : -1]
    return "/".join(above[:2]) if len(above) > 1 else ""


def _in_time(path: Path) -> tuple[tuple[int, str, int], ...]:
    """Return what sorts frames by the numbers in their names, so that 10 comes after 9."""
    parts = re.findall(r"\d+|\D+", path.as_posix())
    return tuple((0, "", int(part)) if part.isdecimal() else (1, part, 0) for part in parts)


def _every(rows: Ids, clips: Ids, step: int) -> Ids:
    """Keep the first frame of each clip and every so many after it; rows are clip after clip."""
    starts = np.flatnonzero(np.diff(clips[rows], prepend=-1))
    place = np.arange(len(rows)) - np.repeat(starts, np.diff([*starts, len(rows)]))
    kept: Ids = rows[place % step == 0]
    return kept
