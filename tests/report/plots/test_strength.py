import numpy as np
import pytest

from ablation.report.plots.strength import strength_figure
from ablation.report.sheets.canvas import png
from ablation.results.findings.doses import dose_frame
from tests.report.leaks import frame, with_grid

STRENGTHS = [0.25, 1.0]
NAMES = ["crop", "color 0.25", "color 1", "blur"]
ENTRIES = {"crop": {}, "color": {"strength": STRENGTHS}, "blur": {}}


def strength(name):
    return float(name.split()[1]) if name.startswith("color") else 0.0


def swept(accuracy=None, leak=None, seeds=(0,), names=NAMES, **changes):
    leak = leak or (lambda *cell: 6.0 - 4 * max(map(strength, cell[:2])))
    results = frame(leak, names, seeds, accuracy=accuracy)
    if accuracy is not None:
        luck = 0.001 * np.random.default_rng(0).standard_normal(len(results))
        results["linear_top1_val"] = results["linear_top1"] + luck * (len(seeds) > 1)
    return dose_frame(with_grid(results, augmentations=ENTRIES, **changes))


def gain(*cell):
    return 0.3 + 0.1 * max(map(strength, cell))


def drawn(ax):
    """The names that stand at lines, and the values of every line: partners first, then the mean."""
    names = [text.get_text() for text in ax.texts[:-1]]
    lines = [list(line.get_ydata()) for line in ax.lines if line.get_linestyle() == "-"]
    return names, [line for line in lines if len(line) == 3]


def test_lines_are_the_frames_numbers_from_none_to_the_strongest():
    doses = swept(gain, seeds=(0, 1))
    left, right = strength_figure(doses).axes
    for ax, column, scale in ((left, "leak_bits", 1), (right, "effect", 100)):
        names, lines = drawn(ax)
        assert sorted(names) == ["beside blur", "beside crop", "mean"]
        for line, beside in zip(lines, ("crop", "blur", ""), strict=True):
            assert line == pytest.approx((scale * doses.loc[doses["beside"] == beside, column]).tolist())
        assert [label.get_text() for label in ax.get_xticklabels()] == ["none", "0.25", "1"]
    mean = doses[doses["beside"] == ""]
    bars = [[y for _, y in segment] for segment in right.collections[0].get_segments()]
    assert bars == [pytest.approx(ends) for ends in (100 * mean[["low", "high"]]).to_numpy().tolist()]
    assert "simultaneous 95 % intervals" in right.texts[-1].get_text().replace("\n", " ")


def test_without_accuracies_the_leak_stands_alone_and_one_seed_has_no_intervals_of_accuracy():
    (ax,) = strength_figure(swept()).axes
    assert drawn(ax)[1] == [[6, 5, 2]] * 3
    _, right = strength_figure(swept(gain)).axes
    assert "one seed" in right.texts[-1].get_text()


def test_leaks_below_0_are_drawn_at_0_and_counted():
    (ax,) = strength_figure(swept(leak=lambda *cell: -0.1 if "color 1" in cell else 5.0)).axes
    assert np.min(drawn(ax)[1]) == 0
    assert "3 below 0, drawn at 0" in ax.texts[-1].get_text().replace("\n", " ")


def test_many_partners_are_drawn_without_names_and_two_sweeps_below_each_other():
    names = [
        "crop",
        "noise std 0.1",
        "noise std 0.2",
        *(f"blur {i}" for i in range(6)),
        "color 0.25",
        "color 1",
    ]
    blurs = {f"blur {i}": {"operation": "blur", "p": 0.1 * (i + 1)} for i in range(6)}
    entries = {"crop": {}, "noise": {"std": [0.1, 0.2]}, **blurs, "color": {"strength": STRENGTHS}}
    doses = dose_frame(with_grid(frame(lambda *_: 5.0, names), augmentations=entries))
    noise, color = strength_figure(doses).axes
    assert (noise.get_xlabel(), color.get_xlabel()) == ("noise std", "color strength")
    assert drawn(color)[0] == ["mean"]
    assert len(drawn(color)[1]) == 1 + 9


def test_a_grid_without_a_sweep_is_refused():
    with pytest.raises(ValueError, match="this grid sweeps no strength"):
        strength_figure(dose_frame(with_grid(frame())))


def test_the_same_frame_gives_the_same_bytes():
    one, other = (png(strength_figure(swept())) for _ in range(2))
    assert one == other
