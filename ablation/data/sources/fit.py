"""Makes pictures of any shape square, and one size."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def fit(image: Image.Image, size: int) -> NDArray[np.uint8]:
    """Resize the shorter side to `size` (bilinear, antialiased) and crop the centre: (3, size, size).

    Example:
        >>> fit(Image.new("RGB", (64, 48), "red"), 32)[:, 0, 0].tolist()
        [255, 0, 0]
    """
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    square = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR, box, reducing_gap=3)
    return np.asarray(square).transpose(2, 0, 1)
