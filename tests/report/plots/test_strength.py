import numpy as np
import pytest

from ablation.report.plots.strength import strength_figure, swept_strengths
from ablation.report.sheets.canvas import png
from tests.report.leaks import frame, with_grid

STRENGTHS = [0.25, 1.0]
NAMES = ["crop", "color 0.25", "color 1", "blur"]


def strength(name):
    return float(name.split()[1]) if name.startswith("color") else 0.0


def swept(accuracy=None, leak=None):
    results = frame(leak or (lambda *cell: 6.0 - 4 * max(map(strength, cell[:2]))), NAMES, accuracy=accuracy)
    entries = {"crop": {}, "color": {"strength": STRENGTHS}, "blur": {}}
    return with_grid(results, augmentations=entries)


def drawn(ax):
    """Name and points of each line."""
    names = [text.get_text() for text in ax.texts if text.get_text() and "bars" not in text.get_text()]
    lines = [
        line.get_xydata().tolist() for line in ax.lines if line.get_marker() in ("D", "o", "s", "^", "v")
    ]
    return names, lines


def test_strengths_are_those_of_the_grids_sweep():
    assert swept_strengths(swept()) == {"color 0.25": 0.25, "color 1": 1.0}
    assert swept_strengths(frame()) == {}


def test_a_strength_of_many_digits_stays_in_the_figure():
    names = ["crop", "color 0.1234567", "color 1"]
    results = with_grid(
        frame(lambda *_: 5.0, names),
        augmentations={"crop": {}, "color": {"strength": [0.1234567, 1.0]}},
    )
    assert swept_strengths(results) == {"color 0.1234567": 0.1234567, "color 1": 1.0}
    lines = drawn(strength_figure(results).axes[0])[1]
    assert [[x for x, _ in line] for line in lines] == [[0.1234567, 1]] + 2 * [[0, 0.1234567, 1]]


def test_lines_are_named_after_the_entry_and_a_sequence_or_two_parameters_are_no_sweep_of_a_strength():
    names = ["both", "vivid 0.5 p 0.2", "my color 0.5", "my color 1", "policy 0.5"]
    entries = {
        "both": {"operation": "crop"},
        "vivid": {"operation": "color", "strength": [0.5], "p": [0.2]},
        "policy": ["both", "my color"],
        "my color": {"operation": "color", "strength": [0.5, 1.0]},
    }
    results = with_grid(frame(lambda *_: 5.0, names), augmentations=entries)
    assert swept_strengths(results) == {"my color 0.5": 0.5, "my color 1": 1.0}
    assert "my color alone" in drawn(strength_figure(results).axes[0])[0]


def test_lines_go_from_the_partner_alone_to_the_strongest():
    (ax,) = strength_figure(swept()).axes
    names, lines = drawn(ax)
    assert sorted(names) == ["color alone", "color → crop", "crop → color"]
    assert lines == [[[0.25, 5], [1, 2]], [[0, 6], [0.25, 5], [1, 2]], [[0, 6], [0.25, 5], [1, 2]]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["none", "0.25", "1"]


def test_partners_are_drawn_when_asked_for():
    names, _ = drawn(strength_figure(swept(), partners=["crop", "blur"]).axes[0])
    assert len(names) == 5
    assert "blur → color" in names
    with pytest.raises(ValueError, match="4 partners make 9 lines; at most 7"):
        strength_figure(swept(), partners=["crop", "blur"] * 2)


def test_accuracy_has_a_panel_of_its_own_and_no_second_axis():
    left, right = strength_figure(swept(accuracy=lambda *cell: 0.3 + 0.1 * max(map(strength, cell)))).axes
    assert drawn(right)[1][0] == [[0.25, pytest.approx(32.5)], [1, pytest.approx(40.0)]]
    assert left.get_position().x1 < right.get_position().x0


def test_leaks_below_0_are_drawn_at_0_and_counted():
    (ax,) = strength_figure(swept(leak=lambda *cell: -0.1 if "color 1" in cell else 5.0)).axes
    assert np.min([point for line in drawn(ax)[1] for point in line]) == 0
    assert "7 below 0, drawn at 0" in ax.texts[-1].get_text().replace("\n", " ")


def test_a_cell_without_a_leak_is_left_out_of_its_line():
    results = swept()
    results.loc[(results["first"] == "crop") & (results["second"] == "color 0.25"), "leak_bits"] = np.nan
    assert drawn(strength_figure(results).axes[0])[1][1] == [[0, 6], [1, 2]]


def test_a_grid_without_a_sweep_is_refused():
    with pytest.raises(ValueError, match="this grid sweeps no strength"):
        strength_figure(frame(), candidates=256)


def test_the_same_frame_gives_the_same_bytes():
    one, other = (png(strength_figure(swept())) for _ in range(2))
    assert one == other
