"""What a folder of the user's holds: images, and what is left out, counted by kind."""

import errno
import os
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ablation.data.extras import DICOM_SUFFIXES, VIDEO_SUFFIXES, install, installed
from ablation.errors import DataError
from ablation.words import counted, listed, printable

# fmt: off
IMAGE_SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".tga", ".avif",
})
_BY_EXTRA: Mapping[str, frozenset[str]] = MappingProxyType({"dicom": DICOM_SUFFIXES, "video": VIDEO_SUFFIXES})
IMAGE_EXTRAS = ("dicom",)  # extras that read files of these kinds, too
CLIP_EXTRAS = (*IMAGE_EXTRAS, "video")
# Left by operating systems, network drives and archives, in lower case; beside whatever starts with a dot.
_SYSTEM_FOLDERS = frozenset({
    "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "$recycle.bin", "recycler",
    "system volume information", "lost+found", "found.000", "__macosx",
})
_SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
# fmt: on
_OURS = ("cells", "environment.json", "grid.toml")  # what every results folder holds
_SHOWN = 6  # kinds of files in a sentence
_LOOK = os.R_OK | os.X_OK  # what a folder must allow
_EFFECTIVE = os.access in os.supports_effective_ids


@dataclass(frozen=True)
class Tree:
    """The images under a folder."""

    root: Path
    files: tuple[Path, ...]  # sorted by relative path: the same order everywhere
    left_out: Mapping[str, int]  # files that are none, by kind: a suffix, or words
    systems: Mapping[str, int] = field(default_factory=dict)  # what is not the user's, by name or in words
    extras: tuple[str, ...] = IMAGE_EXTRAS  # whose files would be images

    @property
    def notes(self) -> list[str]:
        """What was left out, in sentences for a run's notes; none where it is nothing.

        Example:
            >>> Tree(Path("photos"), (), {".heic": 31, ".xcf": 9}).notes
            ['skipped 40 files that cannot be read as images: .heic 31, .xcf 9']
            >>> Tree(Path("photos"), (), {}, {"@eaDir": 2, "hidden": 1}).notes
            ['left out as not part of the data: @eaDir 2, hidden 1']
        """
        notes = []
        if self.left_out:
            total = counted(sum(self.left_out.values()), "file")
            what = "an image" if total == "1 file" else "images"
            told = [f"skipped {total} that cannot be read as {what}: {_by_kind(self.left_out)}"]
            for extra in self.extras:
                if needed := sorted(self.left_out.keys() & _BY_EXTRA[extra]):
                    told.append(f"for {listed(needed)}, {install(extra)}")
            notes.append("; ".join(told))
        if self.systems:
            notes.append(f"left out as not part of the data: {_by_kind(self.systems)}")
        return notes


def _by_kind(kinds: Mapping[str, int]) -> str:
    ordered = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    told = ", ".join(f"{printable(kind)} {count}" for kind, count in ordered[:_SHOWN])
    return told + (f" and {counted(len(ordered) - _SHOWN, 'other kind')}" if len(ordered) > _SHOWN else "")


