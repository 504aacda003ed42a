"""The type of numbers in results and report; that of a pair of names is `ablation.grid.layout.Pair`."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
