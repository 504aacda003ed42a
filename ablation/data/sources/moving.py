"""The built-in clips: the silhouettes of `shapes`, moving over a textured ground.

A clip is one silhouette. Every few frames there is a new scene, drawn independently of the last: another
place, size, turn, light, texture and, if they drift, other colours. In between, everything moves steadily
from one scene to the next. So two frames that are far enough apart share the silhouette and nothing else,
unless colour is fixed: then it marks the clip.
"""

# Bit-identical everywhere, like the pictures of shapes.py, with which this draws. If you change a picture,
# also change the generator's version in ablation/data/fingerprint.py.

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.data.dataset import Dataset, Labelled, Labels, Split
from ablation.data.draws import integers
from ablation.data.sources.arrays import new_images
from ablation.data.sources.shapes import (
    ANGLES,
    BLOCK,
    DARK,
    FALLOFF,
    FRAME,
    HUES,
    LARGEST,
    LIGHT,
    MARGIN,
    SMALLEST,
    TEXTURE,
    TINT,
    TURN,
    VIVID,
    Ints,
    Pictures,
    render,
    shaded,
)
from ablation.data.sources.silhouettes import SILHOUETTES
from ablation.grid.data import MovingShapes
from ablation.telling import Tell, silent, told


def moving(data: MovingShapes, folder: Path, tell: Tell = silent) -> Dataset:
    """Draw `moving-shapes`, a train and a test split, into image files of `folder`; they share no clip."""

    def split(number: int, name: str, count: int) -> Split:
        images = new_images(folder, name, count, data.size)
        labels = draw_clips(data, number, images, tell)
        clips = _clips(data, count)
        return Split(images, labels, clips, clips)

    return Dataset(split(0, "train", data.train), split(1, "test", data.test), None, tuple(SILHOUETTES), ())


def moving_labels(data: MovingShapes, tell: Tell = silent) -> Labels:  # noqa: ARG001 - it takes no time
    """Return the labels and groups of the train and the test split of `moving`, and draw nothing."""

    def labelled(count: int) -> Labelled:
        clips = _clips(data, count)
        return Labelled(_silhouettes(clips), clips, clips)

    return Labels(labelled(data.train), labelled(data.test), tuple(SILHOUETTES))


def _clips(data: MovingShapes, count: int) -> NDArray[np.int64]:
    return np.arange(count, dtype=np.int64) // data.frames


def _silhouettes(clips: NDArray[np.int64]) -> NDArray[np.int64]:
    return clips % len(SILHOUETTES)


def draw_clips(
    data: MovingShapes, split: int, images: NDArray[np.uint8], tell: Tell = silent
) -> NDArray[np.int64]:
    """Fill `images` (N, 3, S, S) with the frames of a split (0: train, 1: test); return their labels (N,).

    The frames of a clip follow each other; labels of clips count from 0 to 9 over and over.

    Example:
        >>> images = np.zeros((8, 3, 32, 32), np.uint8)
        >>> draw_clips(MovingShapes(source="moving-shapes", frames=4), 0, images).tolist()
        [0, 0, 0, 0, 1, 1, 1, 1]
    """
    count, size = len(images), images.shape[-1]
    labels = _silhouettes(_clips(data, count))
    scenes = _Scenes(data, split, count // data.frames)
    pictures = _pictures(scenes, labels.astype(np.int32))
    textures = [
        scenes.frames(20 + octave, -amplitude, amplitude, cells + 1, cells + 1)
        for octave, (cells, amplitude) in enumerate(TEXTURE)
    ]
    step = max(1, BLOCK // size**2)
    for start in told(range(0, count, step), "images drawn", count, tell, size=step):
        rows = slice(start, start + step)
        images[rows] = render(pictures[rows], [texture[rows] for texture in textures], size)
    return labels


class _Scenes:
    """Draws for the scenes of each clip, and what they become in its frames."""

    def __init__(self, data: MovingShapes, split: int, clips: int) -> None:
        self.data, self.split, self.clips = data, split, clips
        self.count = (data.frames - 1) // data.drift + 2  # the last is on the way to one that is not reached

    def drawn(self, stream: int, low: int, high: int, *shape: int, fixed: bool = False) -> Ints:
        """Draw a value for each scene, or one for all scenes of a clip: (clips, scenes, ...)."""
        scenes = 1 if fixed else self.count
        found = integers((self.data.seed, self.split, stream), low, high, (self.clips, scenes, *shape))
        return np.broadcast_to(found, (self.clips, self.count, *shape))

    def moved(self, scenes: Ints) -> Ints:
        """Move steadily from scene to scene: (clips, scenes, ...) -> (clips x frames, ...)."""
        scene, share = np.divmod(np.arange(self.data.frames, dtype=np.int32), self.data.drift)
        share = share.reshape(-1, *[1] * (scenes.ndim - 2))
        between = scenes[:, scene] * (self.data.drift - share) + scenes[:, scene + 1] * share
        return np.asarray((between // self.data.drift).reshape(-1, *scenes.shape[2:]), dtype=np.int32)

    def frames(self, stream: int, low: int, high: int, *shape: int, fixed: bool = False) -> Ints:
        """Draw a value for each scene, and return it for each frame: (clips x frames, ...)."""
        return self.moved(self.drawn(stream, low, high, *shape, fixed=fixed))


def _pictures(scenes: _Scenes, labels: Ints) -> Pictures:
    fixed = scenes.data.coloring == "fixed"
    radius = scenes.frames(1, SMALLEST // 2, LARGEST // 2)
    play = FRAME // 2 - MARGIN - radius[:, None]  # how far the centre may be from the middle
    center = FRAME // 2 + (scenes.frames(3, -(1 << 12), 1 << 12, 2) * play >> 12)

    hues = scenes.drawn(10, 0, HUES - 1, 3, fixed=fixed)
    saturations = scenes.drawn(11, *VIVID, 3, fixed=fixed)
    dark, light = scenes.drawn(12, *DARK, 3, fixed=fixed), scenes.drawn(13, *LIGHT, 3, fixed=fixed)
    bright_object = scenes.drawn(14, 0, 1, 1, fixed=fixed) == 1
    luma = np.where(bright_object == np.array([True, False, False]), light, dark)
    tint = 256 - scenes.drawn(15, 0, TINT, 3, fixed=fixed)
    colors = scenes.moved(shaded(hues, saturations, luma) * tint[..., None, :] >> 8)  # (N, 3, 3)
    angles = scenes.frames(16, 0, ANGLES - 1, 2, fixed=fixed)

    return Pictures(
        silhouette=labels,
        radius=radius,
        turn=scenes.frames(2, -(TURN // 2), TURN // 2 - 1) % ANGLES,
        center=center,
        object=colors[:, 0],
        near=colors[:, 1],
        far=colors[:, 2],
        gradient=angles[:, 0],
        light=angles[:, 1],
        falloff=scenes.frames(17, *FALLOFF, fixed=fixed),
    )
