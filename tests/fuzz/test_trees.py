"""Folders in which anything may lie: an image is counted in its class, or it is said that it is not used."""

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ablation.data.dataset import Labels
from ablation.data.sources.folder import folder_labels
from ablation.errors import DataError
from ablation.grid.data import ImageFolder
from tests.fuzz.inputs import count, draws, say
from tests.fuzz.listed import Found, Listed, listed
from tests.fuzz.trees import plant


@pytest.fixture
def here(monkeypatch):
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are for its user alone
    folder.chmod(0o777)
    monkeypatch.setenv("ABLATION_CACHE", str(folder / "cache"))
    yield folder
    shutil.rmtree(folder)


@contextmanager
def as_a_user() -> Iterator[None]:
    """Without the rights of root, who may read everything."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def labels_or_error(data: ImageFolder) -> Labels | str:
    try:
        return folder_labels(data)
    except DataError as error:
        return str(error)


def counts_as(right: Listed, labels: Labels) -> Counter[tuple[str, ...]]:
    """Count images by split and class; where the split was drawn, all are of "train"."""
    drawn = all(split == "train" for split, _ in right.counts)
    return Counter(
        ("train" if drawn else split, labels.class_names[label])
        for split in ("train", "test")
        for label in getattr(labels, split).labels
    )


def told_of(notes: Iterable[str]) -> int:
    """How many files the notes say are left out."""
    return sum(int(number) for note in notes for number in re.findall(r"\b(\d+) (?:file|image)s?\b", note))


def test_every_image_is_in_its_class_or_said_to_be_left_out(here):
    outcomes: Counter[str] = Counter()
    root = here / "photos"
    for draw in draws("trees", count(100)):
        plant(root, draw)
        depth = draw.choice((None, None, 1, 2))
        with as_a_user():
            found = Found(root)
            labels = labels_or_error(ImageFolder(source="folder", path=str(root), class_depth=depth))
        right = listed(found, depth)
        if isinstance(labels, str):
            assert right is None, labels
            assert labels.isprintable()  # on one line, too
            outcomes["refused"] += 1
        else:
            assert right is not None
            assert counts_as(right, labels) == right.counts
            assert told_of(labels.notes) == found.others + right.unused
            assert all(note.isprintable() for note in labels.notes)
            outcomes["read"] += 1
        shutil.rmtree(root)
    say("folder trees", outcomes)
    assert min(outcomes["read"], outcomes["refused"]) > outcomes.total() / 5
