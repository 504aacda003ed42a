"""Who gains and who pays: effects on single classes as sentences."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ablation.results.findings.proxies_words import p_value
from ablation.results.numbers import written
from ablation.results.statistics.classes import ClassEffects
from ablation.results.statistics.intervals import CONFIDENCE
from ablation.words import counted, listed

_SHOWN = 3  # classes that one augmentation costs


def class_words(found: ClassEffects) -> str:
    """Say in one sentence whether classes differ in what an augmentation adds to them, or why nobody knows.

    Example:
        `print(class_words(study.class_effects))`
    """
    each = found.augmentations["heterogeneity"]
    if not len(each):
        return (
            "Nothing can be said about single classes: this grid adds no augmentation to another, so there "
            "are no effects to compare."
        )
    if found.frame["effect"].isna().all():
        return "Nothing can be said about single classes yet: too few cells have a result."
    if np.isnan(found.p):
        return (
            "One seed cannot tell which differences between classes are real, because the classes of every "
            "job vary. Three seeds can (--seeds 3)."
        )
    classes, augmentations = len(found.classes), counted(len(each), "augmentation")
    table = f"p {p_value(found.p, '= ')} for {classes} classes and {augmentations} together"
    if found.p >= 1 - CONFIDENCE:
        return f"There is no evidence that classes differ in what an augmentation adds to them ({table})."
    clear = [str(name) for name in each.index[each < 1 - CONFIDENCE]]
    singly = f"it does for {listed(clear)}" if clear else "no single augmentation stands out"
    return (
        f"What an augmentation adds depends on the class ({table}); tested one by "
        f"one, corrected for {counted(len(each), 'test')}, {singly}."
    )


def pays_words(found: ClassEffects, policy: Sequence[str]) -> str | None:
    """Say which classes pay for what others gain by the augmentations of a policy; None where none does.

    A class pays where an augmentation costs it accuracy, and more than the mean class, both significantly,
    while it gains on another. Effects are means over all partners of an augmentation, those outside the
    policy too.

    Args:
        found: of the study that the policy is from.
        policy: its augmentations, by their names in the grid.

    Example:
        `pays_words(study.class_effects, ["crop", "color"])`
    """
    told = [words for name in dict.fromkeys(policy) if (words := _pays(found.frame, name))]
    if not told:
        return None
    return (
        f"Some classes pay: added to the other augmentations, {'; '.join(told)} (points of test accuracy, "
        f"with 95 % intervals corrected for all {len(found.frame)} effects)."
    )


def _pays(frame: pd.DataFrame, augmentation: str) -> str:
    rows = frame[frame["augmentation"] == augmentation].sort_values("effect", kind="stable")
    pays = rows[rows["significant"].fillna(False) & rows["deviates"].fillna(False) & (rows["effect"] < 0)]
    pays = pays[pays["deviation"] < 0]
    if not len(pays) or rows["effect"].iloc[-1] <= 0:
        return ""
    costs = [
        f"{row['class']} {_size(-row['effect'])} ({_size(-row['high'])} to {_size(-row['low'])})"
        for _, row in pays.head(_SHOWN).iterrows()
    ]
    more = [f"{len(pays) - _SHOWN} more"] if len(pays) > _SHOWN else []
    gains = rows.iloc[-1]
    most = f"{gains['class']}, {_size(gains['effect'])} ({_size(gains['low'])} to {_size(gains['high'])})"
    return f"{augmentation} costs {listed([*costs, *more])}, and gains most on {most}"


def _size(effect: float) -> str:
    return written(100 * effect, ".1f")
