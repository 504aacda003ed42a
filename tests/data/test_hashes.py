import hashlib
import os
from pathlib import Path

import pytest

from ablation.data import hashes
from ablation.data.hashes import content_hashes
from ablation.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("ABLATION_CACHE", str(folder))
    monkeypatch.setattr(hashes, "AT_REST", 0)
    return folder / "hashes"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "a.png"
    file.write_bytes(b"abc")
    return file


ABC = hashlib.sha256(b"abc").hexdigest()
XYZ = hashlib.sha256(b"xyz").hexdigest()


def test_a_remembered_hash_is_taken_without_reading(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert content_hashes([file], file) == [ABC]
    monkeypatch.setattr(hashes, "sha256", lambda file: pytest.fail(f"{file} was read"))
    assert content_hashes([file], file) == [ABC]


def test_a_change_that_keeps_size_and_time_is_seen(file: Path) -> None:
    before = file.stat()
    content_hashes([file], file)
    file.write_bytes(b"xyz")
    while file.stat().st_ctime_ns == before.st_ctime_ns:  # until the file system's clock has moved on
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert content_hashes([file], file) == [XYZ]


def test_a_file_that_may_still_change_within_a_tick_of_the_clock_is_not_remembered(
    file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashes, "AT_REST", 3_600_000_000_000)
    assert content_hashes([file], file) == [ABC]
    assert not cache.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", bytes(31), bytes(80), hashlib.sha256(b"short").digest() + b"short"]
)
def test_a_damaged_memory_is_made_again(file: Path, cache: Path, content: bytes) -> None:
    content_hashes([file], file)
    [memory] = cache.iterdir()
    good = memory.read_bytes()
    memory.write_bytes(content)
    assert content_hashes([file], file) == [ABC]
    assert memory.read_bytes() == good


def test_a_cache_that_cannot_be_written_is_done_without(file: Path, cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    assert content_hashes([file], file) == [ABC]


def test_names_that_are_no_text_are_hashed_and_remembered(tmp_path: Path, cache: Path) -> None:
    name = os.fsdecode(b"\xff.png")
    try:
        (tmp_path / name).write_bytes(b"abc")
    except OSError:
        pytest.skip("this file system takes text only")
    for _ in range(2):
        assert content_hashes([tmp_path / name], tmp_path / name) == [ABC]
    assert len(list(cache.iterdir())) == 1


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png: cannot be read: No such file"):
        content_hashes([tmp_path / "gone.png"], tmp_path)


def test_what_was_read_before_an_interruption_is_remembered(tmp_path: Path, monkeypatch) -> None:
    files = [tmp_path / f"{number:03}.png" for number in range(200)]
    for file in files:
        file.write_bytes(file.name.encode())

    def interrupt(what: str, done: int, total: int) -> None:
        if done == 128:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        content_hashes(files, tmp_path, interrupt)
    read = []
    monkeypatch.setattr(
        hashes, "sha256", lambda file: read.append(file) or hashlib.sha256(file.read_bytes()).hexdigest()
    )
    expected = [hashlib.sha256(file.name.encode()).hexdigest() for file in files]
    assert content_hashes(files, tmp_path) == expected
    assert read == files[128:]
    with pytest.raises(KeyboardInterrupt):  # the other hashes are not forgotten
        content_hashes(files, tmp_path, interrupt)
    assert content_hashes(files, tmp_path) == expected
    assert read == files[128:]
