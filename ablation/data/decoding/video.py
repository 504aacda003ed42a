"""Video files, read by PyAV (the extra `video`): one frame after the other, none kept."""

import errno
from collections.abc import Generator, Iterator
from typing import IO, Any

from PIL import Image

from ablation.data.decoding.cut import cut_short
from ablation.data.decoding.stored import Stored, refuse_huge
from ablation.data.extras import install, installed

# Of all that libav knows, some formats are lists of other files and addresses, which it would open.
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
_DAMAGED, _CUT = "damaged, or predicted from a damaged frame", "the file is cut short"
_TOO_MUCH = "it takes more memory to read than there is"  # as a damaged length may say
_TURNS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


class VideoFile:
    """A video that is open; its frames are pages, numbered in the order in which they are shown.

    A place where a frame cannot be decoded has a number, too, so that the others keep theirs. Frames are
    decoded on one thread and from the start, never sought, so that a number is always the same frame.

    Raises:
        ValueError: PyAV is not installed.
    """

    def __init__(self, file: IO[bytes]) -> None:
        if not installed("video"):
            raise ValueError(f"a video: {install('video')}")
        self._file = file
        self._places = _places(file)
        self._at = -1
        self._frame: Any = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frame, as stored."""
        if self._at < 0:
            self.turn_to(None, 0)
        return self._frame.width, self._frame.height

    @property
    def pages(self) -> int:
        """How many frames there are in it, with places of damaged ones.

        Raises:
            ValueError: none can be decoded.
        """
        self._rewind()
        reasons = [place if isinstance(place, str) else None for place in self._places]
        self._rewind()
        if None not in reasons:
            raise ValueError(reasons[0])
        return len(reasons)

    @property
    def bands(self) -> None:
        """None: frames are grey or in colour."""
        return None

    def turn_to(self, number: int | None, side: int) -> None:
        """Turn to a frame, as `Opened` says.

        Raises:
            ValueError: it is damaged, or there is none of this number.
        """
        del side  # frames are decoded whole
        wanted = number or 0
        if wanted < self._at:
            self._rewind()
        while self._at < wanted:
            try:
                self._frame = next(self._places)
            except StopIteration:
                raise ValueError(f"there are only {self._at + 1} frames in it") from None
            self._at += 1
        if isinstance(self._frame, str):
            raise ValueError(self._frame)

    def read(self, exact: bool) -> Stored:
        """Read the frame, turned as the file says it is shown."""
        del exact  # frames become 8 bits a sample
        from av.video.reformatter import Interpolation

        frame = self._frame
        refuse_huge(frame.width, frame.height)
        # Without these flags, pixels depend on the instructions that the processor has.
        how = Interpolation.BILINEAR | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND
        rgb = frame.reformat(format="rgb24", interpolation=how | Interpolation.BITEXACT, threads=1)
        image = Image.fromarray(rgb.to_ndarray())
        turn = _TURNS.get(frame.rotation % 360)
        return Stored(image if turn is None else image.transpose(turn))

    def close(self) -> None:
        """Free what decoding holds; the file stays open."""
        self._places.close()

    def _rewind(self) -> None:
        self._places.close()
        self._file.seek(0)
        self._places, self._at = _places(self._file), -1


def _places(file: IO[bytes]) -> Generator[Any, None, None]:
    """Yield the frames of a video in the order in which they are shown, and a reason for a damaged one."""
    import av

    why = _CUT if cut_short(file) else ""
    try:
        video = av.open(file, options={"format_whitelist": _FORMATS}, metadata_errors="replace")
    except MemoryError:
        yield why or _TOO_MUCH
        return
    except (av.FFmpegError, OSError) as error:
        _refuse_other(error)
        yield why or "not a video"
        return
    with video:
        stream: Any = video.streams.best("video")
        if stream is None or stream.codec_context is None:
            yield why or "there is no video in it that PyAV can decode"
            return
        refuse_huge(stream.codec_context.width, stream.codec_context.height)
        stream.codec_context.thread_count = 1
        if Image.MAX_IMAGE_PIXELS is not None:  # as `refuse_huge`, for frames of other sizes
            stream.codec_context.options = {"max_pixels": str(2 * Image.MAX_IMAGE_PIXELS)}
        last: Any = ""
        sound = True
        for last in _decoded(video, stream):
            # After damage, only a frame that needs no other can be trusted.
            sound = not isinstance(last, str) and (sound or last.key_frame) and not last.is_corrupt
            yield last if sound else why or _DAMAGED
        if isinstance(last, str) and last:
            return
        if why:
            yield why
        elif not last:
            yield "there is no frame in it"


def _decoded(video: Any, stream: Any) -> Iterator[Any]:
    """Yield frames, and a reason for each packet of which none could be made."""
    import av

    packets, ended = video.demux(stream), False
    while not ended:
        try:
            packet = next(packets, None)
        except MemoryError:
            yield _TOO_MUCH
            packet = None
        except (av.FFmpegError, OSError) as error:  # what comes after it cannot be found
            _refuse_other(error)
            yield _DAMAGED
            packet = None
        ended = packet is None or packet.size == 0  # frames that the decoder holds back come now
        try:
            yield from stream.codec_context.decode(None if ended else packet)
        except (av.FFmpegError, OSError) as error:
            _refuse_other(error)
            if not ended:
                yield _DAMAGED


def _refuse_other(error: Exception) -> None:
    """Raise an error again that does not come from what is in the file."""
    from av import FFmpegError

    if isinstance(error, MemoryError):
        raise error
    # A position that no file has is one that a damaged file names.
    if isinstance(error, OSError) and not isinstance(error, FFmpegError) and error.errno != errno.EINVAL:
        raise error
