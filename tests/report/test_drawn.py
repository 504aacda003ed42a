"""A report is current when it shows what the folder holds, whatever the clock said meanwhile."""

import os
import shutil

import pytest

from ablation.report.drawn import is_as_drawn, is_drawn, results_checksum
from ablation.report.files import FILES
from tests.results.builder import build
from tests.undrawn import draw_nothing


@pytest.fixture
def folder(tmp_path):
    folder = build(tmp_path / "drawn", ["crop", "color"], lambda *_: 0.5)
    draw_nothing(folder, str.encode)
    return folder


def test_times_do_not_matter_nor_does_where_it_lies(folder):
    for number, path in enumerate(sorted(folder.rglob("*"))):
        os.utime(path, (10**9 * (number % 3),) * 2)
    shutil.copytree(folder, folder.parent / "copy")
    for one in (folder, folder.parent / "copy"):
        assert is_drawn(one)
        assert is_as_drawn(one)


@pytest.mark.parametrize(
    "change", ["grid.toml", "environment.json", "cells/*.json", "race.json", "cells/x.probe-a.json"]
)
def test_what_changes_or_is_added_is_not_shown(folder, change):
    path = next(folder.glob(change), folder / change)
    was = path.stat() if path.exists() else None
    path.write_bytes((path.read_bytes() if was else b"") + b" ")
    if was:
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert not is_drawn(folder)


def test_a_record_that_is_lost_is_not_shown(folder):
    next(folder.glob("cells/*.json")).unlink()
    assert not is_drawn(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_changed_or_a_link_is_found(folder, name):
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    assert not is_drawn(folder)
    assert not is_as_drawn(folder)
    path.write_bytes(content[:-1] + b"?")
    assert not is_as_drawn(folder)
    path.unlink()
    (folder.parent / "elsewhere").write_bytes(content)
    path.symlink_to(folder.parent / "elsewhere")
    assert not is_as_drawn(folder)


def test_a_record_that_is_written_while_it_is_drawn_is_not_shown(folder, monkeypatch):
    from ablation.report import write

    file = next(folder.glob("cells/*.json"))
    monkeypatch.setattr(write, "render", lambda _: str(file.write_text(file.read_text() + " ")))
    write.write_report(folder)
    assert not is_drawn(folder)
    monkeypatch.undo()
    write.write_report(folder)
    assert is_drawn(folder)
    assert results_checksum(folder) in (folder / "drawn.json").read_text()
