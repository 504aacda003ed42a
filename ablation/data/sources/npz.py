"""Images from an `.npz` of arrays: train_x, train_y, test_x, test_y and a few optional ones."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablation.data.channels import RGB, channels_of
from ablation.data.copies import content_numbers, pixel_digest, settle
from ablation.data.dataset import Dataset, Labelled, Labels, Split
from ablation.data.decoding.percentiles import interval
from ablation.data.decoding.reading import Reading
from ablation.data.sources.arrays import store_images
from ablation.data.sources.decoded import Decoded, every_class_has_images, settled
from ablation.data.sources.listing import some
from ablation.data.sources.unlabelled import decode_unlabelled, unlabelled_count
from ablation.data.splits import no_group_on_both_sides, subset
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import Npz
from ablation.grid.limits import CHANNELS
from ablation.npz import Header, NpzError, open_npz, text
from ablation.telling import Tell, silent, told
from ablation.words import counted

_NEEDED = ("train_x", "train_y", "test_x", "test_y")
_OPTIONAL = ("class_names", "train_groups", "test_groups")


def npz(data: Npz, folder: Path, tell: Tell = silent) -> Dataset:
    """Read an `.npz` into image files of `folder`; nothing in it is ever unpickled.

    `train_x`, `test_x`: uint8, (N, H, W, C) or (N, H, W). `train_y`, `test_y`: integers
    0..K-1, (N,). `class_names`: (K,) text. `train_groups`, `test_groups`: (N,) integers or text.

    Raises:
        DataError: the file or a key is missing, or has another form (the message says which, and what it
            is), or there are copies that `data.duplicates` refuses.
    """
    path = user_path(data.path)
    arrays, _ = _read(path, (*_NEEDED, *_OPTIONAL), data)
    labels = {split: arrays[f"{split}_y"].astype(np.int64) for split in ("train", "test")}
    names = _class_names(arrays, labels["train"], path)
    _check_classes(labels, names, path)
    groups = _groups(arrays, path)

    def decoded(name: str, size: int | None, before: int) -> Decoded:
        rows = subset(labels[name], size, data.seed, f"data.{name}", names)
        x = arrays[f"{name}_x"]
        images = store_images(x, rows, folder, name, data.size, tell, data.resize, data.channels)
        split = Split(images, labels[name][rows], groups[name][rows] if groups else None)
        return Decoded(split, lambda row: f"{name}_x[{rows[row]}]", before + np.arange(len(rows)))

    first = decoded("train", data.train, 0)
    second = decoded("test", data.test, len(first.split))
    train, test, notes = settled(data, (first, second), names, folder)
    reading = Reading.of(data, interval(data.range, ())[0], train.images.shape[1])
    wild = decode_unlabelled(data, reading, folder, tell)
    unlabelled, left_out = wild.outside(data, test.images, folder) if wild else (None, [])
    return Dataset(train, test, unlabelled, names, (*notes, *left_out))


def npz_labels(data: Npz, tell: Tell = silent) -> Labels:
    """Return the labels of both splits; copies are found by their pixels, before any is resized.

    Raises:
        DataError: as `npz`.
    """
    path = user_path(data.path)
    arrays, channels = _read(path, (*_NEEDED, *_OPTIONAL), data)
    groups = _groups(arrays, path)
    names = _class_names(arrays, arrays["train_y"].astype(np.int64), path)
    rows, sides = {}, []
    for name, size in (("train", data.train), ("test", data.test)):
        labels = arrays[f"{name}_y"].astype(np.int64)
        rows[name] = subset(labels, size, data.seed, f"data.{name}", names)
        sides.append(Labelled(labels, groups[name] if groups else None).take(rows[name]))
    n = len(rows["train"])

    def called(row: int) -> str:
        return f"train_x[{rows['train'][row]}]" if row < n else f"test_x[{rows['test'][row - n]}]"

    digests = [
        pixel_digest(arrays[f"{name}_x"][row])
        for name in ("train", "test")
        for row in told(rows[name], f"{name} images compared", len(rows[name]), tell)
    ]
    every = np.concatenate([side.labels for side in sides])
    of_groups = np.concatenate([side.groups for side in sides if side.groups is not None]) if groups else None
    testing = np.arange(len(every)) >= n
    done = settle(data.duplicates, content_numbers(digests), every, testing, of_groups, called, data.path)
    for side in (~testing, testing):
        every_class_has_images(every[done.kept & side], names)
    together = Labelled(every, done.groups)
    first, second = (together.take(np.flatnonzero(done.kept & side)) for side in (~testing, testing))
    return Labels(first, second, names, done.notes, channels, unlabelled_count(data))


def _read(path: Path, keys: Sequence[str], data: Npz) -> tuple[dict[str, NDArray[Any]], int]:
    """Read some arrays, and how many channels images get."""
    try:
        with open_npz(path, machine_memory()) as file:
            if missing := [key for key in _NEEDED if key not in file.names]:
                raise DataError(f"{path}: does not contain {some(missing)}, only {some(file.names)}")
            every = [key for key in (*_NEEDED, *_OPTIONAL) if key in file.names]
            headers = {key: file.header(key) for key in every}
            _check_forms(headers, path)
            channels = channels_of(_channels(headers["train_x"]), data.channels, str(path))
            return {key: file.read(key) for key in every if key in keys}, channels
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; check data.path") from None
    except NpzError as error:
        raise DataError(f"{path}: not a complete .npz file ({error}); write it with numpy.savez") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check data.path") from error


def machine_memory() -> int:
    """Return how many bytes of memory the machine has: what is read is held in it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows
        return 1 << 40


