"""Pictures that are nearly the same, such as re-encoded or brightened copies, found by a perceptual hash."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]

_ALIKE = 3  # bits of 64 by which hashes may differ: then at least one of four bands of 16 agrees
_CORRELATION = 0.97  # of the colours at 16 × 16, at least: hashes of smooth pictures agree too often
_CONTRAST = 4.0  # standard deviation of the grey of 8 × 9 areas, of 255, at least: what is blank is alike
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # of R, G, B
_BLOCK = 1024  # images at a time
_TRIED = 16  # candidates for an image at a time: where thousands are alike, the first will do


def near_pairs(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Ids:
    """Find the images of the second array that nearly are a picture of the first: (P, 2), with one such row.

    Candidates are pairs whose 64-bit difference hashes (of grey) differ in three bits at most. They count if
    their colours, averaged to 16 × 16, correlate by .97 or more, and have some contrast: brighter, blurred or
    re-encoded copies are found, the same shape in other colours is not.

    Args:
        first: (N, C, S, S).
        second: (M, C, S, S).

    Example:
        >>> pictures = np.random.default_rng(0).integers(0, 256, (9, 3, 16, 16), np.uint8)
        >>> darker = (pictures[4:5] * 0.9).astype(np.uint8)
        >>> near_pairs(pictures, darker).tolist()
        [[4, 0]]
    """
    known, asked = _Described.of(first), _Described.of(second)
    partner = np.full(len(second), -1)
    for band in range(4):
        order = known.rows[np.argsort(known.bands[known.rows, band], kind="stable")]
        keys, wanted = known.bands[order, band], asked.bands[:, band]
        next_one, end = (np.searchsorted(keys, wanted, side) for side in ("left", "right"))
        while len(waiting := asked.rows[(partner < 0)[asked.rows] & (next_one < end)[asked.rows]]):
            for rows in np.split(waiting, range(_BLOCK, len(waiting), _BLOCK)):
                count = np.minimum(end[rows] - next_one[rows], _TRIED)
                j = np.repeat(rows, count)
                i = order[np.repeat(next_one[rows] - np.cumsum(count) + count, count) + np.arange(len(j))]
                next_one[rows] += count
                near = np.bitwise_count(known.hashes[i] ^ asked.hashes[j]).sum(axis=1) <= _ALIKE
                i, j = i[near][::-1], j[near][::-1]  # of several, the first is the last to be noted
                same = _correlation(first, i, second, j) >= _CORRELATION
                partner[j[same]] = i[same]
    found = np.flatnonzero(partner >= 0)
    return np.stack([partner[found], found], axis=1)


@dataclass(frozen=True, eq=False)
class _Described:
    """The difference hashes of N images, and which images have some contrast."""

    hashes: NDArray[np.uint8]  # (N, 8): whether each of 8 × 9 areas is brighter than its left neighbour
    rows: Ids  # of those with contrast

    @property
    def bands(self) -> NDArray[np.uint16]:
        return self.hashes.view(np.uint16)  # (N, 4)

    @classmethod
    def of(cls, images: NDArray[np.uint8]) -> "_Described":
        hashes = np.empty((len(images), 8), dtype=np.uint8)
        contrast = np.zeros(len(images))
        channels = images.shape[1]
        weights = _LUMA if channels == len(_LUMA) else np.full(channels, 1 / channels, dtype=np.float32)
        for start in range(0, len(images), _BLOCK):
            gray = _averaged(np.einsum("nchw,c->nhw", images[start : start + _BLOCK], weights), 8, 9)
            brighter = (np.diff(gray, axis=-1) > 0).reshape(len(gray), 64)
            hashes[start : start + _BLOCK] = np.packbits(brighter, axis=1)
            contrast[start : start + _BLOCK] = gray.std(axis=(1, 2))
        return cls(hashes, np.flatnonzero(contrast >= _CONTRAST))


def _correlation(first: NDArray[np.uint8], i: Ids, second: NDArray[np.uint8], j: Ids) -> NDArray[np.float32]:
    """Return the correlation of the colours of pairs (i, j): (P,)."""
    found = [np.empty(0, dtype=np.float32)]
    for start in range(0, len(i), _BLOCK):
        a, b = _centred(first[i[start : start + _BLOCK]]), _centred(second[j[start : start + _BLOCK]])
        found.append((a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)))
    return np.concatenate(found)


def _centred(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return 16 × 16 pixels without their mean colour: (N, 256 C)."""
    pixels = _averaged(images.astype(np.float32), 16, 16)
    return np.asarray((pixels - pixels.mean(axis=(2, 3), keepdims=True)).reshape(len(images), -1))


def _averaged(images: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Average (…, S, S) over a grid of equal areas, whose borders may divide a pixel: (…, height, width)."""
    rows, columns = (_shares(images.shape[-1], parts) for parts in (height, width))
    return np.asarray(rows @ images @ columns.T)


def _shares(side: int, parts: int) -> NDArray[np.float32]:
    """Return what share of each part each pixel is: (parts, side)."""
    edges = np.arange(parts + 1) * side / parts
    pixels = np.arange(side)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (covered.clip(0) * parts / side).astype(np.float32)
