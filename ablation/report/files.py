"""The files of a report; apart from what draws them, which takes seconds to import."""

HEATMAP = "heatmap.png"

# In the order in which they are written: where the last is, the others are, and none is older than a cell.
FILES = ("heatmap.svg", "heatmap.pdf", "cells.csv", "baselines.csv", "timings.csv", HEATMAP)
