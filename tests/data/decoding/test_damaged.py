"""Image files that promise what they do not hold, and images too large for a machine."""

import struct
import threading
import warnings

import numpy as np
from numpy.lib.format import open_memmap
from PIL import Image

from ablation.data.decoding.findings import Findings
from ablation.data.decoding.pages import Page
from ablation.data.decoding.pool import decode_all
from ablation.data.decoding.reading import Reading
from ablation.data.decoding.room import Room
from ablation.files import open_file


def reasons(*paths) -> dict[int, str]:
    images = open_memmap(paths[0].with_suffix(".npy"), "w+", np.uint8, (len(paths), 3, 16, 16))
    return decode_all([*map(Page, paths)], images, np.arange(len(paths)), Reading(16), Findings())


def test_a_length_that_no_file_has_costs_no_memory(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"short")
    with open_file(path) as file:
        assert file.read(1 << 60) == b"short"


def test_a_jpeg_2000_that_promises_an_exabyte_is_broken(tmp_path):
    path = tmp_path / "a.jp2"
    Image.new("RGB", (20, 20), "red").save(path)
    content = path.read_bytes()
    place = content.index(b"jp2h")
    path.write_bytes(
        content[: place - 4] + struct.pack(">I4sQ", 1, b"jp2h", 1 << 60) + content[place + 4 :]
    )  # a box whose length follows in 64 bits
    assert reasons(path)[0].startswith("Expected to read")


def test_an_image_of_too_many_pixels_is_said_to_be_too_large(tmp_path):
    path = tmp_path / "a.bmp"
    Image.new("RGB", (20, 20), "red").save(path)
    content = path.read_bytes()
    path.write_bytes(content[:18] + struct.pack("<ii", 20_000, 20_000) + content[26:])
    assert reasons(path)[0].startswith("too large: over 178 million pixels")


def test_what_the_decoder_warns_of_is_not_said_to_the_user(tmp_path):
    path = tmp_path / "a.tif"
    Image.new("RGB", (20, 20), "red").save(path, tiffinfo={270: "a description"})
    content = path.read_bytes()
    tag = struct.pack("<HH", 270, 2)
    place = content.index(tag) + 4
    path.write_bytes(content[:place] + struct.pack("<I", 1 << 20) + content[place + 4 :])  # so many letters
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert not reasons(path)
        assert not said
        with Image.open(path) as image:
            image.load()
        assert said


def test_what_needs_more_room_than_there_is_waits_for_the_others():
    room, entered = Room(100), threading.Event()

    def large():
        with room.for_(1000):
            entered.set()

    thread = threading.Thread(target=large)
    with room.for_(60), room.for_(40):
        thread.start()
        assert not entered.wait(0.2)
    thread.join(10)
    assert entered.is_set()
    assert room.taken == 0
