"""Only files are read: what would block or never end is refused at once, wherever a file is expected."""

import os
import socket

import pytest

from ablation.data.decoding.decode import decode
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading
from ablation.data.fingerprint import data_fingerprint
from ablation.data.sources.npz import npz
from ablation.errors import AblationError, DataError, GridError
from ablation.files import read_file
from ablation.grid.data import ImageFolder, Npz
from ablation.grid.file.load import load_grid
from ablation.report.files import SHORTCUT, read_verdict
from ablation.results.study import read_study
from tests.results.builder import build

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")


def replaced_by_pipe(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


def test_what_is_not_a_file_is_refused_and_named(tmp_path):
    with pytest.raises(OSError, match="is a named pipe, not a file"):
        read_file(replaced_by_pipe(tmp_path / "pipe"))
    with pytest.raises(OSError, match="is a device, not a file"):
        read_file(type(tmp_path)("/dev/zero"))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket"))  # a socket's path must be short
        with pytest.raises(OSError, match="is a socket, not a file"):
            read_file(tmp_path / "socket")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "loop", tmp_path / "none"):
        with pytest.raises(OSError, match=path.name):
            read_file(path)


def test_a_file_larger_than_allowed_is_not_read(tmp_path):
    (tmp_path / "large").write_bytes(bytes(11))
    assert len(read_file(tmp_path / "large", limit=11)) == 11
    with pytest.raises(OSError, match="is larger than"):
        read_file(tmp_path / "large", limit=10)


@pytest.mark.parametrize(
    "name", ["grid.toml", "environment.json", "cells/*.json", "cells/*.npz", "pictures.npz"]
)
def test_a_pipe_in_a_results_folder_is_an_error_at_once(tmp_path, name):
    folder = build(tmp_path, ["crop"], lambda *_: 0.4)
    (folder / "pictures.npz").write_bytes(b"")
    pipe = replaced_by_pipe(next(folder.glob(name)))
    with pytest.raises(AblationError, match=rf"{pipe.name}.*(is a named pipe, not a file|it is missing)"):  # noqa: PT012
        study = read_study(folder)
        study.recommendation, study.pictures  # noqa: B018


def test_other_pipes_are_errors_at_once(tmp_path):
    with pytest.raises(GridError, match="cannot be read: is a named pipe, not a file"):
        load_grid(replaced_by_pipe(tmp_path / "grid.toml"))
    with pytest.raises(DataError, match="is a named pipe, not a file"):
        npz(Npz(source="npz", path=str(replaced_by_pipe(tmp_path / "data.npz"))), tmp_path)
    (tmp_path / "cats").mkdir()
    picture = replaced_by_pipe(tmp_path / "cats/a.png")
    with pytest.raises(DataError, match=r"no images .* \(skipped 3 files .*device or pipe 1\)"):
        data_fingerprint(ImageFolder(source="folder", path=str(tmp_path)))
    with pytest.raises(OSError, match="is a named pipe, not a file"):
        decode(Page(picture), Reading(32))
    replaced_by_pipe(tmp_path / SHORTCUT)
    assert read_verdict(tmp_path) is None
