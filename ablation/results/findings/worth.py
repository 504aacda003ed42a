"""What a choice without labels is worth: how rotation top-1 chose on labelled grids of this project."""

from collections.abc import Sequence
from dataclasses import dataclass

from ablation.words import counted

NEAR = 0.02  # of accuracy: so far below the best, a choice still counts as a good one


@dataclass(frozen=True)
class Reference:
    """A grid of `results/reference`, chosen by rotation top-1, judged by validation accuracy; fractions."""

    study: str
    images: str
    epochs: int
    cells: int
    rho: float | None  # Spearman's, over the cells; None with two
    lost: float  # by the favourite of rotation top-1, below the best cell
    random: float  # by a cell drawn at random, on average


# As `ab.proxies` says of each study at its own number of epochs, and at 24 where all cells ran so long; a
# test computes them again. Studies that compare settings of one policy have no cells to choose from.
REFERENCES = (
    Reference("cifar10-pairs", "CIFAR-10", 8, 49, 0.62, 0.0000, 0.0784),
    Reference("cifar10-pairs-shared", "CIFAR-10", 8, 49, 0.64, 0.0628, 0.0753),
    Reference("objectives", "CIFAR-10", 8, 9, 0.85, 0.0090, 0.0732),
    Reference("color-strength", "CIFAR-10", 8, 13, 0.65, 0.0363, 0.0591),
    Reference("color-strength", "CIFAR-10", 24, 13, 0.77, 0.0068, 0.0714),
    Reference("unpublished", "CIFAR-10", 8, 7, 0.11, 0.0178, 0.0216),
    Reference("heads-know", "CIFAR-10", 8, 4, 0.80, 0.0000, 0.0220),
    Reference("heads-know", "CIFAR-10", 24, 4, 0.80, 0.0065, 0.0255),
    Reference("color-shortcut", "CIFAR-10", 8, 2, None, 0.0000, 0.0285),
    Reference("color-shortcut", "CIFAR-10", 24, 2, None, 0.0000, 0.0323),
    Reference("recolored", "CIFAR-10, recoloured", 8, 7, 0.46, 0.0603, 0.0588),
    Reference("shapes", "shapes", 7, 16, 0.92, 0.0117, 0.2883),
    Reference("color-shortcut-shapes", "shapes", 8, 2, None, 0.0000, 0.1117),
    Reference("color-shortcut-shapes", "shapes", 24, 2, None, 0.0000, 0.2035),
    Reference("color-bits-longer", "shapes, few colourings", 8, 2, None, 0.0000, 0.0821),
    Reference("color-bits-longer", "shapes, few colourings", 24, 2, None, 0.2983, 0.1492),
    Reference("palettes", "palettes: colour is the class", 10, 16, -0.93, 0.6525, 0.1860),
    Reference("color-shortcut-palettes", "palettes: colour is the class", 8, 2, None, 0.0917, 0.0458),
    Reference("color-shortcut-palettes", "palettes: colour is the class", 24, 2, None, 0.1217, 0.0608),
)


def worth_words(references: Sequence[Reference] = REFERENCES) -> list[str]:
    """Say by what is chosen without labels, and how that chose where labels could judge it.

    Example:
        >>> print(worth_words()[1])
        On 19 labelled grids of this project, its favourite was within 2 points of the best cell in 12, no \
better than a cell drawn at random in 5, and 65 points below the best at worst, where colour is the class.
    """
    near = sum(one.lost <= NEAR for one in references)
    no_better = sum(one.lost >= one.random for one in references)
    worst = max(references, key=lambda one: one.lost)
    return [
        "No labels were used. The choice is by rotation top-1, a proxy for accuracy: whether h tells by how "
        "many right angles an image was turned.",
        f"On {counted(len(references), 'labelled grid')} of this project, its favourite was within "
        f"{100 * NEAR:.0f} points of the best cell in {near}, no better than a cell drawn at random in "
        f"{no_better}, and {100 * worst.lost:.0f} points below the best at worst, where colour is the class.",
        "So this is a guess, and a bad one where colour matters; a few hundred labelled images would tell.",
    ]
