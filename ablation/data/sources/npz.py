"""Images from an `.npz` of arrays: train_x, train_y, test_x, test_y and a few optional ones."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablation.data.dataset import Dataset, Labelled, Split
from ablation.data.sources.arrays import store_images
from ablation.data.sources.folder import unlabelled_images
from ablation.data.sources.listing import some
from ablation.data.splits import no_group_on_both_sides, subset
from ablation.errors import DataError
from ablation.grid.models import Npz
from ablation.telling import Tell, silent
from ablation.words import counted

_NEEDED = ("train_x", "train_y", "test_x", "test_y")
_OPTIONAL = ("class_names", "train_groups", "test_groups")


def npz(data: Npz, folder: Path, tell: Tell = silent) -> Dataset:
    """Read an `.npz` into image files of `folder`; nothing in it is ever unpickled.

    `train_x`, `test_x`: uint8, (N, H, W, 3), (N, H, W, 1) or (N, H, W). `train_y`, `test_y`: integers
    0..K-1, (N,). `class_names`: (K,) text. `train_groups`, `test_groups`: (N,) integers or text.

    Raises:
        DataError: the file or a key is missing, or has another form; the message says which, and what it is.
    """
    path = Path(data.path).expanduser()
    arrays = _read(path, (*_NEEDED, *_OPTIONAL))
    labels = {split: _labels(arrays, split, path) for split in ("train", "test")}
    names = _class_names(arrays, labels["train"], path)
    _check_classes(labels, names, path)
    groups = _groups(arrays, path)

    def split(name: str, size: int | None) -> Split:
        pixels = _pixels(arrays, name, path)
        rows = subset(labels[name], size, data.seed, f"data.{name}", names)
        images = store_images(pixels, rows, folder, name, data.size, tell)
        return Split(images, labels[name][rows], groups[name][rows] if groups else None)

    train, test = split("train", data.train), split("test", data.test)
    unlabelled, skipped = unlabelled_images(data.unlabelled, data.size, folder, tell)
    return Dataset(train, test, unlabelled, names, tuple(skipped))


def npz_labels(data: Npz) -> tuple[Labelled, Labelled]:
    """Return the labels of both splits, without reading a pixel.

    Raises:
        DataError: as `npz`.
    """
    path = Path(data.path).expanduser()
    arrays = _read(path, [key for key in (*_NEEDED, *_OPTIONAL) if not key.endswith("_x")])
    groups = _groups(arrays, path)

    def split(name: str, size: int | None) -> Labelled:
        labels = _labels(arrays, name, path)
        every = Labelled(labels, groups[name] if groups else None)
        return every.take(subset(labels, size, data.seed, f"data.{name}"))

    return split("train", data.train), split("test", data.test)


def _read(path: Path, keys: Sequence[str]) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise DataError(f"{path}: no such file; check data.path")
    try:
        with np.load(path, allow_pickle=False) as file:
            if missing := [key for key in _NEEDED if key not in file.files]:
                raise DataError(f"{path}: does not contain {some(missing)}, only {some(file.files)}")
            arrays = {}
            for key in [key for key in keys if key in file.files]:
                try:
                    arrays[key] = file[key]
                except ValueError as error:  # an array of Python objects
                    raise DataError(f"{path}: {key} cannot be read: {error}") from error
            return arrays
    except (OSError, EOFError, ValueError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: not a complete .npz file ({error}); write it with numpy.savez") from error


def _pixels(arrays: dict[str, NDArray[Any]], split: str, path: Path) -> NDArray[np.uint8]:
    x, y = arrays[f"{split}_x"], arrays[f"{split}_y"]
    if x.dtype != np.uint8:
        raise DataError(f"{path}: {split}_x must be uint8 (0..255), found {x.dtype}")
    if not (x.ndim == 3 or (x.ndim == 4 and x.shape[-1] in (1, 3))) or 0 in x.shape:
        raise DataError(f"{path}: {split}_x must be (N, H, W, 3), (N, H, W, 1) or (N, H, W), found {x.shape}")
    if len(x) != len(y):
        raise DataError(f"{path}: {split}_x has {len(x)} images, but {split}_y has {len(y)} labels")
    return x


def _labels(arrays: dict[str, NDArray[Any]], split: str, path: Path) -> NDArray[np.int64]:
    y = arrays[f"{split}_y"]
    if y.ndim != 1 or not np.issubdtype(y.dtype, np.integer) or not len(y):
        raise DataError(f"{path}: {split}_y must be integers of shape (N,), found {y.dtype} {y.shape}")
    return y.astype(np.int64)


def _class_names(arrays: dict[str, NDArray[Any]], train: NDArray[np.int64], path: Path) -> tuple[str, ...]:
    if "class_names" not in arrays:
        return tuple(str(label) for label in range(int(train.max()) + 1))
    names = arrays["class_names"]
    if names.ndim != 1 or names.dtype.kind not in "US":
        raise DataError(f"{path}: class_names must be text of shape (K,), found {names.dtype} {names.shape}")
    return tuple(name.decode() if isinstance(name, bytes) else str(name) for name in names.tolist())


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
    given = [key for key in ("train_groups", "test_groups") if key in arrays]
    if not given:
        return None
    if len(given) == 1:
        raise DataError(f"{path}: has only {given[0]}; give both train_groups and test_groups, or neither")
    for split in ("train", "test"):
        groups, count = arrays[f"{split}_groups"], len(arrays[f"{split}_y"])
        if groups.shape != (count,) or groups.dtype.kind not in "iuUS":
            raise DataError(
                f"{path}: {split}_groups must be integers or text of shape ({count},), "
                f"found {groups.dtype} {groups.shape}"
            )
    train, test = arrays["train_groups"], arrays["test_groups"]
    if (train.dtype.kind in "US") != (test.dtype.kind in "US"):
        raise DataError(
            f"{path}: train_groups are {train.dtype}, but test_groups are {test.dtype}; use one type for both"
        )
    numbers = np.unique(np.concatenate([train, test]), return_inverse=True)[1].astype(np.int64)
    of_train, of_test = numbers[: len(train)], numbers[len(train) :]
    no_group_on_both_sides(of_train, of_test, str(path))
    return {"train": of_train, "test": of_test}
