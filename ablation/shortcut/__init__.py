"""From colour histograms to numbers: the leak of any views, any encoder's use of colour (paper Figure 6).

Example:
    `ab.shortcut.leak(views, images, candidates=128)["chroma"].bits`, before anything is trained;
    `ab.shortcut.colour_use(encoder, images, labels).bias`, for a model trained anywhere.
"""

from ablation.shortcut.leakage import leak
from ablation.shortcut.use import color_use

colour_use = color_use

__all__ = ["color_use", "colour_use", "leak"]
