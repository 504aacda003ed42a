"""Damaged image files in a folder of good ones: each is decoded, or skipped with a reason, soon."""

import faulthandler
import multiprocessing
import random
import re
import resource
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ablation.data.decoding.decode import decode
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading
from ablation.data.sources.folder import image_folder
from ablation.grid.data import ImageFolder
from tests.fuzz.inputs import count, damaged, draws, say
from tests.fuzz.pictures import SIDE, Encoded, encoded

FILES = tuple(encoded())
AT_ONCE = 20  # damaged files in a folder
MEMORY = 8 << 30  # bytes of address space for a process that reads such a folder
LIMIT = 120  # seconds for such a folder, which takes one or two; then the process ends, and the test fails


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_good_file_shows_the_picture(tmp_path, file):
    path = tmp_path / file.name
    path.write_bytes(file.content)
    difference = np.abs(
        decode(Page(path), Reading(SIDE)).pixels.astype(int) - np.asarray(file.picture).transpose(2, 0, 1)
    )
    assert difference.mean() <= file.loss


def broken(file: Encoded, draw: random.Random) -> bytes:
    """Damage a file once or more, half of the time near its beginning, where its sizes are."""
    content = file.content
    for _ in range(draw.choice((1, 1, 2, 4))):
        head = draw.choice((len(content), 64))
        content = damaged(content[:head] or b"\0", draw) + content[head:]
    return content


def read(root: str, folder: str, pages: str) -> tuple[int, str, list[str]]:
    """Read a folder; return how many images there are, the notes, and what was warned of."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    data = ImageFolder(source="folder", path=root, size=16, duplicates="keep", pages=pages)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        dataset = image_folder(data, Path(folder))
    faulthandler.cancel_dump_traceback_later()
    images = np.concatenate([dataset.train.images, dataset.test.images])
    assert images.shape[1:] == (3, 16, 16)
    assert images.dtype == np.uint8
    notes = " ".join(note for note in dataset.notes if note.startswith("skipped"))
    return len(images), notes, [str(one.message) for one in warned]


def laid_out(root: Path, contents: list[tuple[str, bytes]]) -> None:
    for name in ("train/cat", "train/dog", "test/cat", "test/dog"):
        (root / name).mkdir(parents=True)
        Image.new("L", (20, 20), 90 + len(name)).save(root / name / "good.png")
    for place, (suffix, content) in enumerate(contents):
        (root / "train" / ("cat", "dog")[place % 2] / f"{place}{suffix}").write_bytes(content)


@pytest.mark.parametrize(("pages", "some"), [("first", 80), ("channels", 20)])
def test_a_damaged_file_is_decoded_or_skipped_with_a_reason(tmp_path, pages, some):
    found: Counter[str] = Counter()
    number = -(-count(some) // AT_ONCE)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for place, draw in enumerate(draws("images", number)):
            chosen = [draw.choice(FILES) for _ in range(AT_ONCE)]
            root, folder = tmp_path / f"photos {place}", tmp_path / f"decoded {place}"
            folder.mkdir()
            laid_out(root, [(file.suffix, broken(file, draw)) for file in chosen])
            images, notes, warned = pool.submit(read, str(root), str(folder), pages).result()
            assert not warned
            assert notes.isprintable()
            assert len(notes) < 1000
            skipped = re.match(r"skipped (\d+) unreadable train images?: train/(cat|dog)/", notes)
            left = int(skipped[1]) if skipped else 0
            assert images + left == 4 + AT_ONCE
            found["decoded"] += images - 4
            found["skipped"] += left
    say(f"image files, pages = {pages}", found)
    assert found["decoded"]
    assert found["skipped"]
