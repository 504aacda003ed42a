"""Pictures that are nearly the same, such as re-encoded or brightened copies, found by a perceptual hash."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Pairs = NDArray[np.int64]  # (P, 2): a row of the first array, a row of the second

_ALIKE = 3  # bits of 64 by which hashes may differ: then at least one of four bands of 16 agrees
_CORRELATION = 0.97  # of the colours at 16 × 16, at least: hashes of smooth pictures agree too often
_CONTRAST = 4.0  # standard deviation of these, of 255, at least: what is blank is alike
_GRAY = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # of R, G, B
_BLOCK = 1024  # images at a time
_PAIRS = 1 << 15  # candidates at a time


def near_pairs(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Pairs:
    """Find pairs of images that are nearly the same picture, one from each array; equal ones count, too.

    Candidates are pairs whose 64-bit difference hashes (of grey) differ in three bits at most. They count if
    their colours, averaged to 16 × 16, correlate by .97 or more, and have some contrast: brighter, blurred or
    re-encoded copies are found, the same shape in other colours is not.

    Args:
        first: (N, 3, S, S).
        second: (M, 3, S, S).

    Example:
        >>> pictures = np.random.default_rng(0).integers(0, 256, (9, 3, 16, 16), np.uint8)
        >>> darker = (pictures[4:5] * 0.9).astype(np.uint8)
        >>> near_pairs(pictures, darker).tolist()
        [[4, 0]]
    """
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for candidates in _candidates(_hashes(first), _hashes(second)):
        (rows, i), (others, j) = (np.unique(side, return_inverse=True) for side in candidates.T)
        alike = (_thumbnails(first[rows])[i] * _thumbnails(second[others])[j]).sum(axis=1)
        pairs.append(candidates[alike >= _CORRELATION])
    return np.unique(np.concatenate(pairs), axis=0)


def _hashes(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return whether each of 8 × 9 areas is brighter than its left neighbour: (N, 8) bytes."""
    hashes = np.empty((len(images), 8), dtype=np.uint8)
    for start in range(0, len(images), _BLOCK):
        gray = np.einsum("nchw,c->nhw", images[start : start + _BLOCK], _GRAY)
        brighter = np.diff(_averaged(gray, 8, 9), axis=-1) > 0
        hashes[start : start + _BLOCK] = np.packbits(brighter.reshape(len(gray), 64), axis=1)
    return hashes


def _thumbnails(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return 16 × 16 pixels without their mean colour as vectors of length 1, or 0 if they are blank."""
    pixels = _averaged(images.astype(np.float32), 16, 16)
    colors = (pixels - pixels.mean(axis=(2, 3), keepdims=True)).reshape(len(images), 768)
    length = np.linalg.norm(colors, axis=1, keepdims=True)
    return np.asarray(colors / np.where(length >= _CONTRAST * 768**0.5, length, np.inf), dtype=np.float32)


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


def _candidates(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Iterator[Pairs]:
    bands = zip(*(np.ascontiguousarray(one).view(np.uint16).T for one in (first, second)), strict=True)
    for a, b in bands:  # (N,), (M,)
        order = np.argsort(a, kind="stable")
        low, high = (np.searchsorted(a[order], b, side) for side in ("left", "right"))
        ends = np.cumsum(high - low)
        start = 0
        while start < len(b):
            before = ends[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, before + _PAIRS, "right")))
            count = (high - low)[start:stop]
            j = np.repeat(np.arange(start, stop), count)
            i = order[np.arange(len(j)) + np.repeat(low[start:stop] - (np.cumsum(count) - count), count)]
            near = np.bitwise_count(first[i] ^ second[j]).sum(axis=1) <= _ALIKE
            yield np.stack([i[near], j[near]], axis=1)
            start = stop
