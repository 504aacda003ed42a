"""Encoders of several sizes: a planted gain under one objective is told from that under another."""

import re

import numpy as np
import pytest

from ablation.report.plots.sizes import sizes_plot
from ablation.results.findings.sizes import sizes_words
from ablation.results.study import read_study
from tests.results.builder import build, record

VARY = """[vary]
"pretrain.objective" = ["nt-xent", "supervised"]
"pretrain.width" = [8, 16, 32]
"pretrain.epochs" = [5, 10]
"""


def study(path, more, seeds=(0, 1, 2)):
    """Each doubling of the width gains 2 points, and `more` under NT-Xent."""
    luck = np.random.default_rng(1)

    def value(first, second, seed, at=None):
        at = at or {"objective": "nt-xent", "width": 32, "epochs": 10}
        gain = 0.02 + more * (at["objective"] == "nt-xent")
        return 0.5 + gain * np.log2(at["width"] / 8) + 0.01 * seed + 0.002 * luck.standard_normal()

    def sized(cell, score):
        return record(cell, score, parameters=100 * cell.recipe.pretrain.encoder.width, flops=1)

    build(path, ["crop"], value, [*seeds], {"random-init": 0.3}, VARY, varied=value, result=sized)
    return read_study(path)


def test_what_one_objective_gains_more_is_found_at_each_length(tmp_path):
    [found] = study(tmp_path, 0.05).axes.sizes
    assert [one.epochs for one in found.gains] == [5, 10]
    for gains in found.gains:
        row = gains.frame.set_index("value").loc["nt-xent"]
        assert row["more"] == pytest.approx(0.10, abs=0.01)
        assert row["more_low"] > 0
    short, long = sizes_words(found)
    assert short.startswith("In jobs of 5 epochs, going from 8 to 32 changes ")
    assert re.search(r"the change with nt-xent is \d+\.\d points higher \(95 %", long)


def test_nothing_is_claimed_where_both_gain_the_same_or_there_is_one_seed(tmp_path):
    [same] = study(tmp_path / "same", 0.0).axes.sizes
    assert "cannot be told apart" in sizes_words(same)[1]
    [single] = study(tmp_path / "single", 0.05, seeds=[0]).axes.sizes
    assert sizes_words(single)[1].endswith("one seed cannot tell them apart.")


def test_the_figure_has_a_line_for_each_objective_and_length(tmp_path):
    [found] = study(tmp_path, 0.05).axes.sizes
    ax = sizes_plot(found)
    assert ax.get_xscale() == "log"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0.8k", "1.6k", "3.2k"]
    names = {text.get_text() for text in ax.texts}
    assert {"nt-xent, 10 epochs", "supervised, 5 epochs"} <= names


def test_encoders_of_unknown_size_are_not_drawn(tmp_path):
    build(tmp_path, ["crop"], lambda *_: 0.5, [0], {}, VARY, varied=lambda *_: 0.5)
    assert read_study(tmp_path).axes.sizes == ()


def test_encoders_of_several_kinds_are_compared_within_each(tmp_path):
    kinds = """[vary]
"pretrain.encoder" = [
    { encoder = "resnet-micro", width = 8 },
    { encoder = "resnet-micro", width = 16 },
    { encoder = "resnet18", width = 4, stem = "patch" },
]
"""

    def sized(cell, score):
        return record(cell, score, parameters=100 * cell.recipe.pretrain.encoder.width, flops=1)

    def value(*_, **__):
        return 0.5

    build(tmp_path, ["crop"], value, [0], {}, kinds, varied=value, result=sized)
    [found] = read_study(tmp_path).axes.sizes
    [gain] = found.gains
    assert (gain.smallest, gain.largest) == (
        "resnet-micro (width 8)",
        "resnet-micro",
    )  # the grid's own, 32
    assert {tuple(line.get_xdata()) for line in sizes_plot(found).lines} >= {(800, 1600, 3200), (400,)}
