"""Folders of clips: frames in the order of time, clips whole."""

import re
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from ablation.data.dataset import Dataset
from ablation.data.fingerprint import data_fingerprint
from ablation.data.sources.clips import clip_folder, clip_labels
from ablation.errors import DataError
from ablation.grid.data import ClipFolder
from tests.data.films import color, film


def save(path: Path, content: object) -> None:
    """Save a picture of noise that depends on the content alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(crc32(repr(content).encode())).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(noise).save(path)


def fill(root: Path, clips: int = 4, frames: int = 12, classes: tuple[str, ...] = ("run", "walk")) -> Path:
    for name in classes:
        for clip in range(clips):
            for frame in range(frames):
                save(root / name / f"clip{clip}" / f"frame{frame}.png", (root.name, name, clip, frame))
    return root


def settings(root: Path, **more: object) -> ClipFolder:
    return ClipFolder.model_validate({"source": "clips", "path": str(root), "size": 16} | more)


def read(root: Path, into: Path, **more: object) -> Dataset:
    folder = into / "prepared"
    folder.mkdir(exist_ok=True)
    return clip_folder(settings(root, **more), folder)


def picture(*content: object) -> np.ndarray:
    noise = np.random.default_rng(crc32(repr(tuple(content)).encode())).integers(
        0, 256, (16, 16, 3), np.uint8
    )
    return noise.transpose(2, 0, 1)


def test_frames_are_in_the_order_of_their_numbers_and_clips_are_whole_in_one_split(tmp_path):
    root = fill(tmp_path / "films")
    dataset = read(root, tmp_path, test_fraction=0.25)
    assert (len(dataset.train), len(dataset.test)) == (72, 24)
    assert not set(dataset.train.clips) & set(dataset.test.clips)
    assert np.array_equal(dataset.train.clips, dataset.train.groups)
    for clip in set(dataset.train.clips.tolist()):
        rows = np.flatnonzero(dataset.train.clips == clip)
        name = dataset.class_names[dataset.train.labels[rows[0]]]
        [number] = [
            k for k in range(4) if np.array_equal(dataset.train.images[rows[0]], picture("films", name, k, 0))
        ]
        for frame, row in enumerate(rows):
            assert np.array_equal(dataset.train.images[row], picture("films", name, number, frame))
    assert dataset.notes == ("8 clips of 12 frames",)
    labels = clip_labels(settings(root, test_fraction=0.25))
    assert np.array_equal(labels.train.labels, dataset.train.labels)
    assert np.array_equal(labels.test.groups, dataset.test.groups)
    assert np.array_equal(labels.train.clips, dataset.train.clips)


def test_splits_are_kept_as_they_are(tmp_path):
    root = tmp_path / "films"
    fill(root / "train", 2, 3)
    for clip in ("a", "b"):
        save(root / "test" / "run" / clip / "1.png", clip)
        save(root / "test" / "walk" / clip / "1.png", (clip, 2))
    dataset = read(root, tmp_path)
    assert (len(dataset.train), len(dataset.test)) == (12, 4)
    assert dataset.notes == ("8 clips of 1 to 3 frames",)


def test_every_takes_fewer_frames_of_each_clip(tmp_path):
    dataset = read(fill(tmp_path / "films", 2, 12), tmp_path, every=5, test_fraction=0.5)
    assert np.unique(dataset.train.clips, return_counts=True)[1].tolist() == [3, 3]
    rows = np.flatnonzero(dataset.train.clips == dataset.train.clips[0])
    known = [picture("films", "run", clip, frame) for clip in range(2) for frame in (0, 5, 10)]
    found = [
        next(k for k, one in enumerate(known) if np.array_equal(one, dataset.train.images[row]))
        for row in rows
    ]
    assert found in ([0, 1, 2], [3, 4, 5])


def test_a_clip_in_both_splits_is_refused(tmp_path):
    fill(tmp_path / "films" / "train", 2, 3)
    fill(tmp_path / "films" / "test", 1, 3)
    with pytest.raises(DataError, match=r"2 clips in both splits \('run/clip0', 'walk/clip0'\), which leaks"):
        read(tmp_path / "films", tmp_path)


def test_a_clip_under_another_name_in_the_other_split_is_refused(tmp_path):
    root = tmp_path / "films"
    fill(root / "train", 2, 3)
    for name in ("run", "walk"):
        for frame in range(3):
            save(root / "test" / name / "other" / f"{frame}.png", ("train", name, 1, frame))
    with pytest.raises(DataError, match="both the training and the test split"):
        read(root, tmp_path)


def test_equal_frames_of_one_clip_are_no_copies_that_leak(tmp_path):
    root = fill(tmp_path / "films")
    for frame in (4, 5):
        save(root / "run" / "clip1" / f"frame{frame}.png", "still")
    dataset = read(root, tmp_path, test_fraction=0.25)
    assert len(dataset.train) + len(dataset.test) == 96
    save(root / "run" / "clip2" / "frame0.png", "still")
    with pytest.raises(DataError, match="more than once"):
        read(root, tmp_path, test_fraction=0.25)


def test_images_in_no_clip_are_refused(tmp_path):
    root = fill(tmp_path / "films", 2, 2)
    save(root / "run" / "loose.png", "loose")
    with pytest.raises(DataError, match=r"1 image in no clip \('run/loose.png'\)"):
        read(root, tmp_path)


def test_clips_of_one_frame_are_told(tmp_path):
    root = fill(tmp_path / "films" / "train", 2, 2).parent
    fill(root / "test", 1, 2)
    for name in ("run", "walk"):
        (root / "test" / name / "clip0").rename(root / "test" / name / "another")
    save(root / "train" / "run" / "short" / "1.png", "short")
    assert "1 training clip of a single frame, which is its own neighbour" in read(root, tmp_path).notes


@pytest.mark.parametrize("key", ["train", "test"])
def test_a_subset_of_frames_is_refused(tmp_path, key):
    with pytest.raises(ValueError, match=r"tear clips apart; remove it, and set data\.every"):
        settings(tmp_path, **{key: 10})


def filmed(root: Path, clips: int = 4, frames: int = 10) -> Path:
    pytest.importorskip("av", reason='needs pip install ".[video]"')
    for label, name in enumerate(("run", "walk")):
        for clip in range(clips):
            film(root / name / f"{clip}.mkv", frames, clip + label * clips, size=(16, 16))
    return root


def test_a_video_is_a_clip_and_a_class_may_hold_folders_of_frames_too(tmp_path):
    root = filmed(tmp_path / "films", 3)
    for frame in range(10):
        save(root / "run" / "3" / f"{frame}.png", frame)
    dataset = read(root, tmp_path, test_fraction=0.25)
    assert "7 clips of 10 frames" in dataset.notes
    clips = np.concatenate([dataset.train.clips, dataset.test.clips])
    assert np.unique(clips, return_counts=True)[1].tolist() == [10] * 7
    images = np.concatenate([dataset.train.images, dataset.test.images])
    for clip in range(6):
        colors = [color(frame, clip) for frame in range(10)]
        [where] = {k for k in set(clips.tolist()) if tuple(images[clips == k][0, :, 0, 0]) == colors[0]}
        assert [tuple(image[:, 0, 0]) for image in images[clips == where]] == colors
    labels = clip_labels(settings(root, test_fraction=0.25))
    assert np.array_equal(labels.train.labels, dataset.train.labels)
    assert np.array_equal(labels.train.clips, dataset.train.clips)


@pytest.mark.parametrize("pages", ["first", "all", "channels"])
def test_every_takes_fewer_frames_of_each_video(tmp_path, pages):
    dataset = read(filmed(tmp_path / "films", 2), tmp_path, every=4, test_fraction=0.5, pages=pages)
    assert "4 clips of 3 frames" in dataset.notes
    assert dataset.train.images[:3, 0, 0, 0].tolist() == [color(frame)[0] for frame in (0, 4, 8)]


def test_videos_that_cannot_be_read_are_skipped_and_named(tmp_path):
    root = filmed(tmp_path / "films" / "train", 2).parent
    for clip, name in enumerate(("run", "walk"), start=5):
        film(root / "test" / name / "a.mkv", 3, clip, size=(16, 16))
    whole = (root / "train/run/0.mkv").read_bytes()
    (root / "train/run/0.mkv").write_bytes(whole[: len(whole) // 2])
    (root / "train/walk/2.mp4").write_bytes(b"no video")
    dataset = read(root, tmp_path)
    assert "skipped 1 unreadable video: train/walk/2.mp4 (not a video)" in dataset.notes
    [note] = [note for note in dataset.notes if note.startswith("skipped 1 unreadable train image")]
    assert re.search(r"train/run/0.mkv, frame \d+ \(the file is cut short\)", note)
    for name in ("0.mkv", "1.mkv"):
        (root / "train/run" / name).write_bytes(b"no video")
    with pytest.raises(
        DataError, match=r"class 'run': none of its videos can be read, for example .*a video"
    ):
        clip_labels(settings(root))


@pytest.mark.parametrize("other", ["run/0/1.png", "run/0.mp4"])
def test_a_clip_that_is_there_in_two_forms_is_refused(tmp_path, other):
    root = filmed(tmp_path / "films", 2, 3)
    (save if other.endswith("png") else film)(root / other, 2)
    with pytest.raises(DataError, match=r"1 clip is there more than once, .* \('run/0'\)"):
        read(root, tmp_path)


def test_without_pyav_videos_are_left_out_and_the_message_says_what_to_install(tmp_path, monkeypatch):
    root = tmp_path / "films"
    for name in ("run/0.mkv", "run/1.mkv", "walk/0.mkv", "walk/1.mkv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    monkeypatch.setattr("ablation.data.tree.installed", lambda extra: extra != "video")
    with pytest.raises(
        DataError, match=r"no images .* for .mkv, pip install 'augmentation-ablation\[video\]'"
    ):
        data_fingerprint(settings(root))
    fill(root, 2, 3)
    wanted = "skipped 4 files that cannot be read as images: .mkv 4; for .mkv, pip install"
    assert any(note.startswith(wanted) for note in read(root, tmp_path).notes)


def test_videos_are_counted_once(tmp_path, monkeypatch):
    root = filmed(tmp_path / "films", 2, 3)
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    before = clip_labels(settings(root, test_fraction=0.5))
    monkeypatch.setattr("ablation.data.decoding.video.VideoFile.pages", None)
    assert np.array_equal(clip_labels(settings(root, test_fraction=0.5)).train.clips, before.train.clips)
    assert data_fingerprint(settings(root)) == data_fingerprint(settings(root))
