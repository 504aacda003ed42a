"""Folders as users have them, drawn from a small grammar: classes, splits, debris, links and odd names."""

import os
import random
import unicodedata
from contextlib import suppress
from itertools import count as numbers
from pathlib import Path

# fmt: off
PLAIN = ("cat", "dog", "owl")
ODD = (
    "caf\u00e9", "cafe\u0301", "two\nlines", "it's", 'so "called"', "\x1b[31mred", "tab\there", "~", "[bold]",
    os.fsdecode(b"\xff\xfe latin"), "n" * 250, "\u732b\u3000\u72ac", " ", "cat.png", "-rf", "a,b", "%s{0}",
    "\u202eevil", "train", "Test", "images", "masks", "C:\\dog", "results",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\x7f\x9b2J",
)
SUFFIXES = (".png", ".JPG", ".jpeg", ".tif", ".WebP", ".gif")
OTHERS = (
    "notes.txt", "drawing.xcf", "README", "a.HEIC", "1.png.part", "x.\x1b[2J", "y.\n", "png", "z.", "b.PNG ",
)
SYSTEM = (
    "Thumbs.db", ".DS_Store", "._1.png", "desktop.ini", "Icon\r", "@eaDir/1.png", "$RECYCLE.BIN/a/1.png",
    "__MACOSX/._2.png", ".ipynb_checkpoints/1-checkpoint.png", "lost+found/1.jpg", ".hidden.png",
    "System Volume Information/1.png", ".git/objects/1.png", "#recycle/1.png",
)
SPLITS = (
    ("train", "test"), ("Train", "Test"), ("training", "validation"), ("TRAINING", "Val"), ("train", "valid"),
    ("train", "testing"), ("train", "val", "test"), ("Train", "train", "test"), ("train",), ("test",),
    ("train", "extra"), ("train", "test", "extra"), ("train", "test", "tests", ".cache"),
    ("Testing", "Training"),
)
# fmt: on
_serial = numbers()


def plant(root: Path, draw: random.Random) -> None:
    """Make a tree at `root`; no two files are alike."""
    root.mkdir()
    match draw.choice(("flat", "flat", "splits", "splits", "splits", "deep", "anything")):
        case "flat":
            _classes(root, _names(draw), draw)
        case "splits":
            names = _names(draw)
            for split in draw.choice(SPLITS):
                _classes(root / split, [_respelt(name, draw) for name in names], draw)
        case "deep":
            for above in draw.sample(("animal", "bird", *ODD), draw.randint(1, 3)):
                _classes(root / above, _names(draw), draw)
        case "anything":
            for _ in range(draw.randint(0, 4)):
                _images(
                    root.joinpath(*draw.choices((*PLAIN, *ODD), k=draw.randint(0, 4))),
                    draw.randint(0, 3),
                    draw,
                )
    _disturb(root, draw)


def _names(draw: random.Random) -> list[str]:
    names = draw.sample(PLAIN, draw.choice((1, 2, 2, 3, 3, 3)))
    twice = draw.choice(((), (), (), ("caf\u00e9", "cafe\u0301")))  # one name to whoever reads it
    return list(dict.fromkeys([*names, *draw.sample(ODD, draw.choice((0, 0, 1, 2))), *twice]))


def _respelt(name: str, draw: random.Random) -> str:
    return unicodedata.normalize(draw.choice(("NFC", "NFD")), name)


def _classes(folder: Path, names: list[str], draw: random.Random) -> None:
    for name in names:
        _images(folder / name, draw.choice((0, 1, 2, 3, 3, 4, 4, 5)) if draw.random() < 0.2 else 3, draw)


def _picture(serial: str) -> bytes:
    return b"P5 8 1 255\n" + int(serial).to_bytes(8)  # read whatever the suffix


def _images(folder: Path, number: int, draw: random.Random) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(number):
        serial = str(next(_serial))
        stem = draw.choice((serial, serial, f"{serial} a\n", f"\x1b[{serial}", os.fsdecode(b"\xe9") + serial))
        (folder / f"{stem}{draw.choice(SUFFIXES)}").write_bytes(_picture(serial))


def _disturb(root: Path, draw: random.Random) -> None:
    """Lay other things between the classes, and forbid some to be read."""
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for _ in range(draw.choice((0, 0, 1, 2, 4))):
        with suppress(FileExistsError, NotADirectoryError):  # something else is there already
            _lay(draw.choice(folders), root, folders, draw)
    if draw.random() < 0.2:
        files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
        draw.choice([*folders, *files]).chmod(draw.choice((0o000, 0o444, 0o111)))


def _lay(folder: Path, root: Path, folders: list[Path], draw: random.Random) -> None:
    here = folder / f"extra {next(_serial)}"
    match draw.randrange(12):
        case 0 | 1:
            (folder / draw.choice(OTHERS)).write_text(str(next(_serial)))
        case 2 | 3 | 4:
            path = folder / draw.choice(SYSTEM)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(next(_serial)))
        case 5:
            _images(folder, 1, draw)  # beside classes, or one more in a class
        case 6:
            here.mkdir()
        case 7:
            here.symlink_to(draw.choice(folders), target_is_directory=True)
        case 8:
            nowhere = draw.choice(("nowhere", here.name, f"{here.name}.png"))
            here.with_suffix(draw.choice(("", ".png"))).symlink_to(nowhere)
        case 9:
            for name in ("grid.toml", "environment.json", "cells/0.json", "heatmap.png"):
                path = here / "mine" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(str(next(_serial)))
        case 10:
            os.mkfifo(here.with_suffix(draw.choice((".png", ".txt"))))
        case 11:
            elsewhere = root.parent / f"elsewhere {next(_serial)}"
            _images(elsewhere, 2, draw)
            here.symlink_to(elsewhere, target_is_directory=True)