def _check_forms(headers: Mapping[str, Header], path: Path) -> None:
    """Check types and shapes, before a pixel is read."""
    for split in ("train", "test"):
        x, y = headers[f"{split}_x"], headers[f"{split}_y"]
        if x.dtype != np.uint8:
            raise DataError(f"{path}: {split}_x must be uint8 (0..255), found {x.dtype}")
        if len(x.shape) not in (3, 4) or 0 in x.shape or _channels(x) > CHANNELS:
            raise DataError(
                f"{path}: {split}_x must be (N, H, W, C) of at most {CHANNELS} channels, or (N, H, W), "
                f"found {x.shape}"
            )
        if len(x.shape) == 4 and x.shape[1] < x.shape[2] == x.shape[3]:
            raise DataError(
                f"{path}: {split}_x must be (N, H, W, C), found {x.shape}, which looks like (N, C, H, W); "
                "save x.transpose(0, 2, 3, 1)"
            )
        if len(y.shape) != 1 or y.dtype.kind not in "iu" or 0 in y.shape:
            raise DataError(f"{path}: {split}_y must be integers of shape (N,), found {y.dtype} {y.shape}")
        if x.shape[0] != y.shape[0]:
            raise DataError(
                f"{path}: {split}_x has {x.shape[0]} images, but {split}_y has {y.shape[0]} labels"
            )
    both = [_channels(headers[f"{split}_x"]) for split in ("train", "test")]
    if both[0] != both[1] and not set(both) <= {1, RGB}:
        raise DataError(f"{path}: train_x has {both[0]} channels, but test_x has {both[1]}")
    names = headers.get("class_names")
    if names is not None and (len(names.shape) != 1 or names.dtype.kind not in "US"):
        raise DataError(f"{path}: class_names must be text of shape (K,), found {names.dtype} {names.shape}")
    _check_groups(headers, path)


def _channels(x: Header) -> int:
    return x.shape[3] if len(x.shape) == 4 else 1


def _check_groups(headers: Mapping[str, Header], path: Path) -> None:
    given = [key for key in ("train_groups", "test_groups") if key in headers]
    if len(given) == 1:
        raise DataError(f"{path}: has only {given[0]}; give both train_groups and test_groups, or neither")
    for key in given:
        groups, count = headers[key], headers[key.replace("groups", "y")].shape[0]
        if groups.shape != (count,) or groups.dtype.kind not in "iuUS":
            raise DataError(
                f"{path}: {key} must be integers or text of shape ({count},), "
                f"found {groups.dtype} {groups.shape}"
            )
    if len({headers[key].dtype.kind in "US" for key in given}) > 1:
        train, test = (headers[key].dtype for key in given)
        raise DataError(
            f"{path}: train_groups are {train}, but test_groups are {test}; use one type for both"
        )


def _class_names(arrays: dict[str, NDArray[Any]], train: NDArray[np.int64], path: Path) -> tuple[str, ...]:
    if "class_names" not in arrays:
        return tuple(
            map(str, range(min(int(train.max()), len(train)) + 1))
        )  # labels without gaps reach no further
    try:
        return text(arrays["class_names"])
    except NpzError as error:
        raise DataError(f"{path}: class_names: {error}; write it with numpy.savez") from error


def _check_classes(labels: dict[str, NDArray[np.int64]], names: tuple[str, ...], path: Path) -> None:
    if len(names) < 2:
        raise DataError(f"{path}: only one class; linear evaluation needs two or more")
    for split, y in labels.items():
        found = np.unique(y)
        if not np.array_equal(found, np.arange(len(names))):
            raise DataError(
                f"{path}: {split}_y must contain every label from 0 to {len(names) - 1}, "
                f"found {counted(len(found), 'label')} from {found[0]} to {found[-1]}; "
                "number the classes from 0 without gaps"
            )


def _groups(arrays: dict[str, NDArray[Any]], path: Path) -> dict[str, NDArray[np.int64]] | None:
    if "train_groups" not in arrays:
        return None
    train, test = arrays["train_groups"], arrays["test_groups"]
    try:
        together = np.concatenate([train, test])
        if together.dtype.kind in "US":
            text(together)
    except NpzError as error:
        raise DataError(
            f"{path}: train_groups and test_groups: {error}; write it with numpy.savez"
        ) from error
    numbers = np.unique(together, return_inverse=True)[1].astype(np.int64)
    of_train, of_test = numbers[: len(train)], numbers[len(train) :]
    no_group_on_both_sides(of_train, of_test, str(path))
    return {"train": of_train, "test": of_test}
