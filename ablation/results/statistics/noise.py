"""What blurs the difference between two cells, in parts, so that it is known for any seeds and images."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Noise:
    """Variances of accuracies (fractions) that do not cancel out between two cells of the same seeds.

    Of what varies over seeds (`Spread.residual`), a part is luck on single images. It shrinks with the number
    of images, as the variance over images does; only `seeds` stays.
    """

    seeds: float  # of a cell over seeds, beyond what all cells share, if there were infinitely many images
    luck: float  # of a cell over seeds on one image, likewise
    images: float  # of the difference of two cells over images, whatever the seed, for one image
    unequal: float = 0.0  # standard deviation, over cells, of the logarithm of a cell's variance over seeds

    def residual(self, images: float) -> float:
        """Return the variance of a cell over seeds on so many images, beyond what all cells share.

        Example:
            >>> f"{CIFAR10.residual(images=2000) ** 0.5:.4f}"
            '0.0087'
        """
        return self.seeds + self.luck / images


# Of validation accuracies in results/reference, protocol 6: what `python tests/benchmarks/noise.py` prints.
CIFAR10 = Noise(seeds=1.90e-05, luck=0.1138, images=0.0767, unequal=0.44)  # cifar10-pairs, 49 cells, 3 seeds
SHAPES = Noise(seeds=4.05e-04, luck=0.1362, images=0.0358, unequal=0.58)  # shapes, 16 cells, 3 seeds
PALETTES = Noise(seeds=7.93e-05, luck=0.0907, images=0.0529, unequal=0.00)  # palettes, 16 cells, 3 seeds

# By a grid's `data.source`; what is not here is taken to be like CIFAR-10.
REFERENCE: Mapping[str, Noise] = MappingProxyType({"shapes": SHAPES, "palettes": PALETTES})
