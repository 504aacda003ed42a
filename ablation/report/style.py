"""How every figure looks: inks, colours, colour maps, sizes of letters. The one place for such constants."""

from typing import Any

DPI = 200
INK, FAINT, LINE, EMPTY = "#333333", "#6f6f6f", "#cfcfcf", "#f1f1f1"  # of text, of asides, of rules, of gaps

# Okabe and Ito (2008): told apart by the colour-blind; the first two on gray paper as well.
BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"

# Perceptually uniform, and one for each quantity: an accuracy and a leak stand side by side.
ACCURACIES, LEAKS, DIFFERENCES = "viridis", "magma", "vlag"

POINTS, NAMES = 9.0, 6.5  # of a plot's letters, of the names of its points
SHEET, SMALL = 8.0, 6.5  # of the letters of a figure made of images
MARKER = 5.0  # across, in points

RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ablation",  # ids within an SVG that do not change
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.6,
    "text.parse_math": False,  # names of grids, classes and folders may hold dollar signs
}
