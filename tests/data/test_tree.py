"""What counts as an image of the user's in a folder, and what is left out."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from ablation.data.tree import tree
from ablation.errors import DataError


def made(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return root


def names(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in tree(root).files]


def test_the_order_is_that_of_relative_paths(tmp_path):
    assert names(made(tmp_path, "b/1.png", "a.png", "b.png", "a/2.JPG")) == [
        "a.png", "a/2.JPG", "b.png", "b/1.png",
    ]  # fmt: skip


def test_links_are_followed_and_each_real_folder_is_read_once_under_its_own_name(tmp_path):
    elsewhere = made(tmp_path / "elsewhere", "1.png")
    root = made(tmp_path / "photos", "dog/1.png", "cat/1.png")
    (root / "ant").symlink_to(root / "dog", target_is_directory=True)
    (root / "cat" / "again").symlink_to(root, target_is_directory=True)
    (root / "cat" / "more").symlink_to(elsewhere, target_is_directory=True)
    assert names(root) == ["cat/1.png", "cat/more/1.png", "dog/1.png"]
    assert tree(root).left_out == {"link to a folder that is read already": 2}


@pytest.mark.parametrize(
    ("debris", "kind"),
    [
        ("@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg", "@eaDir"), ("cat/@eaDir/1.png", "@eaDir"),
        ("$RECYCLE.BIN/1.png", "$RECYCLE.BIN"), ("lost+found/1.png", "lost+found"),
        ("__MACOSX/cat/._1.png", "__MACOSX"), ("cat/.ipynb_checkpoints/1-checkpoint.png", "hidden"),
        ("cat/Thumbs.db", "Thumbs.db"), (".cache/1.png", "hidden"), ("#recycle/1.png", "#recycle"),
        ("System Volume Information/1.png", "System Volume Information"), ("cat/._1.png", "hidden"),
        ("cat/desktop.ini", "desktop.ini"),
    ],
)  # fmt: skip
def test_what_systems_leave_behind_is_left_out_and_named(tmp_path, debris, kind):
    root = made(tmp_path, "cat/1.png", debris)
    assert names(root) == ["cat/1.png"]
    assert tree(root).notes == [f"left out as not part of the data: {kind} 1"]


def test_results_of_this_tool_are_no_images_of_the_users(tmp_path):
    mine = ("grid.toml", "environment.json", "cells/0.json", "figures/leak.png", "heatmap.png")
    root = made(tmp_path, "cat/1.png", *(f"results/mine/{name}" for name in mine))
    assert names(root) == ["cat/1.png"]
    assert tree(root).systems == {"results folder": 1}


def test_what_is_left_out_is_counted_by_name_a_folder_as_one(tmp_path):
    thumbs = (f"{name}/@eaDir/{n}.png/T.jpg" for name in ("cat", "dog") for n in range(3))
    root = made(tmp_path, "cat/1.png", "dog/1.png", *thumbs, "cat/._1.png", "dog/.DS_Store", ".git/config")
    assert tree(root).notes == ["left out as not part of the data: hidden 3, @eaDir 2"]


def test_other_files_are_counted_by_kind(tmp_path):
    root = made(tmp_path, "a/1.png", *(f"a/{n}.HEIC" for n in range(3)), "a/b.xcf", "a/README", "a/b.heic")
    assert tree(root).notes == ["skipped 6 files that cannot be read as images: .heic 4, .xcf 1, no suffix 1"]


def test_a_link_that_leads_nowhere_or_to_itself_is_left_out_and_counted(tmp_path):
    root = made(tmp_path, "cat/1.png")
    (root / "cat" / "2.png").symlink_to("nowhere.png")
    (root / "cat" / "3.png").symlink_to("3.png")
    assert names(root) == ["cat/1.png"]
    assert tree(root).left_out == {"link that leads nowhere": 2}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_named_pipe_is_no_image(tmp_path):
    root = made(tmp_path, "cat/1.png")
    os.mkfifo(root / "cat" / "2.png")
    assert names(root) == ["cat/1.png"]
    assert tree(root).left_out == {"device or pipe": 1}


@pytest.fixture
def as_a_user():
    """A folder of a user's that is not root, who may read everything."""
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are for its user alone
    folder.chmod(0o777)
    if is_root := os.geteuid() == 0:
        os.seteuid(65534)
    yield folder
    if is_root:
        os.seteuid(0)
    for path in folder.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name == "nt", reason="permissions are other ones")
def test_what_may_not_be_read_is_left_out_alone_and_counted(as_a_user):
    root = made(as_a_user / "photos", "cat/1.png", "cat/2.png", "dog/1.png", "owl/1.png", "ant/1.png")
    elsewhere = made(as_a_user / "elsewhere", "3.png")
    (root / "cat" / "3.png").symlink_to(elsewhere / "3.png")
    (root / "cat" / "2.png").chmod(0)
    elsewhere.chmod(0)
    (root / "dog").chmod(0)
    (root / "owl").chmod(0o444)  # its names may be read, and nothing else
    assert names(root) == ["ant/1.png", "cat/1.png"]
    assert tree(root).left_out == {"file without permission": 2, "folder without permission": 2}
    root.chmod(0)
    with pytest.raises(DataError, match=r"photos: cannot be read \(Permission denied\)"):
        tree(root)
    root.chmod(0o700)


def test_a_folder_that_cannot_be_read_for_another_reason_is_an_error(tmp_path, monkeypatch):
    root = made(tmp_path, "cat/1.png")

    def failing(path):
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(Path, "iterdir", failing)
    with pytest.raises(DataError, match=r"cannot be read \(Input/output error\)"):
        tree(root)


def test_the_kind_of_a_file_is_told_on_one_line(tmp_path):
    assert tree(made(tmp_path, "a.\x1b[2J\n")).notes == [
        r"skipped 1 file that cannot be read as an image: .\u001b[2j\n 1"
    ]
