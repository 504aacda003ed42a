"""Lines of ranks, from planted means."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ablation.report.plots.probe_ranks import probe_ranks_plot
from ablation.report.style import LINE
from ablation.results.findings.probe_ranks import ProbeRanks

CELLS = list("abcde")


def ranks(column, probe, rho, cells=CELLS):
    means = pd.DataFrame({"linear": np.linspace(0.9, 0.5, 5), "probe": probe}, CELLS).loc[cells]
    return ProbeRanks(column, means, rho, low=rho - 0.1, high=rho + 0.1)


def drawn(*found):
    return probe_ranks_plot(found, Figure(figsize=(6.4, 3)).subplots())


def test_probes_stand_in_the_order_of_their_correlation():
    ax = drawn(ranks("far", [0.1, 0.2, 0.3, 0.4, 0.5], -1.0), ranks("near", [0.5, 0.4, 0.3, 0.1, 0.2], 0.9))
    assert [label.get_text().split("\n")[0] for label in ax.get_xticklabels()][1:] == ["near", "far"]
    assert "0.90\n(0.80 to 1.00)" in ax.get_xticklabels()[1].get_text()


def test_a_line_passes_through_the_ranks_of_its_cell():
    ax = drawn(ranks("far", [0.3, 0.2, 0.1, 0.4, 0.5], 0.0))
    paths = sorted(tuple(line.get_ydata()) for line in ax.lines)
    assert paths == [(1, 3), (2, 4), (3, 5), (4, 2), (5, 1)]


def test_the_best_of_each_column_is_coloured_and_no_other():
    ax = drawn(ranks("far", [0.3, 0.2, 0.1, 0.4, 0.5], 0.0))
    coloured = {tuple(line.get_ydata()) for line in ax.lines if line.get_color() != LINE}
    assert coloured == {(1, 3), (5, 1)}


def test_a_cell_that_a_probe_lacks_is_left_out():
    some = ranks("some", [0.5, 0.4, 0.3, 0.2, 0.1], 1.0, cells=list("abce"))
    ax = drawn(ranks("all", [0.5, 0.4, 0.3, 0.2, 0.1], 1.0), some)
    assert [label.get_text() for label in ax.get_yticklabels()] == list("abce")
