"""How many frames videos have: they are decoded to find out, once."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from ablation.data.cache import cache_folder
from ablation.data.decoding.pages import Page
from ablation.data.decoding.threads import each
from ablation.telling import Tell, told


def frame_counts(videos: Sequence[Path], digests: Sequence[str], tell: Tell) -> list[int]:
    """Return how many frames each video has, those that are damaged among them.

    What a file says of it can be wrong, or be missing. So frames are counted as they will be decoded, and the
    number is remembered for the content of the file. A file that is no video counts as one frame, which
    decoding cannot read and names.

    Args:
        videos: the files.
        digests: SHA-256 of the bytes of each.
        tell: told how many are counted.

    Example:
        >>> from ablation.telling import silent
        >>> frame_counts([], [], silent)
        []
    """
    if not videos:
        return []
    memories = [_memory(digest) for digest in digests]
    known = [_recall(memory) for memory in memories]
    new = [place for place, count in enumerate(known) if count is None]
    counted = each([Page(videos[place]) for place in new], lambda file, _: file.pages)
    for place, count in zip(new, told(counted, "videos counted", len(new), tell), strict=True):
        if isinstance(count, int):
            known[place] = count
            _remember(memories[place], count)
    return [count or 1 for count in known]


def _memory(digest: str) -> Path:
    import av  # a file that is taken for a video is only where this is installed

    return cache_folder() / "videos" / f"{digest[:32]}-{av.__version__}.txt"


def _recall(memory: Path) -> int | None:
    try:
        return int(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _remember(memory: Path, count: int) -> None:
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, but changes no number
        memory.parent.mkdir(parents=True, exist_ok=True)
        temporary = memory.with_name(f".{memory.stem}.{uuid4().hex}.tmp")
        temporary.write_text(str(count), encoding="utf-8")
        temporary.replace(memory)
