"""Makes small videos of plain colours."""

from pathlib import Path

import numpy as np

CODECS = {".mp4": "mpeg4", ".mov": "mpeg4", ".avi": "mpeg4", ".mkv": "ffv1", ".webm": "libvpx"}


def color(frame: int, clip: int = 0) -> tuple[int, int, int]:
    """Return the colour of a frame, which no other has; of 40 frames and 8 clips at most."""
    return 6 * frame, 250 - 6 * frame, 20 + 30 * clip


def film(
    path: Path, frames: int = 10, clip: int = 0, size: tuple[int, int] = (48, 32), **options: str
) -> Path:
    """Write a video whose upper half has the colour of its frame; the lower is black."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options=options) as video:
        codec = CODECS[path.suffix.lower()]
        # Frames are predicted from others, however little they have in common.
        stream = video.add_stream(codec, 10, {"sc_threshold": "1000000000"} if codec == "mpeg4" else {})
        stream.width, stream.height = size
        stream.pix_fmt = "bgr0" if path.suffix == ".mkv" else "yuv420p"
        stream.bit_rate, stream.gop_size = 2_000_000, 4
        for frame in range(frames):
            picture = np.zeros((size[1], size[0], 3), np.uint8)
            picture[: size[1] // 2] = color(frame, clip)
            video.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        video.mux(stream.encode())
    return path
