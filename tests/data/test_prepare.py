import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ablation.data import prepare as module
from ablation.data.fingerprint import data_fingerprint
from ablation.data.hashes import sha256
from ablation.data.prepare import is_prepared, load, prepare, prepare_again
from ablation.data.sources.arrays import new_images
from ablation.data.sources.table import SOURCES
from ablation.data.splits import validation_split
from ablation.errors import DataError
from ablation.grid.data import Generated, ImageFolder, Npz
from ablation.grid.models import Grid
from ablation.telling import silent

DATA = Generated(source="shapes", train=30, test=20, size=16)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    calls: list[str] = []

    def counted(data, folder, tell):
        calls.append(data.source)
        return SOURCES[data.source](data, folder, tell)

    monkeypatch.setattr(module, "SOURCES", {"shapes": counted, "npz": counted})
    return calls


def npz_file(path: Path, x: np.ndarray, **more: np.ndarray) -> Npz:
    y = np.arange(len(x)) % 2
    np.savez(path, train_x=x, train_y=y, test_x=x[:, ::-1], test_y=y, **more)
    return Npz(source="npz", path=str(path), size=16)


def test_what_is_loaded_is_a_read_only_map_of_what_was_drawn(tmp_path):
    dataset = load(prepare(DATA, "v1"))
    drawn = SOURCES["shapes"](DATA, tmp_path, silent)
    assert np.array_equal(dataset.train.images, drawn.train.images)
    assert np.array_equal(dataset.test.labels, drawn.test.labels)
    assert dataset.class_names == drawn.class_names
    assert isinstance(dataset.train.images, np.memmap)
    assert not dataset.train.images.flags.writeable
    assert (dataset.train.groups, dataset.unlabelled) == (None, None)


def test_a_second_call_decodes_nothing(decoded):
    assert not is_prepared(DATA, "v1")
    assert prepare(DATA, "v1") == prepare(DATA, "v1")
    assert is_prepared(DATA, "v1")
    assert decoded == ["shapes"]


def test_other_bytes_or_settings_are_another_folder_and_another_place_is_not(tmp_path):
    folders = {
        prepare(DATA, "v1"),
        prepare(DATA, "v2"),
        prepare(DATA.model_copy(update={"seed": 1}), "v1"),
        prepare(DATA.model_copy(update={"coloring": "fixed"}), "v1"),
    }
    assert len(folders) == 4
    x = np.random.default_rng(0).integers(0, 255, (8, 16, 16, 3), np.uint8)
    assert prepare(npz_file(tmp_path / "a.npz", x), "v1") == prepare(npz_file(tmp_path / "b.npz", x), "v1")


@pytest.mark.parametrize("damage", ["cut", "lost", "no meta", "meta cut"])
def test_a_damaged_folder_is_made_again(decoded, damage):
    folder = prepare(DATA, "v1")
    before = load(folder).train.images.copy()
    pixels, meta = folder / "train_images.npy", folder / "meta.json"
    if damage == "cut":
        pixels.write_bytes(pixels.read_bytes()[:1000])
    elif damage == "meta cut":
        meta.write_bytes(meta.read_bytes()[:50])
    else:
        (pixels if damage == "lost" else meta).unlink()
    assert prepare(DATA, "v1", say=lambda _: None) == folder
    assert np.array_equal(load(folder).train.images, before)
    assert len(decoded) == 2


@pytest.mark.parametrize("name", ["train_images", "train_labels", "test_labels", "meta"])
def test_damage_that_changes_no_size_is_repaired_and_said(decoded, name):
    folder, said = prepare(DATA, "v1"), []
    before = [file.read_bytes() for file in sorted(folder.iterdir())]
    file = folder / (f"{name}.npy" if name != "meta" else "meta.json")
    content = file.read_bytes()
    file.write_bytes(content.replace(b"disc", b"disk") if name == "meta" else content[:-9] + bytes(9))
    assert file.stat().st_size == len(content)
    assert prepare(DATA, "v1", say=said.append) == folder
    assert [file.read_bytes() for file in sorted(folder.iterdir())] == before
    assert said == [f"{folder}: the decoded images are damaged; decoding them again"]
    file.write_bytes(b"")
    with pytest.warns(match="damaged"):
        prepare(DATA, "v1")
    assert len(decoded) == 3


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(path.read_bytes()[:130]), Path.unlink])
@pytest.mark.parametrize("name", ["train_labels.npy", "meta.json"])
def test_what_is_damaged_a_moment_after_it_was_checked_is_told_in_words(name, damage):
    data = Generated(source="shapes", train=20, test=10)
    folder = prepare(data, "shapes-1")
    damage(folder / name)
    with pytest.raises(DataError, match=r"damaged a moment ago .*run the same command"):
        load(folder)


