"""Frames of videos: which, in what colours, which way up, and of what is damaged."""

from pathlib import Path

import numpy as np
import pytest

from ablation.data.decoding.cut import cut_short
from ablation.data.decoding.decode import decode
from ablation.data.decoding.opened import opened
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading
from tests.data.films import CODECS, color, film

pytest.importorskip("av", reason='needs pip install ".[video]"')


def pixels(path: Path, number: int) -> np.ndarray:
    return decode(Page(path, number), Reading(16)).pixels


@pytest.mark.parametrize("suffix", CODECS)
def test_each_frame_is_read_by_its_number(tmp_path, suffix):
    path = film(tmp_path / f"clip{suffix}")
    with opened(path) as video:
        assert video.pages == 10
    for number in (0, 3, 9, 4):
        upper, lower = pixels(path, number)[:, :6], pixels(path, number)[:, 10:]
        assert np.abs(upper.mean(axis=(1, 2)) - color(number)).max() < 8
        assert lower.max() < 30
        assert np.array_equal(pixels(path, number), pixels(path, number))


def test_a_frame_without_loss_is_read_to_the_last_bit(tmp_path):
    path = film(tmp_path / "clip.mkv", size=(16, 16))
    assert pixels(path, 7)[:, 0, 0].tolist() == list(color(7))


def test_frames_are_turned_as_they_are_shown(tmp_path):
    path = film(tmp_path / "clip.mp4", 2, size=(32, 32))
    content = path.read_bytes()
    at = content.index(b"tkhd") + 4 + 40  # the matrix, after version, times and the like
    number = [
        value.to_bytes(4, "big", signed=True) for value in (0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    ]
    path.write_bytes(content[:at] + b"".join(number) + content[at + 36 :])
    upright = pixels(path, 1)
    assert np.abs(upright[:, :, 10:].mean(axis=(1, 2)) - color(1)).max() < 8  # to the right: clockwise
    assert upright[:, :, :6].max() < 30


@pytest.mark.parametrize("suffix", CODECS)
def test_a_video_that_is_cut_short_says_so(tmp_path, suffix):
    path = film(tmp_path / f"clip{suffix}", 40, movflags="faststart")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with path.open("rb") as file:
        assert cut_short(file)
    with opened(path) as video:
        pages = video.pages
    assert 1 <= pages < 40
    with pytest.raises(ValueError, match="the file is cut short"):
        pixels(path, pages - 1)
    if pages > 10:
        assert np.abs(pixels(path, 5)[:, :6].mean(axis=(1, 2)) - color(5)).max() < 8


def test_a_damaged_frame_and_those_predicted_from_it_are_refused_and_others_keep_their_numbers(tmp_path):
    import av

    path = film(tmp_path / "clip.avi", 12)
    with av.open(str(path)) as video:
        packets = [packet for packet in video.demux(video.streams.video[0]) if packet.size]
    content = bytearray(path.read_bytes())
    keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
    hurt = packets[keys[1]]
    content[hurt.pos : hurt.pos + hurt.size] = bytes(hurt.size)
    path.write_bytes(content)
    for number in (keys[1], keys[1] + 1, keys[2] - 1):
        with pytest.raises(ValueError, match="damaged, or predicted from a damaged frame"):
            pixels(path, number)
    for number in (keys[1] - 1, keys[2]):
        assert np.abs(pixels(path, number)[:, :6].mean(axis=(1, 2)) - color(number)).max() < 8


@pytest.mark.parametrize(
    "content", [b"", b"no video", b"#EXTM3U\nother.mp4\n", b"ffconcat version 1.0\nfile other.mp4\n"]
)
def test_what_is_no_video_says_so_and_opens_no_other_file(tmp_path, content):
    film(tmp_path / "other.mp4")
    (tmp_path / "clip.mp4").write_bytes(content)
    with opened(tmp_path / "clip.mp4") as video, pytest.raises(ValueError, match="not a video"):
        _ = video.pages


def test_without_pyav_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("ablation.data.decoding.video.installed", lambda _: False)
    with pytest.raises(ValueError, match=r"pip install 'augmentation-ablation\[video\]'"):
        pixels(film(tmp_path / "clip.mp4"), 0)
