"""Clips: a video or a folder of frame files for each, in a folder for each class."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ablation.data.copies import Ids, Mask
from ablation.data.dataset import Dataset, Labels
from ablation.data.decoding.pages import Page
from ablation.data.extras import VIDEO_SUFFIXES
from ablation.data.hashes import content_hashes
from ablation.data.sources.encoded import Encoded, decoded, labels_of
from ablation.data.sources.listing import listings, some
from ablation.data.sources.skipped import skipped
from ablation.data.sources.videos import frames_of
from ablation.data.tree import CLIP_EXTRAS, tree
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import ClipFolder
from ablation.telling import Tell, silent
from ablation.words import counted


def clip_folder(data: ClipFolder, folder: Path, tell: Tell = silent) -> Dataset:
    """Decode a folder of clips into image files of `folder`; a clip is a group, wholly in one split.

    Raises:
        DataError: as `decoded`; or the folder, a class or its clips are missing, an image is in no clip, or a
            clip is there twice or in both splits.
    """
    dataset = decoded(data, _found(data, user_path(data.path), tell), folder, tell)
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
    found = tree(root, CLIP_EXTRAS)
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
    videos = np.array([path.suffix.lower() in VIDEO_SUFFIXES for path in files])
    _refuse_twice(root, names, videos)
    clips = np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)
    if shared := sorted(set(names[: len(train.files)]) & set(names[len(train.files) :])):
        raise DataError(
            f"{root}: {counted(len(shared), 'clip')} in both splits ({some(shared)}), which leaks; move all "
            "frames of each to one split, or rename one where they are two clips"
        )
    order = sorted(range(len(files)), key=lambda row: (testing[row], clips[row], _in_time(files[row])))
    rows = _every(np.array(order), clips, data.every)
    digests = dict(zip(found.files, content_hashes(found.files, root, tell), strict=True))
    used = frames_of([files[row] for row in rows], [digests[files[row]] for row in rows], data.every, tell)
    broken = {files[row]: why for row, why in zip(rows, used, strict=True) if isinstance(why, str)}
    rows = np.array([row for row in rows if files[row] not in broken], np.int64)
    _every_class_is_left(files, labels + testing * len(train.class_names), rows, train.class_names, broken)
    frames = [of_file for of_file in used if not isinstance(of_file, str)]
    counts = np.bincount(clips[rows], [len(of_file) or 1 for of_file in frames]).astype(int)
    counts = counts[counts > 0]
    least, most = counts.min(), counts.max()
    unread = skipped("video", {Page(file): why for file, why in broken.items()}, root)
    long = counted(int(least), "frame") if least == most else f"{least} to {most} frames"
    return Encoded(
        root,
        [files[row] for row in rows],
        [digests[files[row]] for row in rows],
        labels[rows],
        train.class_names,
        None if test is None else testing[rows],
        clips[rows],
        (f"{counted(len(counts), 'clip')} of {long}", *unread, *notes),
        clips[rows],
        frames,
    )


def _refuse_twice(root: Path, names: list[str], videos: Mask) -> None:
    """Refuse what may be the same clip in two forms: a video and its frames, or two encodings of it."""
    filmed = Counter(name for name, video in zip(names, videos, strict=True) if video)
    written = {name for name, video in zip(names, videos, strict=True) if not video}
    both = [name for name, count in filmed.items() if count > 1 or _folder(name) in written]
    if both:
        are = "is" if len(both) == 1 else "are"
        raise DataError(
            f"{root}: {counted(len(both), 'clip')} {are} there more than once, as videos or as a video and "
            f"frames ({some(sorted(both))}); keep one of each, or rename where they are two clips of one name"
        )


def _every_class_is_left(
    files: Sequence[Path], sides: Ids, rows: Ids, class_names: Sequence[str], broken: Mapping[Path, str]
) -> None:
    """Raise DataError where none of the videos of a class in a split can be read; sides are (N,)."""
    for side in np.setdiff1d(sides, sides[rows]):
        file = next(file for file, of in zip(files, sides, strict=True) if of == side)
        name = class_names[side % len(class_names)]
        raise DataError(f"class {name!r}: none of its videos can be read, for example {file}: {broken[file]}")


def _clip(path: Path, below: int) -> str:
    """Name the clip of a frame by its class and folder, or a video; empty where it is in none."""
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return "/".join(path.with_suffix("").parts[below - 1 :])
    above = path.parts[below - 1 : -1]
    return "/".join(above[:2]) if len(above) > 1 else ""


def _folder(video: str) -> str:
    """Name the clip that the frames beside or in place of a video would make."""
    return "/".join(video.split("/")[:2])


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
