"""How many damaged inputs a fuzz test tries, and the ways in which bytes are damaged.

`make test` tries the few that each test asks for; `make fuzz` sets ABLATION_FUZZ, and each test tries that
many. A test calls `count` for its number and `say` for what came out. Every input follows from the name of
its test and its place, so that one that fails can be tried again by itself.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator


def count(default: int) -> int:
    """How many inputs to try: those of `make test`, or as many as ABLATION_FUZZ says."""
    return int(os.environ.get("ABLATION_FUZZ", default))


def draws(name: str, number: int) -> Iterator[random.Random]:
    """One source of draws for each input of a test."""
    for place in range(number):
        yield random.Random(f"{name}, {place}")


def say(name: str, found: Counter[str]) -> None:
    """Print what became of the inputs; `make fuzz` shows it."""
    told = ", ".join(f"{times} {what}" for what, times in found.most_common())
    print(f"{name}: {found.total()} inputs: {told}")


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Flip a bit, cut, overwrite, repeat or drop a part, or all but empty it."""
    changed = bytearray(content)
    place = draw.randrange(len(content))
    length = draw.choice((1, 2, 4, 16, 64))
    match draw.choice(("flip", "flip", "flip", "cut", "overwrite", "extreme", "repeat", "drop")):
        case "flip":
            changed[place] ^= 1 << draw.randrange(8)
        case "cut":
            del changed[place:]
        case "overwrite":
            changed[place : place + length] = draw.randbytes(length)
        case "extreme":
            changed[place : place + length] = draw.choice((b"\x00", b"\xff", b"\x7f")) * length
        case "repeat":
            changed[place:place] = changed[place : place + length]
        case "drop":
            del changed[place : place + length]
    return bytes(changed)
