"""Effects on classes are written where they are, the clear ones marked."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ablation.report.plots.classes import class_heatmap


def effects(classes, **changes):
    labels = np.arange(classes)
    frame = pd.DataFrame({"label": labels.repeat(2), "augmentation": ["crop", "color"] * classes})
    frame["class"] = [f"c{label}" for label in frame["label"]]
    frame["effect"] = 0.01 * (frame["label"] + 1) * np.where(frame["augmentation"] == "crop", 1, -1)
    frame["deviation"] = frame["effect"] - frame.groupby("augmentation")["effect"].transform("mean")
    frame = frame.assign(low=frame["effect"] - 0.02, high=frame["effect"] + 0.02, without=0.25)
    frame = frame.assign(deviation_low=frame["deviation"] - 0.02, deviation_high=frame["deviation"] + 0.02)
    clear = {"significant": frame["effect"].abs() > 0.02, "deviates": frame["deviation"].abs() > 0.02}
    return frame.assign(**(clear | changes))


def drawn(frame):
    ax = class_heatmap(frame, Figure(figsize=(6, 5)).add_subplot())
    return ax, [text.get_text() for text in ax.texts], [text.get_text() for text in ax.get_yticklabels()]


def test_effects_stand_below_their_mean_and_clear_ones_are_marked():
    ax, texts, rows = drawn(effects(6))
    assert rows == ["mean of classes", *(f"c{k} (25)" for k in range(6))]
    assert texts[:6] == ["+3.5", "−3.5", "+1.0", "−1.0", "+2.0", "−2.0"]
    assert len([line for line in ax.lines if line.get_marker() == "o"]) == 8  # 3 to 6 points, of both
    frames = [patch for patch in ax.patches if isinstance(patch, Rectangle) and not patch.get_fill()]
    assert len(frames) == 4  # those of the first and the last class
    low, high = ax.collections[0].get_clim()
    assert low == -high == -6


def test_of_many_classes_those_that_deviate_most_are_drawn_and_it_is_said():
    _, texts, rows = drawn(effects(100))
    assert rows[1:] == [f"c{k} (25)" for k in (*range(10), *range(90, 100))]
    assert "the 20 of 100 classes that deviate most" in texts[-1].replace("\n", " ")


def test_one_seed_has_no_marks_and_says_why():
    unknown = dict.fromkeys(["low", "high", "deviation_low", "deviation_high"], np.nan)
    ax, texts, rows = drawn(effects(30, significant=pd.NA, deviates=pd.NA, **unknown))
    assert not ax.lines
    assert len(rows) == 21
    assert "one seed" in texts[-1]
