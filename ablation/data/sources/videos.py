"""How many frames videos have: they are decoded to find out, once."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from ablation.data.cache import cache_folder
from ablation.data.decoding.pages import Page
from ablation.data.decoding.threads import each
from ablation.data.extras import VIDEO_SUFFIXES
from ablation.telling import Tell, told


def frames_of(files: Sequence[Path], digests: Sequence[str], step: int, tell: Tell) -> list[range | str]:
    """Return which frames of each file are used: of an image none, or the reason why a video has none.

    What a video says of its length can be wrong, or be missing. So frames are counted as they will be
    decoded, damaged ones among them, and the number is remembered for the content of the file.

    Args:
        files: images and videos.
        digests: SHA-256 of the bytes of each.
        step: the first frame is used, and every so many after it.
        tell: told how many are counted.

    Example:
        >>> from ablation.telling import silent
        >>> frames_of([Path("walk/clip-1/0001.png")], ["00ff"], 1, silent)
        [range(0, 0)]
    """
    videos = [place for place, file in enumerate(files) if file.suffix.lower() in VIDEO_SUFFIXES]
    counts: dict[int, int | str] = dict.fromkeys(range(len(files)), 0)
    if videos:
        found = _counts([files[place] for place in videos], [digests[place] for place in videos], tell)
        counts |= zip(videos, found, strict=True)
    return [count if isinstance(count, str) else range(0, count, step) for count in counts.values()]


def _counts(videos: Sequence[Path], digests: Sequence[str], tell: Tell) -> list[int | str]:
    memories = [_memory(digest) for digest in digests]
    counts: list[int | str | None] = [_recall(memory) for memory in memories]
    new = [place for place, count in enumerate(counts) if count is None]
    found = each([Page(videos[place]) for place in new], lambda file, _: file.pages)
    for place, count in zip(new, told(found, "videos counted", len(new), tell), strict=True):
        counts[place] = count
        if isinstance(count, int):
            _remember(memories[place], count)
    return [count for count in counts if count is not None]


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
