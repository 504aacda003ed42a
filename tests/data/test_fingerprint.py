import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from ablation.data import hashes
from ablation.data.fingerprint import data_fingerprint
from ablation.errors import DataError
from ablation.grid.data import SOURCES, Generated, ImageFolder, Npz, Torchvision

PAST = 1_600_000_000  # seconds; files as young as a test's are not remembered


@pytest.fixture(autouse=True)
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    folder = Path("photos")
    for name in ("cat/1.png", "cat/2.JPG", "dog/1.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    Path("groups.csv").write_text("file,group\n")
    Path("x.npz").write_bytes(b"arrays")
    return folder


def folder(**settings: Any) -> str:
    return data_fingerprint(ImageFolder(**{"source": "folder", "path": "photos"} | settings))


def npz(**settings: Any) -> str:
    return data_fingerprint(Npz(**{"source": "npz", "path": "x.npz"} | settings))


def test_sources_without_files_of_the_user_have_constant_fingerprints() -> None:
    for source, model in SOURCES.items():
        if model is Torchvision:
            assert data_fingerprint(model(source=source)) == f"torchvision-{source}"
    assert data_fingerprint(Generated(source="shapes")) == "shapes-1"
    assert data_fingerprint(Generated(source="palettes")) == "palettes-1"


def test_a_fingerprint_is_the_same_on_every_machine() -> None:
    assert folder() == "folder-a0be0ee2738e122b72ee9c7e2b55e8bb"
    assert npz() == "npz-b11cabe1c8d2bbdf3515b62a8ce61595"


@pytest.mark.parametrize(
    "change",
    [
        lambda photos: (photos / "cat/1.png").write_bytes(b"cat/1.pnG"),  # one byte of the same length
        lambda photos: (photos / "cat/2.JPG").unlink(),
        lambda photos: (photos / "cat/1.png").rename(photos / "dog/0.png"),
        lambda photos: (photos / "cat/1.png").rename(photos / "cat/3.png"),
        lambda photos: (photos / "cat").rename(photos / "lion"),
        lambda photos: shutil.copy(photos / "cat/1.png", photos / "cat/copy.png"),
    ],
    ids=["a byte", "one less", "another class", "another name", "class renamed", "one more"],
)
def test_a_change_of_content_changes_the_fingerprint_of_a_folder(change: Any, photos: Path) -> None:
    before = folder()
    change(photos)
    assert folder() != before


def test_time_place_and_other_files_do_not_change_it(photos: Path) -> None:
    before = folder()
    os.utime(photos / "cat/1.png", (PAST, PAST))
    (photos / "notes.txt").write_text("x")
    (photos / "cat/._1.png").write_text("left by another system")
    (photos / ".trash").mkdir()
    (photos / ".trash/1.png").write_text("x")
    assert folder() == before
    shutil.move(photos, "elsewhere")
    assert folder(path="elsewhere") == before
    assert folder(path=str(Path("elsewhere").absolute())) == before


def test_a_path_may_start_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(Path.cwd()))
    assert folder(path="~/photos", groups="~/groups.csv") == folder(groups="groups.csv")
    assert npz(path="~/x.npz", unlabelled="~/photos") == npz(unlabelled="photos")


def test_groups_and_unlabelled_images_are_part_of_it() -> None:
    shutil.copytree("photos", "more")
    prints = [folder(), folder(groups="groups.csv"), folder(unlabelled="more"), npz(), npz(unlabelled="more")]
    assert len(set(prints)) == len(prints)
    Path("groups.csv").write_text("file,groups\n")
    Path("more/dog/1.png").write_bytes(b"other")
    assert folder(groups="groups.csv") != prints[1]
    assert folder(unlabelled="more") != prints[2]
    assert npz(unlabelled="more") != prints[4]
    assert folder() == prints[0]


def test_one_byte_of_an_npz_changes_its_fingerprint_and_its_place_does_not() -> None:
    before = npz()
    shutil.copy("x.npz", "y.npz")
    assert npz(path="y.npz") == before
    Path("x.npz").write_bytes(b"arrayz")
    assert npz() != before


def test_unchanged_files_are_not_read_again(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "AT_REST", 0)
    read: list[str] = []
    plain = hashes.sha256

    def record(file: Path) -> str:
        read.append(file.name)
        return plain(file)

    monkeypatch.setattr(hashes, "sha256", record)
    first = folder()
    assert read == ["1.png", "2.JPG", "1.png"]
    assert folder() == first
    assert len(read) == 3
    (photos / "cat/2.JPG").write_bytes(b"other")
    assert folder() != first
    assert read[3:] == ["2.JPG"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: folder(path="phots"),
            "data.path: no folder phots in {cwd} (relative paths start from the working directory); "
            "correct it in the grid file or with --set data.path=...",
        ),
        (
            lambda: npz(path="/nowhere/x.npz"),
            "data.path: no file /nowhere/x.npz; correct it in the grid file or with --set data.path=...",
        ),
        (
            lambda: folder(groups="photos"),
            "data.groups: photos is not a file; name one in the grid file or with --set data.groups=...",
        ),
        (
            lambda: npz(unlabelled="x.npz"),
            "data.unlabelled: x.npz is not a folder; "
            "name one in the grid file or with --set data.unlabelled=...",
        ),
        (
            lambda: folder(path="empty"),
            "data.path: no images (.jpg, .png, .tif, …) in empty or its subfolders; name another folder",
        ),
    ],
)
def test_what_is_missing_is_told_with_what_to_do(call: Any, message: str) -> None:
    Path("empty").mkdir()
    with pytest.raises(DataError) as caught:
        call()
    assert str(caught.value) == message.format(cwd=Path.cwd())