def test_what_was_damaged_before_its_checksum_was_taken_is_decoded_again(monkeypatch):
    data = Generated(source="shapes", train=20, test=10)
    with monkeypatch.context() as patch:
        patch.setattr(module, "sha256", lambda path: cut(path) and sha256(path))
        folder = prepare(data, "shapes-1")
    with pytest.raises(DataError, match="run the same command"):
        load(prepare(data, "shapes-1"))
    assert len(load(prepare(data, "shapes-1")).train.labels) == 20
    assert folder == prepare(data, "shapes-1")


def cut(path):
    """Change the shape in the header of an array, but not the size of its file."""
    if path.name == "train_labels.npy":
        path.write_bytes(path.read_bytes().replace(b"(20,)", b"(90,)"))
    return True


def test_images_deleted_during_a_run_are_prepared_again_if_they_are_the_same(tmp_path):
    x = np.random.default_rng(0).integers(0, 255, (8, 16, 16, 3), np.uint8)
    data = npz_file(tmp_path / "a.npz", x)
    fingerprint = data_fingerprint(data)
    folder = prepare(data, fingerprint)
    shutil.rmtree(folder)
    assert prepare_again(data, fingerprint) == folder
    assert is_prepared(data, fingerprint)
    npz_file(tmp_path / "a.npz", x + 1)
    with pytest.raises(DataError, match="the images have changed since it began"):
        prepare_again(data, fingerprint)


def photos(folder: Path, count: int) -> ImageFolder:
    for number in range(count):
        path = folder / ("cat", "dog")[number % 2] / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (number % 256, number // 256, 0)).save(path)
    return ImageFolder(source="folder", path=str(folder), size=16)


def test_decoding_goes_on_where_it_was_interrupted(tmp_path, cache, monkeypatch):
    data = photos(tmp_path / "photos", 400)
    (tmp_path / "photos" / "cat" / "0100.png").write_bytes(b"no image")

    def interrupt(what, done, total):
        if what.startswith("test") and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(data, "v1", interrupt)
    (partial,) = (path for path in (cache / "data").iterdir() if path.is_dir())
    heard = []
    continued = load(prepare(data, "v1", lambda *told: heard.append(told)))
    assert heard[0] == ("train images decoded", 320, 320)
    assert ("test images decoded", 64, 80) in heard
    assert not partial.exists()
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "another"))
    at_once = load(prepare(data, "v1"))
    assert np.array_equal(continued.train.images, at_once.train.images)
    assert np.array_equal(continued.test.images, at_once.test.images)
    assert continued.notes == at_once.notes


def test_a_source_that_fails_leaves_nothing_behind(cache, monkeypatch):
    def fails(data, folder, tell):
        (folder / "train_images.npy").write_bytes(b"half")
        raise DataError("broken")

    monkeypatch.setattr(module, "SOURCES", {"shapes": fails})
    with pytest.raises(DataError, match="broken"):
        prepare(DATA, "v1")
    assert [path.suffix for path in (cache / "data").iterdir()] in ([".lock"], [])


PROCESS = """
from ablation.data.prepare import load, prepare
from ablation.grid.data import Generated
from ablation.telling import silent
folder = prepare(Generated(source="shapes", train=4000, test=20, size=32), "v1")
print(folder, load(folder).train.images.astype(int).sum())
"""


