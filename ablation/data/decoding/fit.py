"""Makes pictures of any shape square, and one size."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablation.grid.data import Resize


def fit(image: Image.Image, size: int, resize: Resize = "crop") -> NDArray[np.uint8]:
    """Resize a picture (bilinear, antialiased) to (3, size, size).

    Args:
        image: of any mode.
        size: the side in pixels.
        resize: `crop`: the shorter side becomes `size`, and the centre is cut out; `squash`: both sides
            become `size`, whatever their ratio; `pad`: the longer side becomes `size`, and the rest is black,
            as much on either side.

    Example:
        >>> wide = Image.new("RGB", (64, 32), "red")
        >>> [fit(wide, 16, resize)[0, :, 8].tolist().count(255) for resize in ("crop", "squash", "pad")]
        [16, 16, 8]
    """
    image = image.convert("RGB")
    box = None
    width = height = size
    if resize == "crop":
        side = min(image.size)
        x, y = (image.width - side) / 2, (image.height - side) / 2
        box = (x, y, x + side, y + side)
    elif resize == "pad":
        longer = max(image.size)
        width, height = (max(1, round(side * size / longer)) for side in image.size)
    fitted = image.resize((width, height), Image.Resampling.BILINEAR, box, reducing_gap=3)
    pixels = np.zeros((3, size, size), np.uint8)
    left, top = (size - width) // 2, (size - height) // 2
    pixels[:, top : top + height, left : left + width] = np.asarray(fitted).transpose(2, 0, 1)
    return pixels
