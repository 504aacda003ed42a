"""Effects are drawn where they are, the clear ones filled."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from ablation.report.plots.effects import main_effects_plot, order_effects_plot
from ablation.report.style import BLUE


def frame(effects, index, p=0.5, half=0.02):
    effects = np.array(effects)
    return pd.DataFrame({"effect": effects, "low": effects - half, "high": effects + half, "p": p}, index)


def labels(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def words(ax):
    return " ".join(text.get_text() for text in ax.texts)


def test_effects_stand_in_order_at_their_values_and_clear_ones_are_filled():
    effects = frame([0.05, -0.01, 0.02], ["crop", "blur", "noise"], p=[0.001, 0.9, 0.049])
    ax = main_effects_plot(effects, Figure().add_subplot())
    assert labels(ax) == ["blur", "noise", "crop"]
    clear, unclear = ax.lines[1], ax.lines[2]
    assert clear.get_xdata().tolist() == pytest.approx([2, 5])
    assert to_hex(clear.get_markerfacecolor()) == BLUE.lower()
    assert unclear.get_xdata().tolist() == pytest.approx([-1])
    bars = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
    assert np.allclose(bars, [[-3, 1], [0, 4], [3, 7]])


def test_the_better_order_is_named():
    pairs = pd.MultiIndex.from_tuples([("crop", "blur"), ("crop", "color")])
    ax = order_effects_plot(frame([-0.03, 0.01], pairs), Figure().add_subplot())
    assert labels(ax) == ["crop → color", "blur → crop"]
    assert np.allclose(ax.collections[0].get_segments()[1][:, 0], [1, 5])


def test_one_seed_has_points_without_intervals_and_says_why():
    effects = frame([0.05], ["crop"], p=np.nan, half=np.nan)
    ax = main_effects_plot(effects, Figure().add_subplot())
    assert ax.lines[1].get_xdata().size == 0
    assert ax.lines[2].get_xdata().tolist() == pytest.approx([5])
    assert "one seed" in words(ax)


def test_of_many_pairs_the_largest_are_drawn_and_how_many_is_said():
    pairs = pd.MultiIndex.from_tuples([(f"a{k}", f"b{k}") for k in range(30)])
    ax = order_effects_plot(frame(np.arange(1, 31) / 1000, pairs), Figure().add_subplot())
    assert len(labels(ax)) == 24
    assert "a0 → b0" not in labels(ax)
    assert "the 24 largest of 30" in words(ax)


def test_gaps_are_left_out():
    ax = main_effects_plot(frame([0.05, np.nan], ["crop", "blur"]), Figure().add_subplot())
    assert labels(ax) == ["crop"]
