"""A fingerprint of the content that a grid's pixels come from, wherever it is stored."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ablation.data.extras import installed
from ablation.data.hashes import content_hashes
from ablation.data.sources.hf import hf_rows
from ablation.data.tree import CLIP_EXTRAS, IMAGE_EXTRAS, tree
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import (
    ClipFolder,
    Data,
    Generated,
    HuggingFace,
    ImageFolder,
    MedMNIST,
    MovingShapes,
    OwnImages,
    Torchvision,
)
from ablation.telling import Tell, silent

# Raise the number when a generator starts to draw different pictures for the same settings.
SHAPES = "shapes-1"
PALETTES = "palettes-1"
MOVING = "moving-shapes-1"
DECODER = 5  # likewise, when a folder becomes other images: other files, or other pixels


def data_fingerprint(data: Data, tell: Tell = silent) -> str:
    """Return a short text that changes with the content of the data, and with nothing else.

    The first time, every file is read; later, only those whose size or times have changed. Settings such as
    sizes and seeds are not included, because they are part of a cell's identity themselves.

    Args:
        data: the `[data]` section; relative paths start from the working directory.
        tell: told how many files are read.

    Raises:
        DataError: a file or folder is missing, cannot be read, or contains no images.

    Example:
        >>> data_fingerprint(Generated(source="shapes"))
        'shapes-1'
        >>> data_fingerprint(Torchvision(source="cifar10"))
        'torchvision-cifar10'
    """
    if isinstance(data, Generated):
        return {"shapes": SHAPES, "palettes": PALETTES}[data.source]
    if isinstance(data, MovingShapes):
        return MOVING
    if isinstance(data, Torchvision):  # it verifies the files it downloads
        return f"torchvision-{data.source}"
    if isinstance(data, MedMNIST):  # likewise
        return f"medmnist-{data.name}-{data.stored_size}"
    content: dict[str, Any] = {}
    if isinstance(data, ImageFolder):
        content["images"] = _images("path", data.path, tell)
        for key, table in (("labels", data.labels), ("groups", data.groups)):
            if table is not None:
                content[key] = _file(key, table)
    elif isinstance(data, ClipFolder):
        content["images"] = _images("path", data.path, tell, CLIP_EXTRAS)
    elif isinstance(data, HuggingFace):
        rows = hf_rows(data, tell)
        testing = None if rows.testing is None else rows.testing.tolist()
        content["images"] = [
            (file.suffix, digest) for file, digest in zip(rows.files, rows.digests, strict=True)
        ]
        content["labels"] = [rows.labels.tolist(), rows.class_names, testing]
        content["dicom"] = installed("dicom") and any(file.suffix == ".dcm" for file in rows.files)
    else:
        content["arrays"] = _file("path", data.path)
    if data.unlabelled is not None:
        content["unlabelled"] = _images("unlabelled", data.unlabelled, tell)
    files = [*content.get("images", ()), *content.get("unlabelled", ())]
    if files:
        content["decoder"] = DECODER
        if installed("tiff") and any(_may_need_tiff(name, data) for name, _ in files):
            content["tiff"] = True  # files that are skipped without it are images now
    # Names are bytes on disk and need not be valid text, hence ASCII escapes.
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{data.source}-{hashlib.sha256(canonical.encode()).hexdigest()[:32]}"


def _may_need_tiff(name: str, data: OwnImages) -> bool:
    """Whether the extra `tiff` could be what reads a file."""
    suffixes = (".tif", ".tiff") if data.range is None else (".tif", ".tiff", ".png", ".jp2")
    return name.lower().endswith(suffixes)


def _images(
    key: str, written: str, tell: Tell, extras: tuple[str, ...] = IMAGE_EXTRAS
) -> list[tuple[str, str]]:
    folder = user_path(written)
    if not folder.is_dir():
        raise DataError(_missing(key, folder, "folder"))
    found = tree(folder, extras)
    if not found.files:
        others = "".join(f" ({note})" for note in found.notes)
        raise DataError(
            f"data.{key}: no images (.jpg, .png, .tif, …) in {folder} or its subfolders{others}; "
            "name another folder"
        )
    names = [file.relative_to(folder).as_posix() for file in found.files]
    return list(zip(names, content_hashes(found.files, folder, tell), strict=True))


def _file(key: str, written: str) -> str:
    file = user_path(written)
    if not file.is_file():
        raise DataError(_missing(key, file, "file"))
    return content_hashes([file], remembered_for=file)[0]


def _missing(key: str, path: Path, what: str) -> str:
    if path.exists():
        return f"data.{key}: {path} is not a {what}; name one in the grid file or with --set data.{key}=..."
    start = (
        "" if path.is_absolute() else f" in {Path.cwd()} (relative paths start from the working directory)"
    )
    return f"data.{key}: no {what} {path}{start}; correct it in the grid file or with --set data.{key}=..."
