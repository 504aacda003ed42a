"""What counts as an image of the user's in a folder, and what is left out."""

from pathlib import Path

import pytest

from ablation.data.tree import tree


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
    "debris",
    [
        "@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg", "cat/@eaDir/1.png", "$RECYCLE.BIN/1.png", "lost+found/1.png",
        "__MACOSX/cat/._1.png", "cat/.ipynb_checkpoints/1-checkpoint.png", "cat/Thumbs.db", ".cache/1.png",
        "System Volume Information/1.png", "#recycle/1.png", "cat/._1.png", "cat/desktop.ini",
    ],
)  # fmt: skip
def test_what_systems_leave_behind_is_left_out(tmp_path, debris):
    root = made(tmp_path, "cat/1.png", debris)
    assert names(root) == ["cat/1.png"]
    assert tree(root).notes == []


def test_results_of_this_tool_are_no_images_of_the_users(tmp_path):
    mine = ("grid.toml", "environment.json", "cells/0.json", "figures/leak.png", "heatmap.png")
    root = made(tmp_path, "cat/1.png", *(f"results/mine/{name}" for name in mine))
    assert names(root) == ["cat/1.png"]


def test_other_files_are_counted_by_kind(tmp_path):
    root = made(tmp_path, "a/1.png", *(f"a/{n}.HEIC" for n in range(3)), "a/b.xcf", "a/README", "a/b.heic")
    assert tree(root).notes == ["skipped 6 files that cannot be read as images: .heic 4, .xcf 1, no suffix 1"]
