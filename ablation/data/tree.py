"""What a folder of the user's holds: images, and what is left out, counted by kind."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ablation.data.extras import DICOM_SUFFIXES, install, installed
from ablation.words import counted, listed

# fmt: off
IMAGE_SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".tga", ".avif",
})
# Left by operating systems, network drives and archives, in lower case; beside whatever starts with a dot.
_SYSTEM_FOLDERS = frozenset({
    "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "$recycle.bin", "recycler",
    "system volume information", "lost+found", "found.000", "__macosx",
})
_SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
# fmt: on
_OURS = ("cells", "environment.json", "grid.toml")  # what every results folder holds
_SHOWN = 6  # kinds of files in a sentence


@dataclass(frozen=True)
class Tree:
    """The images under a folder."""

    root: Path
    files: tuple[Path, ...]  # sorted by relative path: the same order everywhere
    left_out: Mapping[str, int]  # files that are none, by kind: a suffix, or words

    @property
    def notes(self) -> list[str]:
        """What was left out, as a sentence for a run's notes; none where it is nothing.

        Example:
            >>> Tree(Path("photos"), (), {".heic": 31, ".xcf": 9}).notes
            ['skipped 40 files that cannot be read as images: .heic 31, .xcf 9']
        """
        if not self.left_out:
            return []
        ordered = sorted(self.left_out.items(), key=lambda kind: (-kind[1], kind[0]))
        told = ", ".join(f"{kind} {count}" for kind, count in ordered[:_SHOWN])
        more = f" and {counted(len(ordered) - _SHOWN, 'other kind')}" if len(ordered) > _SHOWN else ""
        total = counted(sum(self.left_out.values()), "file")
        what = "an image" if total == "1 file" else "images"
        needed = sorted(self.left_out.keys() & DICOM_SUFFIXES)
        mend = f"; for {listed(needed)}, {install('dicom')}" if needed else ""
        return [f"skipped {total} that cannot be read as {what}: {told}{more}{mend}"]


def tree(root: Path) -> Tree:
    """Walk a folder: every real folder once, wherever links lead, and none that belongs to a system.

    Hidden files and folders (`.name`), what systems leave behind (`@eaDir`, `$RECYCLE.BIN`, `__MACOSX`, …)
    and results folders of this tool are left out.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("b.png", "a.JPG", "notes.txt"):
        ...         _ = (Path(folder) / name).write_bytes(b"")
        ...     found = tree(Path(folder))
        >>> [file.name for file in found.files], found.left_out
        (['a.JPG', 'b.png'], {'.txt': 1})
    """
    suffixes = IMAGE_SUFFIXES | (DICOM_SUFFIXES if installed("dicom") else frozenset())
    images: list[Path] = []
    left_out: Counter[str] = Counter()
    seen = {_identity(root)}
    waiting, links = [root], list[Path]()
    while waiting or links:
        if not waiting:  # real folders come before links to them
            links.sort(reverse=True)
            waiting = _unseen([links.pop()], seen, left_out)
            continue
        try:
            folders, files = _content(waiting.pop())
        except PermissionError:
            left_out["folder without permission"] += 1
            continue
        waiting += _unseen([path for path in folders if not path.is_symlink()], seen, left_out)
        links += [path for path in folders if path.is_symlink()]
        images += [path for path in files if path.suffix.lower() in suffixes]
        left_out.update(
            path.suffix.lower() or "no suffix" for path in files if path.suffix.lower() not in suffixes
        )
    ordered = sorted(images, key=lambda file: file.relative_to(root).as_posix())
    return Tree(root, tuple(ordered), dict(left_out))


def _content(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the user's folders and files in a folder."""
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    folders = [path for path in paths if path.is_dir()]
    files = [path for path in paths if not path.is_dir() and path.name.lower() not in _SYSTEM_FILES]
    return [path for path in folders if is_users(path)], files


def _unseen(folders: list[Path], seen: set[tuple[int, int]], left_out: Counter[str]) -> list[Path]:
    fresh = []
    for path in folders:
        if (identity := _identity(path)) in seen:
            left_out["link to a folder that is read already"] += 1
        else:
            seen.add(identity)
            fresh.append(path)
    return fresh


def is_users(folder: Path) -> bool:
    """Whether a folder is the user's own: not hidden, not a system's, not of results."""
    if folder.name.startswith(".") or folder.name.lower() in _SYSTEM_FOLDERS:
        return False
    return not all((folder / name).exists() for name in _OURS)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
