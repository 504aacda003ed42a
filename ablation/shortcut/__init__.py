"""Colour histograms to numbers: the leak of any views, the use of colour by any encoder (paper Figure 6).

Example:
    `ab.shortcut.leak(views, images, candidates=128)["chroma"].bits`, before anything is trained;
    `ab.shortcut.colour_use(encoder, images, labels).bias`, of a model that was trained anywhere.
"""

from ablation.shortcut.leakage import leak
from ablation.shortcut.use import color_use

colour_use = color_use

__all__ = ["color_use", "colour_use", "leak"]
