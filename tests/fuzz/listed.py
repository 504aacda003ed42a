"""What a folder of images holds, worked out slowly from docs/grid.md: the reference of test_trees.py.

It shares no code with the package. `None` in place of an answer says that the folder must be refused.
"""

import os
import stat
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple

# fmt: off
SUFFIXES = {
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "dib", "gif", "tif", "tiff", "ppm", "pgm", "pbm",
    "pnm", "jp2", "tga", "avif",
}
SYSTEM = {
    "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "$recycle.bin", "recycler",
    "system volume information", "lost+found", "found.000", "__macosx", "thumbs.db", "ehthumbs.db",
    "desktop.ini", "icon\r",
}
# fmt: on
WORDS = {"train": {"train", "training"}, "test": {"test", "testing"}, "val": {"val", "valid", "validation"}}
PICTURES, MASKS = {"image", "images", "img", "imgs"}, {"mask", "masks", "label", "labels", "annotations"}

Parts = tuple[str, ...]  # of a path, from the root down


class Found:
    """What lies below a folder: every folder is visited once, real ones before links."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.images: list[Parts] = []
        self.folders: set[Parts] = set()  # of the user's, linked and empty ones among them
        self.others = 0  # files and folders that are no images of the user's, and are told of
        self._visited: set[Path] = set()
        self._links: list[Parts] = []
        self._visit(())
        while self._links:
            self._links.sort()
            self._visit(self._links.pop(0))

    def _visit(self, parts: Parts) -> None:
        folder = self.root.joinpath(*parts)
        if folder.resolve() in self._visited or not may_list(folder):
            self.others += 1
            return
        self._visited.add(folder.resolve())
        for path in folder.iterdir():
            name = path.name
            if name.startswith(".") or name.lower() in SYSTEM or is_results(path):
                continue
            if stat.S_ISDIR(mode(path)):
                self.folders.add((*parts, name))
                if path.is_symlink():
                    self._links.append((*parts, name))
                else:
                    self._visit((*parts, name))
            elif is_image(path):
                self.images.append((*parts, name))
            else:
                self.others += 1


class Listed(NamedTuple):
    """Images of each split and class, and how many are not used."""

    counts: Counter[Parts]  # of (split, class); without splits, all are of "train"
    unused: int


def listed(found: Found, depth: int | None) -> Listed | None:
    """Sort images by split and class; None where one of the rules is broken."""
    tops = {parts[0] for parts in found.folders if len(parts) == 1}
    of_word = {word: [name for name in tops if name.lower() in WORDS[word]] for word in WORDS}
    if any(len(names) > 1 for names in of_word.values()):
        return None
    train, test = of_word["train"], of_word["test"] or of_word["val"]
    splits: dict[str, Parts] = {"train": ()}
    if train and test:
        splits = {"train": (train[0],), "test": (test[0],)}
    elif any(len(parts) == 2 and parts[0] in (*train, *test) for parts in found.folders):
        return None
    counts: Counter[Parts] = Counter()
    classes: dict[str, set[str]] = {}
    for split, base in splits.items():
        below = [parts[len(base) :] for parts in found.images if parts[: len(base)] == base]
        if depth is None and any(len(parts) > 2 for parts in below):
            return None
        level = depth or 1
        inside = Counter(called(parts[level - 1]) for parts in below if len(parts) > level)
        counts.update({(split, name): times for name, times in inside.items()})
        classes[split] = {*inside} | (empty_classes(found, base) if level == 1 else set())
    names = classes["train"]
    lower = {name.lower() for name in names}
    if (
        len(names) < 2
        or (lower & PICTURES and lower & MASKS)
        or any(classes[split] - names for split in splits)
    ):
        return None
    least = 2 if len(splits) == 1 else 1  # one to train and one to test on
    if any(counts[split, name] < least for split in splits for name in names):
        return None
    return Listed(counts, len(found.images) - counts.total())


def empty_classes(found: Found, base: Parts) -> set[str]:
    """Name the folders that are classes without images: those with nothing but results are none."""
    children = {parts for parts in found.folders if parts[:-1] == base}
    paths = [found.root.joinpath(*parts) for parts in children]
    return {
        called(path.name) for path in paths if not may_list(path) or not any(map(is_results, path.iterdir()))
    }


def is_results(path: Path) -> bool:
    return all(mode(path / name) for name in ("grid.toml", "environment.json", "cells"))


def is_image(path: Path) -> bool:
    stem, _, suffix = path.name.rpartition(".")
    named = bool(stem) and suffix.lower() in SUFFIXES
    return named and stat.S_ISREG(mode(path)) and os.access(path, os.R_OK, effective_ids=True)


def may_list(path: Path) -> bool:
    return os.access(path, os.R_OK | os.X_OK, effective_ids=True)


def mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def called(name: str) -> str:
    """What a class is called: its folder's name in composed letters, on one line."""
    return "".join(map(_shown, unicodedata.normalize("NFC", name)))


def _shown(letter: str) -> str:
    if unicodedata.category(letter) not in ("Cc", "Cs", "Zl", "Zp"):
        return letter
    return {"\n": "\\n", "\t": "\\t"}.get(letter, f"\\u{ord(letter):04x}")
