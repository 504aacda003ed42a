"""The paper's ranks beside a grid's, drawn."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ablation.report.plots.paper import paper_plot
from ablation.results.findings.paper import FIGURE_5, NAMES, paper_ranks


def test_cells_that_agree_stand_on_the_line_and_those_that_differ_are_named():
    values = np.array(FIGURE_5) / 100
    values[6, 6] = 0.9  # rotate alone, the worst of the paper, is the best here
    pairs = pd.DataFrame([(a, b) for a in NAMES for b in NAMES], columns=["first", "second"])
    ranks = paper_ranks(pairs.assign(seed=0, outcome="ok", linear_top1=values.flatten()))
    ax = paper_plot(ranks, Figure(figsize=(6, 6)).add_subplot())
    names = {text.get_text(): text.xy for text in ax.texts}
    assert names["rotate"][1] == 1
    assert names["rotate"][0] >= 48
    points = sum(len(line.get_xdata()) for line in ax.lines[1:3])
    assert points == 49
    assert f"{ranks.cells_rho:.2f} over the cells" in ax.get_title(loc="left")
