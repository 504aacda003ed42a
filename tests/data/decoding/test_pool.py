"""Decoding many pictures, and going on from where it was interrupted."""

from pathlib import Path

import numpy as np
import pytest
from numpy.lib.format import open_memmap
from PIL import Image

from ablation.data.decoding import pool
from ablation.data.decoding.findings import Findings
from ablation.data.decoding.pages import Page
from ablation.data.decoding.pool import DecodingStoppedError, decode_all
from ablation.data.decoding.reading import Reading

COUNT = 300


@pytest.fixture
def pages(tmp_path) -> list[Page]:
    random = np.random.default_rng(0)
    for number in range(COUNT):
        sixteen = number % 7 == 0
        values = (
            random.integers(0, 4096, (10, 10), np.uint16)
            if sixteen
            else random.integers(0, 256, (10, 10, 3), np.uint8)
        )
        Image.fromarray(values).save(tmp_path / f"{number:03}.png")
    (tmp_path / "070.png").write_bytes(b"no image")
    return [Page(tmp_path / f"{number:03}.png") for number in range(COUNT)]


def decoded(file: Path, pages: list[Page], tell=lambda *_: None):
    shape = (len(pages), 3, 16, 16)
    images = open_memmap(file, "r+") if file.exists() else open_memmap(file, "w+", np.uint8, shape)
    findings = Findings()
    broken = decode_all(pages, images, np.arange(len(pages)), Reading(16), findings, tell=tell)
    return images, broken, findings


def interrupted(file: Path, pages: list[Page], after: int) -> None:
    def tell(_, done: int, __) -> None:
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decoded(file, pages, tell)


def same(one, two) -> bool:
    return np.array_equal(one[0], two[0]) and one[1:] == two[1:]


def test_what_was_decoded_before_an_interruption_is_not_decoded_again(tmp_path, pages):
    interrupted(tmp_path / "a.npy", pages, 128)
    heard = []
    continued = decoded(tmp_path / "a.npy", pages, lambda _, done, __: heard.append(done))
    assert heard == [128, 192, 256, 300]
    assert same(continued, decoded(tmp_path / "b.npy", pages))
    assert continued[1] == {70: "not an image"}
    assert continued[2].deep == 42


def test_a_block_whose_pixels_are_not_all_there_is_decoded_again(tmp_path, pages):
    interrupted(tmp_path / "a.npy", pages, 192)
    open_memmap(tmp_path / "a.npy", "r+")[100, 2, 15] = 0
    heard = []
    continued = decoded(tmp_path / "a.npy", pages, lambda _, done, __: heard.append(done))
    assert heard[0] == 128
    assert same(continued, decoded(tmp_path / "b.npy", pages))


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_note_that_is_cut_off_is_not_believed(tmp_path, pages, cut):
    interrupted(tmp_path / "a.npy", pages, 128)
    (journal,) = tmp_path.glob("*.journal")
    journal.write_bytes(journal.read_bytes()[:-cut])
    interrupted(tmp_path / "a.npy", pages, 192)
    heard = []
    continued = decoded(tmp_path / "a.npy", pages, lambda _, done, __: heard.append(done))
    assert heard[0] == 192
    assert same(continued, decoded(tmp_path / "b.npy", pages))


def test_other_pictures_or_another_size_begin_anew(tmp_path, pages):
    interrupted(tmp_path / "a.npy", pages, 128)
    heard = []
    decoded(tmp_path / "a.npy", pages[::-1], lambda _, done, __: heard.append(done))
    assert heard[0] == 0


def test_memory_that_runs_out_is_told_and_what_was_done_is_kept(tmp_path, pages, monkeypatch):
    interrupted(tmp_path / "a.npy", pages, 128)

    def full(*_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(pool, "decode_page", full)
        with pytest.raises(DecodingStoppedError, match="memory ran out while images were decoded; close"):
            decoded(tmp_path / "a.npy", pages)
    heard = []
    decoded(tmp_path / "a.npy", pages, lambda _, done, __: heard.append(done))
    assert heard[0] == 128
