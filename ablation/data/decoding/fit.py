"""Makes pictures of any shape square, and one size."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablation.data.channels import RGB
from ablation.grid.data import Resize


def fit(image: Image.Image, size: int, resize: Resize = "crop", channels: int = RGB) -> NDArray[np.uint8]:
    """Resize a picture (bilinear, antialiased) to (channels, size, size).

    Args:
        image: of any mode.
        size: the side in pixels.
        resize: `crop`: the shorter side becomes `size`, and the centre is cut out; `squash`: both sides
            become `size`, whatever their ratio; `pad`: the longer side becomes `size`, and the rest is black,
            as much on either side.
        channels: three for red, green and blue, or one for grey.

    Example:
        >>> wide = Image.new("RGB", (64, 32), "red")
        >>> [fit(wide, 16, resize)[0, :, 8].tolist().count(255) for resize in ("crop", "squash", "pad")]
        [16, 16, 8]
    """
    image = image.convert("RGB" if channels == RGB else "L")
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
    pixels = np.zeros((channels, size, size), np.uint8)
    left, top = (size - width) // 2, (size - height) // 2
    bands = np.asarray(fitted).reshape(height, width, channels)
    pixels[:, top : top + height, left : left + width] = bands.transpose(2, 0, 1)
    return pixels


def fit_array(
    pixels: NDArray[np.uint8], size: int, resize: Resize = "crop", channels: int = RGB
) -> NDArray[np.uint8]:
    """Resize (H, W, C) to (channels, size, size), as `fit` does; if C is neither 1 nor 3, it is `channels`.

    Example:
        >>> fit_array(np.full((48, 64, 13), 7, np.uint8), 16, channels=13)[:, 0, 0].tolist()
        [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]
    """
    stored = pixels.shape[-1]
    if stored in (1, RGB):
        picture = pixels if stored == RGB else pixels[..., 0]
        return fit(Image.fromarray(np.ascontiguousarray(picture)), size, resize, channels)
    bands = [Image.fromarray(np.ascontiguousarray(pixels[..., band])) for band in range(stored)]
    return np.concatenate([fit(band, size, resize, 1) for band in bands])
