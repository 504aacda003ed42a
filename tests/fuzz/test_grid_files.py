"""Grid files that were damaged, or written by someone who means harm."""

import random
import re
import time
from collections import Counter

from ablation.errors import GridError, in_words
from ablation.grid.cells import jobs
from ablation.grid.file.builtin import builtin_grids
from ablation.grid.file.load import parse_grid
from ablation.grid.limits import JOBS
from tests.fuzz.inputs import count, draws, say

TEXTS = [grid.path.read_text("utf-8") for grid in builtin_grids()]
TOKENS = [
    "nan", "-inf", "1e400", "-1", "0", "9223372036854775807", "1e-320", "true", "{}", "[]", '""', '"\\u0000"',
    '"\\u001b[2J"', "[0, 1, 2]", "[[0.1, 1], [2]]", "{ a = [{ b = 1 }] }", '["crop", "color"]', '"crop"', "=",
    "1979-05-27", "07:32:00", "\x00", f"'{'x' * 5000}'", str(list(range(2000))), "[" * 40 + "]" * 40,
    '{ operation = "color", strength = [0.1, 0.2] }', '{ kornia = "RandomPosterize" }', '{ python = "os:a" }',
]  # fmt: skip


def damaged(text: str, draw: random.Random) -> str:
    """Change a text in one to four places, within what a grid file consists of or not."""
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(text) + 1)
        parts = list(re.finditer(r"[^\s=\[\]{},\"]+", text))
        part = draw.choice(parts) if parts else None
        match draw.randrange(7):
            case 0 if part:
                text = text[: part.start()] + draw.choice(TOKENS) + text[part.end() :]
            case 1 if part:
                other = draw.choice(parts)
                text = text[: part.start()] + other.group() + text[part.end() :]
            case 2:
                text = text[:at] + chr(draw.choice([draw.randrange(128), draw.randrange(0xD800)])) + text[at:]
            case 3:
                text = text[:at] + text[at + draw.randrange(20) :]
            case 4:
                lines = text.splitlines(keepends=True)
                draw.shuffle(lines)
                text = "".join(lines)
            case 5:
                text += draw.choice(text.splitlines() or [""]) + "\n"
            case _:
                text += f"\n[{draw.choice(['augmentations', 'pretrain', 'lengths', 'views', 'data'])}]\n"
    return text


def test_a_damaged_grid_file_is_a_grid_or_is_refused_in_few_words(tmp_path):
    found: Counter[str] = Counter()
    for draw in draws("grid files", count(300)):
        text = damaged(draw.choice(TEXTS), draw)
        began = time.process_time()
        try:
            read = parse_grid(text, tmp_path / "grid.toml")
        except GridError as error:
            told = in_words(error)
            assert len(told) < 5000
            assert told.replace("\n", "").isprintable()
            found["refused"] += 1
        else:
            # As text: a preset that is not applied may hold a NaN, which equals nothing.
            assert repr(parse_grid(read.text, tmp_path / "other.toml").grid) == repr(read.grid)
            assert sum(1 for _ in jobs(read.grid, "fingerprint")) <= 3 * JOBS
            found["grids"] += 1
        assert time.process_time() - began < 2, text
    assert len(found) == 2
    say("grid files", found)
