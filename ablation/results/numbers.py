"""Numbers and names as sentences write them."""

from ablation.grid.layout import Pair
from ablation.words import counted

# Decimals of a mean that count. Sums of the same scores in another order differ in later ones, and would be
# written differently (59.85 % as 59.8 and as 59.9), and ties would not be ties.
DECIMALS = 12


def percent(fraction: float) -> str:
    """Write a fraction in percent.

    Example:
        >>> percent(0.4851), percent(-0.066)  # the end of a wide interval may lie below 0
        ('48.5 %', '−6.6 %')
    """
    return f"{written(100 * fraction, '.1f')} %"


def points(fraction: float) -> str:
    """Write a difference of fractions in points, with its sign.

    Example:
        >>> points(0.021), points(-0.021)
        ('+2.1', '−2.1')
    """
    return written(100 * fraction, "+.1f")


def written(value: float, form: str) -> str:
    """Write a number that may be negative, with a minus sign instead of a hyphen.

    Example:
        >>> written(-0.25, ".1f"), written(0.25, "+.2f")
        ('−0.2', '+0.25')
    """
    return f"{value:{form}}".replace("-", "\u2212")


def counted_seeds(count: int) -> str:
    """Write how many seeds there are.

    Example:
        >>> counted_seeds(1), counted_seeds(3)
        ('1 seed', '3 seeds')
    """
    return counted(count, "seed")


def duration(seconds: float) -> str:
    """Write how long jobs take, in minutes or hours.

    Example:
        >>> duration(30), duration(200), duration(9000)
        ('1 minute', '3 minutes', '2.5 hours')
    """
    return f"{seconds / 3600:.1f} hours" if seconds > 5400 else counted(max(1, round(seconds / 60)), "minute")


def cell_name(pair: Pair) -> str:
    """Name a cell by its first and second augmentation.

    Example:
        >>> cell_name(("crop", "color")), cell_name(("crop", "crop"))
        ('crop → color', 'crop')
    """
    return pair[0] if pair[0] == pair[1] else f"{pair[0]} → {pair[1]}"
