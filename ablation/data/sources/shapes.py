"""The built-in pictures: a silhouette on a textured background, drawn from a seed.

`shapes`: the class is the silhouette, and colour says nothing about it, unless it is told to hint at it.
`palettes`: the other way round.
"""

# Pictures are bit-identical everywhere: draws are raw bits reduced with integers (draws.py); geometry, colour
# and blending are integer sums, products and shifts, which no compiler, vector unit or library can round
# differently; and the one rounded table (_TURNS) stays clear of halves, so that the last bit of a machine's
# sine cannot change it (tests/data/sources/test_shapes.py checks the margin, and the pictures' checksums).
# If you change a picture, also change the generator's version in ablation/data/fingerprint.py.

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablation.data.dataset import Dataset, Labelled, Labels, Split
from ablation.data.draws import integers
from ablation.data.sources.arrays import new_images
from ablation.data.sources.silhouettes import PRECISION, RADIUS, SIDE, SILHOUETTES, distance_tables
from ablation.grid.data import Generated
from ablation.telling import Tell, silent, told

Ints = NDArray[np.int32]

# All that sets the difficulty. Smaller or more turned silhouettes and more texture make `shapes` harder to
# learn with colour distortion; less saturation makes colour in `palettes` more easily lost to distortion.
FRAME = 1 << 15  # the image's side, in the units of place and size
SMALLEST, LARGEST = FRAME * 55 // 100, FRAME * 85 // 100  # diameter of the circle around a silhouette
TURN = 192  # in 1024ths: the width of the range of turns, centred on upright
MARGIN = FRAME * 2 // 100  # between that circle and the frame
TEXTURE = ((4, 8), (9, 6))  # of the background: (cells along a side, amplitude in grey levels of 255)
DARK, LIGHT = (46, 92), (164, 214)  # luma; the object has one of the two, the background the other
VIVID, MUTED = (150, 256), (30, 90)  # of 256, shapes and palettes: share of the chroma possible at a luma
FALLOFF = (30, 110)  # of 256: how much darker the image is on the side away from the light
TINT = 44  # of 256: how much of one channel the light may lack
SHADOW = 80  # of 256: how dark the object's shadow is
OFFSET, SOFTNESS = 30, 26  # of the shadow, in 200ths of the object's radius
FAMILY = 150  # of palettes: width of a colour family, in 1536ths of the hue circle; they are 153.6 apart

PALETTES = ("red", "orange", "yellow", "lime", "green", "aqua", "azure", "blue", "purple", "pink")

ANGLES = 1024
HUES = 1536
_TURNS = np.rint(np.sin(np.arange(ANGLES) * (2 * np.pi / ANGLES)) * (1 << 14)).astype(np.int32)
_LUMA = np.array([299, 587, 114])  # ITU-R BT.601, as torchvision and Kornia convert to grey
BLOCK = 1 << 17  # pixels drawn at a time; a block this size stays in the processor's cache


@dataclass(frozen=True)
class Pictures:
    """What is drawn, one row per image; lengths are in units of FRAME, angles in 1024ths of a turn."""

    silhouette: Ints  # (N,)
    radius: Ints  # (N,)
    turn: Ints  # (N,)
    center: Ints  # (N, 2)
    object: Ints  # (N, 3), with the tint of the light, as in the next two
    near: Ints  # (N, 3), the background's two colours
    far: Ints  # (N, 3)
    gradient: Ints  # (N,) angle from near to far
    light: Ints  # (N,) angle from which the light comes
    falloff: Ints  # (N,)

    def __getitem__(self, rows: slice) -> "Pictures":
        return Pictures(**{name: column[rows] for name, column in vars(self).items()})


def generated(data: Generated, folder: Path, tell: Tell = silent) -> Dataset:
    """Draw `shapes` or `palettes`, a train and a test split, into image files of `folder`.

    The two splits are drawn from different seeds, so they share no picture.
    """

    def split(number: int, name: str, count: int) -> Split:
        images = new_images(folder, name, count, data.size)
        return Split(images, draw_images(data, number, images, tell))

    names = PALETTES if data.source == "palettes" else tuple(SILHOUETTES)
    return Dataset(split(0, "train", data.train), split(1, "test", data.test), None, names, ())


def generated_labels(data: Generated, tell: Tell = silent) -> Labels:  # noqa: ARG001 - it takes no time
    """Return the labels of the train and the test split of `generated`, and draw nothing."""
    names = PALETTES if data.source == "palettes" else tuple(SILHOUETTES)
    return Labels(Labelled(_labels(data.train)), Labelled(_labels(data.test)), names)


