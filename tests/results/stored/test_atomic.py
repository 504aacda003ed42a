import errno
import os

import pytest

from ablation.results.stored.atomic import write_atomically


def test_a_failing_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    file = tmp_path / "cells.csv"
    write_atomically(file, b"old")

    def full_disk(descriptor):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space left") as caught:
        write_atomically(file, b"new")
    assert caught.value.filename == str(file)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"cells.csv": b"old"}


def test_files_are_as_readable_as_the_users_other_files(tmp_path):
    write_atomically(tmp_path / "ours", b"")
    (tmp_path / "theirs").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode
