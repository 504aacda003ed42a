"""The one reader of .npz: what is sound comes out as numpy wrote it, all else is one error."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from ablation.npz import NpzError, open_npz, text
from tests.fuzz.test_results import HEADERS, npy

ARRAYS = {
    "a": np.arange(5, dtype=np.uint16),
    "b": np.array(["x", "yy"]),
    "c": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "d": np.empty((2, 0), np.float16),
    "e": np.array([True]),
}


def read(path, content, limit=10_000):
    path.write_bytes(content)
    with open_npz(path, limit) as file:
        return {name: file.read(name) for name in file.names}


def packed(write=np.savez, **arrays):
    buffer = io.BytesIO()
    write(buffer, **(arrays or ARRAYS))
    return buffer.getvalue()


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_arrays_come_out_as_numpy_wrote_them(tmp_path, write):
    found = read(tmp_path / "a.npz", packed(write))
    assert list(found) == list(ARRAYS)
    for name, array in found.items():
        np.testing.assert_array_equal(array, ARRAYS[name], strict=True)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_no_flipped_bit_changes_a_number(tmp_path, write):
    content = packed(write, a=ARRAYS["a"], b=ARRAYS["b"])
    refused = 0
    for bit in range(0, 8 * len(content), 7):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            found = read(tmp_path / "a.npz", flipped)
        except NpzError:
            refused += 1
            continue
        assert list(found) == ["a", "b"]
        for name, array in found.items():
            np.testing.assert_array_equal(array, ARRAYS[name], strict=True)
    assert refused > 8 * len(content) / 7 / 2  # the rest are times and other things that are not read


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_that_cannot_be_is_refused(tmp_path, header):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.npy", npy(header, bytes(40)))
    if "'>u2'" in header or "20L" in header:  # other machines and Python 2 write these
        assert read(tmp_path / "a.npz", buffer.getvalue())["a"].size == 20
    else:
        with pytest.raises(NpzError, match=r"^a: "):
            read(tmp_path / "a.npz", buffer.getvalue())


def test_a_bomb_costs_nothing(tmp_path):
    content = packed(np.savez_compressed, a=np.zeros(50_000_000, np.uint8))
    tracemalloc.start()
    with pytest.raises(NpzError, match="a: it would take 50 MB, more than is read"):
        read(tmp_path / "a.npz", content)
    assert tracemalloc.get_traced_memory()[1] < 2e6
    tracemalloc.stop()


def test_a_list_of_many_members_is_refused(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(5000):
            archive.writestr(f"{number}.npy", b"")
    with pytest.raises(NpzError, match="it lists thousands of arrays"):
        read(tmp_path / "a.npz", buffer.getvalue())


def test_pickles_are_never_read(tmp_path):
    with pytest.raises(NpzError, match="a: it holds Python objects"):
        read(tmp_path / "a.npz", packed(a=np.array([{}], object)))


@pytest.mark.parametrize("code", [0xD800, 0x110000])
def test_half_a_character_is_not_text(code):
    with pytest.raises(NpzError, match="is not text"):
        text(np.frombuffer(np.array([code], np.uint32).tobytes(), "<U1"))
