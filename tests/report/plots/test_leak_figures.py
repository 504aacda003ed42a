import numpy as np
import pytest

from ablation.report.plots.leak_figures import cells_with_distances, leak_figures, scatter_figure
from ablation.results.findings.leak_and_accuracy import Explained
from tests.report.leaks import frame, with_grid


def leaks_alone(**changes):
    results = with_grid(frame(), **changes)
    columns = {"leak_bits_intensity": 3.0, "leak_bits_chroma": 4.0, "leak_separation": 0.9}
    return results.assign(**columns)


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts] + [
        ax.get_title(loc="left") for ax in figure.axes
    ]


def test_before_training_the_leak_stands_alone():
    figures = leak_figures(leaks_alone(), {})
    assert figures.keys() == {"leak", "leak-kinds"}
    assert "Colour leak (bits): tiny · CIFAR-10" in texts(figures["leak"])
    assert not any("top-1" in text for text in texts(figures["leak"]))
    kinds = {
        "Leak of intensity alone (bits): tiny · CIFAR-10",
        "Leak of chroma alone (bits): tiny · CIFAR-10",
    }
    assert kinds <= set(texts(figures["leak-kinds"]))


def test_distances_are_drawn_of_the_cells_that_have_some():
    distances = {("crop", "crop"): np.array([[0.1], [0.9]]), ("color", "color"): np.empty((2, 0))}
    figure = leak_figures(leaks_alone(), distances)["distances"]
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["crop"]
    assert figure.axes[0].get_title(loc="right") == "AUC 0.90"


def test_each_augmentation_alone_and_before_color_has_distances():
    assert cells_with_distances(leaks_alone()) == [
        ("crop", "crop"), ("color", "color"), ("blur", "blur"), ("crop", "color"), ("blur", "color"),
    ]  # fmt: skip


def test_the_verdict_is_written_below_the_leak():
    figure = leak_figures(leaks_alone(), {}, verdict="Colour is a shortcut here: distort it.")["leak"]
    assert figure.get_supxlabel() == "Colour is a shortcut here: distort it."


@pytest.mark.parametrize(
    ("explained", "said"),
    [
        (
            Explained(-0.5, 0.004, 49, 7, 1e-4),
            "Spearman's ρ = −0.50, p = 0.004 by relabelling the augmentations",
        ),
        (
            Explained(-0.5, 0.4, 9, 3, 1 / 3),
            "Spearman's ρ = −0.50; no test: it needs at least five augmentations, and this grid has 3",
        ),
        (Explained(float("nan"), float("nan"), 49, 7, 1e-4), "no correlation: all cells have the same leak"),
        ("a cell with a gap cannot be ranked", "against colour leak\na cell with a gap cannot be ranked"),
    ],
)
def test_the_scatter_says_what_the_test_found(explained, said):
    results = with_grid(frame(accuracy=lambda a, b: 0.3 + len(a) / 100 + len(b) / 1000))
    title = scatter_figure(results, explained).axes[0].get_title(loc="left")
    assert said in title
