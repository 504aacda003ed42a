import os
from pathlib import Path

import pytest

from ablation.errors import DataError
from ablation.runner.cluster import images as module
from ablation.runner.cluster.images import SentImages, append, send


@pytest.fixture
def images(tmp_path, monkeypatch):
    """A prepared data set of two files, and a cache folder elsewhere."""
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "there"))
    monkeypatch.setattr(module, "_PIECE", 3000)
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "meta.json").write_text("{}")
    (folder / "train_images.npy").write_bytes(bytes(range(250)) * 40)
    return SentImages.of(folder)


@pytest.fixture
def machine(images):
    """A machine that does not see the images; counts the pieces that it receives."""
    unseen = SentImages(images.folder.with_name("not here"), images.files)

    def call(function, *arguments):
        call.pieces += function == append
        return getattr(unseen, function.__name__, function)(*arguments)

    call.images, call.pieces = unseen, 0
    return call


def sent(images, machine):
    send(images, machine, go_on=lambda: True)
    return machine.images.found()


def test_images_that_are_seen_are_read_where_they_are(images):
    assert images.found() == images.folder
    assert images.expect() is None


def test_images_that_are_not_seen_are_received_once(images, machine, tmp_path):
    folder = sent(images, machine)
    assert folder.is_relative_to(tmp_path / "there")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        file.name: file.read_bytes() for file in images.folder.iterdir()
    }
    assert sent(images, machine) == folder
    assert machine.pieces == 5
    assert not list(folder.parent.glob("*.tmp"))


def test_other_images_under_the_same_path_are_never_taken_for_these(images, machine):
    file = images.folder / "train_images.npy"
    file.write_bytes(file.read_bytes()[::-1])  # of the same size
    assert images.found() is None


def test_damaged_images_are_refused_and_left_nowhere(images, machine, tmp_path):
    file = images.folder / "train_images.npy"
    file.write_bytes(bytes(10_000))
    with pytest.raises(DataError, match="damaged"):
        sent(images, machine)
    assert list((tmp_path / "there" / "received").iterdir()) == []


def test_received_images_that_were_damaged_since_are_received_again(images, machine):
    (sent(images, machine) / "meta.json").write_text("other")
    assert (sent(images, machine) / "meta.json").read_text() == "{}"


def test_what_a_killed_run_left_is_removed_once_it_is_old(images, machine, tmp_path):
    for name, age in {"old": 2 * module._STALE, "new": 0}.items():
        remains = tmp_path / "there" / "received" / f"{name}.tmp"
        remains.mkdir(parents=True)
        changed = remains.stat().st_mtime - age
        os.utime(remains, (changed, changed))
    sent(images, machine)
    assert [path.name for path in (tmp_path / "there" / "received").glob("*.tmp")] == ["new.tmp"]


def test_nothing_more_is_sent_once_the_run_is_over(images, machine):
    send(images, machine, go_on=lambda: False)
    assert (machine.pieces, machine.images.found()) == (0, None)


def test_a_cache_that_cannot_be_written_is_told(images, machine, tmp_path):
    Path(tmp_path / "there").write_text("a file")
    with pytest.raises(DataError, match="cannot store the images"):
        sent(images, machine)