def _labels(count: int) -> NDArray[np.int64]:
    return np.arange(count, dtype=np.int64) % len(SILHOUETTES)


def draw_images(
    data: Generated, split: int, images: NDArray[np.uint8], tell: Tell = silent
) -> NDArray[np.int64]:
    """Fill `images` (N, 3, S, S) with the pictures of a split (0: train, 1: test); return their labels (N,).

    Labels count from 0 to 9 over and over. The first pictures do not depend on N, and pictures of another
    size show the same scenes.

    Example:
        >>> images = np.zeros((20, 3, 32, 32), np.uint8)
        >>> draw_images(Generated(source="shapes"), 0, images)[:12].tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    """
    count, size = len(images), images.shape[-1]
    labels = _labels(count)
    pictures = _pictures(data, split, labels.astype(np.int32))
    textures = [
        integers((data.seed, split, 20 + octave), -amplitude, amplitude, (count, cells + 1, cells + 1))
        for octave, (cells, amplitude) in enumerate(TEXTURE)
    ]
    step = max(1, BLOCK // size**2)
    for start in told(range(0, count, step), "images drawn", count, tell, size=step):
        rows = slice(start, start + step)
        drawn = render(pictures[rows], [texture[rows] for texture in textures], size)
        images[rows] = _gray(drawn) if data.coloring == "gray" else drawn
    return labels


def _pictures(data: Generated, split: int, labels: Ints) -> Pictures:
    # One stream of draws per column, so that replacing a column leaves the others as they are.
    def column(stream: int, low: int, high: int, *shape: int) -> Ints:
        return integers((data.seed, split, stream), low, high, (len(labels), *shape))

    def paint(stream: int, low: int, high: int, *shape: int) -> Ints:
        if colorings is None:
            return column(stream, low, high, *shape)
        # Those of the first training images, also in the test split.
        return integers((data.seed, 0, stream), low, high, (colorings, *shape))[chosen]

    colorings = 1 if data.coloring == "fixed" else data.colorings
    chosen = column(19, 0, (colorings or 1) - 1)
    palettes = data.source == "palettes"
    drawn = column(0, 0, len(SILHOUETTES) - 1)
    radius = column(1, SMALLEST // 2, LARGEST // 2)
    play = FRAME // 2 - MARGIN - radius[:, None]  # how far the centre may be from the middle
    center = FRAME // 2 + (column(3, -(1 << 12), 1 << 12, 2) * play >> 12)

    hues = paint(10, 0, HUES - 1, 3)
    if palettes or data.hint:
        family = paint(10, -(FAMILY // 2), FAMILY // 2, 3)
        of_class = (labels[:, None] * HUES // len(PALETTES) + family) % HUES
        hinted = column(18, 1, 1 << 16, 1) <= data.hint * (1 << 16)
        hues = of_class if palettes else np.where(hinted, of_class, hues)
    # A hint in vivid colours is read from any network, an untrained one included.
    saturations = paint(11, *(MUTED if palettes or data.hint else VIVID), 3)
    dark, light = paint(12, *DARK, 3), paint(13, *LIGHT, 3)
    bright_object = paint(14, 0, 1, 1) == 1
    object_first = np.array([True, False, False])  # the object, then the background's two colours
    luma = np.where(bright_object == object_first, light, dark)
    tint = 256 - paint(15, 0, TINT, 3)
    colors = shaded(hues, saturations, luma) * tint[:, None, :] >> 8
    angles, falloff = paint(16, 0, ANGLES - 1, 2), paint(17, *FALLOFF)

    return Pictures(
        silhouette=drawn if palettes else labels,
        radius=radius,
        turn=column(2, -(TURN // 2), TURN // 2 - 1) % ANGLES,
        center=center,
        object=colors[:, 0],
        near=colors[:, 1],
        far=colors[:, 2],
        gradient=angles[:, 0],
        light=angles[:, 1],
        falloff=falloff,
    )


def shaded(hue: Ints, saturation: Ints, luma: Ints) -> Ints:
    """Return (..., 3) colours of this luma: its grey, plus as much of the hue as fits and is wanted."""
    red = np.abs(hue - 768) - 256
    green, blue = (512 - np.abs(hue - middle) for middle in (512, 1024))
    pure = np.clip(np.stack([red, green, blue], axis=-1), 0, 255)
    chroma = pure - ((pure * _LUMA).sum(axis=-1, keepdims=True) // 1000)  # of luma 0
    grey = luma[..., None]
    room = np.where(chroma > 0, 255 - grey, grey) * 256 // np.maximum(np.abs(chroma), 1)
    share = np.minimum(room.min(axis=-1, keepdims=True), 256) * saturation[..., None] >> 8
    return np.asarray(grey + (chroma * share >> 8), dtype=np.int32)


def render(pictures: Pictures, textures: list[Ints], size: int) -> NDArray[np.uint8]:
    """Draw pictures on grounds of these textures, (N, L, L) each: (N, 3, S, S)."""
    middles = (2 * np.arange(size, dtype=np.int32) + 1) * (FRAME // 2) // size  # of the pixels
    edge, shadow = _masks(pictures, middles)
    texture = sum(_interpolated(lattice, middles) for lattice in textures)
    mix = np.clip(128 + _ramp(pictures.gradient, middles), 0, 256)
    lit = 256 - (_each(pictures.falloff) * (128 - np.clip(_ramp(pictures.light, middles), -128, 128)) >> 8)

    images = np.empty((len(pictures.radius), 3, size, size), dtype=np.uint8)
    for channel in range(3):
        near, far, color = (
            _each(part[:, channel]) for part in (pictures.near, pictures.far, pictures.object)
        )
        ground = ((near * (256 - mix) + far * mix >> 8) + texture) * (256 - shadow) >> 8
        images[:, channel] = np.clip((ground * (256 - edge) + color * edge >> 8) * lit >> 8, 0, 255)
    return images


def _gray(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    luma = (np.einsum("nchw,c->nhw", images.astype(np.int32), _LUMA) + 500) // 1000
    return np.broadcast_to(luma.astype(np.uint8)[:, None], images.shape)


def _masks(pictures: Pictures, middles: Ints) -> tuple[Ints, Ints]:
    """Return the object's coverage of each pixel and its shadow there: (N, S, S) each, of 256."""
    x = middles[None, None, :] - _each(pictures.center[:, 0])
    y = middles[None, :, None] - _each(pictures.center[:, 1])
    # From the frame to the silhouette's table: rotated back and scaled, in units of 2^-18 steps.
    cosine, sine = (
        _each(axis * (RADIUS << 4) // pictures.radius)
        for axis in (_cosine(pictures.turn), _TURNS[pictures.turn])
    )
    column = (x * cosine + y * sine >> 18) + SIDE // 2
    row = (y * cosine - x * sine >> 18) + SIDE // 2
    tables = distance_tables().reshape(-1)
    first = _each(pictures.silhouette) * SIDE**2

    def distances(column: Ints, row: Ints) -> Ints:
        place = np.clip(row, 0, SIDE - 1) * SIDE + np.clip(column, 0, SIDE - 1)
        return np.asarray(tables[first + place], dtype=np.int32)

    # The edge is one pixel wide at any size: antialiased without drawing more pixels.
    pixel = _each(pictures.radius * len(middles) // RADIUS)  # 2^12 * 256 of 256 / its width in the table
    edge = np.clip(128 - (distances(column, row) * pixel >> 12), 0, 256)

    away = (pictures.light - pictures.turn) % ANGLES  # the light's angle in the table's frame
    depth = 2 * SOFTNESS * PRECISION
    behind = distances(column + _each(_cosine(away) * OFFSET >> 14), row + _each(_TURNS[away] * OFFSET >> 14))
    return edge, np.clip(depth // 2 - behind, 0, depth) * SHADOW // depth


def _interpolated(lattice: Ints, middles: Ints) -> Ints:
    """Interpolate (N, L, L) values smoothly over the frame: (N, S, S)."""
    cells = lattice.shape[1] - 1
    cell, share = np.divmod(middles * cells, FRAME)
    share = (share >> 7).astype(np.int32)
    share = share * share * (768 - 2 * share) >> 16  # smoothstep, of 256
    rows = lattice[:, cell] * (256 - share)[:, None] + lattice[:, cell + 1] * share[:, None]
    both = rows[:, :, cell] * (256 - share) + rows[:, :, cell + 1] * share
    return np.asarray(both >> 16, dtype=np.int32)


def _ramp(angle: Ints, middles: Ints) -> Ints:
    """Rise along an angle, from about -128 on one side of the frame to 128 on the other: (N, S, S)."""
    x, y = middles[None, None, :] - FRAME // 2, middles[None, :, None] - FRAME // 2
    return x * _each(_cosine(angle)) + y * _each(_TURNS[angle]) >> 21


def _cosine(angle: Ints) -> Ints:
    return np.asarray(_TURNS[(angle + ANGLES // 4) % ANGLES])


def _each(column: Ints) -> Ints:  # (N,) -> (N, 1, 1), one value per image
    return column[:, None, None]
