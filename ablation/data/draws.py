"""Seeded draws that give the same numbers on every machine and with every version of NumPy.

NumPy keeps the raw bits of a bit generator stable, but not what its Generator makes of them (NEP 19). So
this module takes the raw bits, and turns them into numbers with integer arithmetic of its own.
"""

import numpy as np
from numpy.typing import NDArray


def raw_bits(key: tuple[int, ...], count: int) -> NDArray[np.uint64]:
    """Return `count` raw 64-bit draws; the first draws of a key do not depend on `count`.

    Example:
        >>> bool((raw_bits((0, 1), 5)[:2] == raw_bits((0, 1), 2)).all())
        True
    """
    return np.asarray(np.random.PCG64(np.random.SeedSequence(key)).random_raw(count), dtype=np.uint64)


def integers(key: tuple[int, ...], low: int, high: int, shape: tuple[int, ...]) -> NDArray[np.int32]:
    """Draw integers from low to high, both included, equally likely to within 2^-32 × (high − low).

    They are drawn row by row, so more rows leave the first ones as they are.

    Example:
        >>> integers((0, 1), 10, 19, (2, 3)).tolist()
        [[18, 15, 18], [19, 10, 12]]
    """
    count = int(np.prod(shape))
    top = raw_bits(key, count) >> np.uint64(32)
    scaled = (top * np.uint64(high - low + 1)) >> np.uint64(32)
    return (scaled.astype(np.int32) + np.int32(low)).reshape(shape)
