"""What is kept of what features know of a transformation; `ablation.evaluate.transformations` measures it."""

from ablation.results.stored.model import Fraction, Stored


class Known(Stored):
    """Shares of held-out images whose version features tell; chance is .5, of rotations .25."""

    gray: Fraction
    rotation: Fraction
    noise: Fraction
    sobel: Fraction