def test_processes_that_prepare_at_once_agree(cache):
    started = [
        subprocess.Popen([sys.executable, "-c", PROCESS], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    printed = {process.communicate(timeout=60)[0] for process in started}
    assert [process.returncode for process in started] == [0, 0]
    assert len(printed) == 1
    assert len([path for path in (cache / "data").iterdir() if path.is_dir()]) == 1


def test_groups_and_unlabelled_images_are_kept(tmp_path):
    from PIL import Image

    for number in range(3):
        (tmp_path / "wild").mkdir(exist_ok=True)
        Image.new("RGB", (20, 20), (200, 0, 0)).save(tmp_path / "wild" / f"{number}.png")
    x = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), np.uint8)
    groups = {"train_groups": np.arange(12) // 2, "test_groups": 50 + np.arange(12)}
    data = npz_file(tmp_path / "a.npz", x, **groups).model_copy(update={"unlabelled": str(tmp_path / "wild")})
    dataset = load(prepare(data, "v1"))
    assert dataset.pretrain_images.shape == (3, 3, 16, 16)
    assert dataset.train.groups.tolist() == [i // 2 for i in range(12)]
    fit, validation = validation_split(dataset.train.labels, 0.3, dataset.train.groups)
    assert not set(dataset.train.groups[fit]) & set(dataset.train.groups[validation])


def test_how_far_reading_and_decoding_are_is_told(tmp_path):
    for number in range(130):
        path = tmp_path / "photos" / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (number, 0, 0)).save(path)
    data, heard = ImageFolder(source="folder", path=str(tmp_path / "photos"), size=16), []
    fingerprint = data_fingerprint(data, lambda *told: heard.append(told))
    assert heard == [("image files read", done, 130) for done in (0, 64, 128, 130)]
    prepare(data, fingerprint, lambda *told: heard.append(told))
    assert heard[4:6] == [("train images decoded", done, 104) for done in (0, 64)]
    assert heard[-1] == ("test images decoded", 26, 26)


def test_one_channel_images_are_told_of(tmp_path):
    grey = np.random.default_rng(0).integers(0, 256, (40, 16, 16), np.uint8)
    (note,) = load(prepare(npz_file(tmp_path / "a.npz", grey), "v1")).notes
    assert note.startswith("all images to pretrain on have a single channel")
    mixed = np.repeat(grey[..., None], 3, axis=3)
    mixed[10:, 0, 0, 0] ^= 1
    (note,) = load(prepare(npz_file(tmp_path / "b.npz", mixed), "v2")).notes
    assert note.startswith("10 of the 40 images to pretrain on have a single channel")
    mixed[:, 0, 0] = (1, 2, 3)
    assert load(prepare(npz_file(tmp_path / "c.npz", mixed), "v3")).notes == ()


def test_every_source_of_a_grid_file_is_in_the_table():
    sources = json.loads(json.dumps(Grid.model_json_schema()))["$defs"]
    named = {
        name
        for model in sources.values()
        for entry in [model.get("properties", {}).get("source", {})]
        for name in entry.get("enum", [entry["const"]] if "const" in entry else [])
    }
    assert named == set(SOURCES)


def test_an_unwritable_cache_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="cannot write the decoded images"):
        prepare(DATA, "v1")


def test_a_source_that_cannot_be_read_is_named(monkeypatch):
    def fails(data, folder, tell):
        raise PermissionError(13, "Permission denied", "photos/cat")

    monkeypatch.setattr(module, "SOURCES", {"shapes": fails})
    with pytest.raises(DataError, match=r"^photos/cat: cannot be read \(Permission denied\)"):
        prepare(DATA, "v1")


def test_a_full_disk_is_told_while_decoding(monkeypatch):
    def fails(data, folder, tell):
        raise OSError(28, "No space left on device", str(folder / "train_images.npy"))

    monkeypatch.setattr(module, "SOURCES", {"shapes": fails})
    with pytest.raises(DataError, match="cannot write the decoded images"):
        prepare(DATA, "v1")


def test_images_are_given_room_on_the_disk_before_they_are_decoded(tmp_path):
    images = new_images(tmp_path, "train", 200, 32)
    status = (tmp_path / "train_images.npy").stat()
    assert status.st_blocks * 512 >= status.st_size > images.nbytes


def test_a_disk_too_small_is_told_before_anything_is_decoded(cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DataError, match=r"need 0 MB more, and [\d,]+ MB are available; free some space"):
        prepare(DATA, "v1")
    assert [path.suffix for path in (cache / "data").iterdir()] in ([".lock"], [])


def test_a_missing_folder_of_images_is_named():
    with pytest.raises(DataError, match="photos: no such folder"):
        prepare(ImageFolder(source="folder", path="photos"), "v1")