def tree(root: Path, extras: tuple[str, ...] = IMAGE_EXTRAS) -> Tree:
    """Walk a folder: every real folder once, wherever links lead, and none that belongs to a system.

    Hidden files and folders (`.name`), what systems leave behind (`@eaDir`, `$RECYCLE.BIN`, `__MACOSX`, …)
    and results folders of this tool are left out and counted, a folder as one; so are links that
    lead nowhere, named pipes, and what may not be read.

    Args:
        root: the folder.
        extras: whose files count as images where they are installed: `dicom`, `video`.

    Raises:
        DataError: a folder cannot be read for another reason than its permissions, or the root for any.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("b.png", "a.JPG", "notes.txt"):
        ...         _ = (Path(folder) / name).write_bytes(b"")
        ...     found = tree(Path(folder))
        >>> [file.name for file in found.files], found.left_out
        (['a.JPG', 'b.png'], {'.txt': 1})
    """
    images: list[Path] = []
    left_out, systems = Counter[str](), Counter[str]()
    seen = {_identity(root)}
    waiting, links = [root], list[Path]()
    suffixes = IMAGE_SUFFIXES.union(*(_BY_EXTRA[extra] for extra in extras if installed(extra)))
    while waiting or links:
        if not waiting:  # real folders come before links to them
            links.sort(reverse=True)
            waiting = _unseen([links.pop()], seen, left_out)
            continue
        folder = waiting.pop()
        if folder != root and not _may(folder, _LOOK):
            left_out["folder without permission"] += 1
            continue
        content = _content(folder, suffixes)
        waiting += _unseen([path for path in content.folders if not path.is_symlink()], seen, left_out)
        links += [path for path in content.folders if path.is_symlink()]
        images += content.images
        left_out.update(content.others)
        systems.update(content.systems)
    ordered = sorted(images, key=lambda file: file.relative_to(root).as_posix())
    return Tree(root, tuple(ordered), dict(left_out), dict(systems), extras)


def folders_in(folder: Path) -> list[Path]:
    """Return the user's folders directly in a folder, sorted; none if it may not be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("dog", "cat", ".git", "@eaDir"):
        ...         (Path(folder) / name).mkdir()
        ...     [path.name for path in folders_in(Path(folder))]
        ['cat', 'dog']
    """
    return _content(folder).folders if _may(folder, _LOOK) else []


class _Content(NamedTuple):
    folders: list[Path]
    images: list[Path]
    others: list[str]  # the kind of each file that is no image
    systems: list[str]  # the kind of each file and folder that is not the user's


def _content(folder: Path, suffixes: frozenset[str] = IMAGE_SUFFIXES) -> _Content:
    """Return what a folder holds of the user's; files of these suffixes are images."""
    content = _Content([], [], [], [])
    try:
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                content.systems.append("hidden")
                continue
            mode = _mode(path)
            if whose := _whose(path, stat.S_ISDIR(mode)):
                content.systems.append(whose)
            elif stat.S_ISDIR(mode):
                content.folders.append(path)
            else:
                kind = _why_no_image(path, mode, suffixes)
                content.others.extend([kind] if kind else [])
                content.images.extend([] if kind else [path])
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be read ({error.strerror}); check the folder or its disk"
        ) from error
    return content


def _mode(path: Path) -> int:
    """Return what kind of thing a path leads to, and 0 if it leads nowhere."""
    try:
        return path.stat().st_mode
    except PermissionError:  # a link into a folder of somebody else's: a file that may not be read
        return stat.S_IFREG
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return 0
        raise


def _why_no_image(path: Path, mode: int, suffixes: frozenset[str]) -> str | None:
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        return suffix or "no suffix"
    if not mode:
        return "link that leads nowhere"
    if not stat.S_ISREG(mode):
        return "device or pipe"
    return None if _may(path, os.R_OK) else "file without permission"


def _may(path: Path, do: int) -> bool:
    return os.access(path, do, effective_ids=_EFFECTIVE)


def _unseen(folders: list[Path], seen: set[tuple[int, int]], left_out: Counter[str]) -> list[Path]:
    fresh = []
    for path in folders:
        if (identity := _identity(path)) in seen:
            left_out["link to a folder that is read already"] += 1
        else:
            seen.add(identity)
            fresh.append(path)
    return fresh


def _whose(path: Path, is_folder: bool) -> str | None:
    """Name what a file or folder is if it is not the user's own, but a system's or of results."""
    if path.name.lower() in (_SYSTEM_FOLDERS if is_folder else _SYSTEM_FILES):
        return path.name
    return "results folder" if is_folder and _is_results(path) else None


def holds_results(folder: Path) -> bool:
    """Whether there are results of this tool directly in a folder."""
    return _may(folder, _LOOK) and any(
        stat.S_ISDIR(_mode(path)) and _is_results(path) for path in folder.iterdir()
    )


def _is_results(folder: Path) -> bool:
    return _may(folder, os.X_OK) and all((folder / name).exists() for name in _OURS)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
