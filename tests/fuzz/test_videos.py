"""Damaged videos: each frame is decoded or refused with a reason, soon, and libav prints nothing."""

import faulthandler
import multiprocessing
import resource
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from ablation.data.decoding.decode import decode_page
from ablation.data.decoding.pages import Page
from ablation.data.decoding.reading import Reading
from ablation.data.decoding.threads import each
from tests.data.films import CODECS, film
from tests.fuzz.inputs import count, damaged, draws, say

pytest.importorskip("av", reason='needs pip install ".[video]"')

MEMORY = 8 << 30  # bytes of address space for the process that reads
LIMIT = 60  # seconds for a video, which takes a hundredth of one; then the process ends, and the test fails


def read(path: Path) -> tuple[int, list[str]]:
    """Read a video; return how many frames are decoded, and the reason of each that is not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    [pages] = each([Page(path)], lambda file, _: file.pages)
    frames = [] if isinstance(pages, str) else [Page(path, number) for number in range(pages)]

    def size(file, place):
        return decode_page(file, frames[place].number, Reading(16)).pixels.shape

    results = [*each(frames, size)] if frames else [pages]
    faulthandler.cancel_dump_traceback_later()
    reasons = [result for result in results if isinstance(result, str)]
    assert all(result == (3, 16, 16) for result in results if not isinstance(result, str))
    return len(results) - len(reasons), reasons


def test_damaged_videos_are_read_or_refused_with_a_reason(tmp_path, capfd):
    whole = [film(tmp_path / f"clip{suffix}", 12).read_bytes() for suffix in CODECS]
    found: Counter[str] = Counter()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for draw in draws("videos", count(100)):
            place = draw.randrange(len(whole))
            content = whole[place]
            for _ in range(draw.choice((1, 1, 2, 4))):
                head = draw.choice((len(content), 64, 600))
                content = damaged(content[:head] or b"\0", draw) + content[head:]
            path = tmp_path / f"damaged{[*CODECS][place]}"
            path.write_bytes(content)
            frames, reasons = pool.submit(read, path).result()
            assert frames or reasons
            assert all(reason and reason.isprintable() for reason in reasons)
            found["decoded"] += frames
            found["refused"] += len(reasons)
    assert capfd.readouterr().err == ""
    say("videos", found)
    assert found["decoded"]
    assert found["refused"]
