"""A study reads its folder once, whatever is made of it."""

import io
import subprocess
import sys
from collections import Counter

import pytest
from matplotlib.figure import Figure

from ablation.cli.compare import compared
from ablation.cli.recommend import recommended
from ablation.report.plots.heatmap import accuracy_heatmap
from ablation.report.publish import publish
from ablation.report.shown import open_study
from ablation.report.write import write_study
from ablation.results.findings.best import answer_of
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.folder import open_folder
from ablation.results.stored.record import Scores
from ablation.results.study import read_study
from ablation.runner.confirm import confirmation
from tests.results.builder import build, record, scores

LENGTHS = "[pretrain]\nepochs = 4\n[lengths]\nepochs = [2, 20]"


def score(first, second, seed):
    return 0.3 + 0.1 * (second == "color") + 0.02 * (first == "crop") + 0.003 * ((seed + len(second)) % 3)


def grid(path):
    """A grid of three seeds and two other lengths, all of it done."""
    return build(
        path, ["crop", "color"], score, seeds=[0, 1, 2], extra=LENGTHS, length=lambda *at: score(*at[:3])
    )


@pytest.fixture
def opened(monkeypatch):
    """How often each file has been opened, by path; cleared by whoever wants to begin."""
    counts, real = Counter(), io.open

    def counting(file, *args, **kwargs):
        counts[str(file)] += 1
        return real(file, *args, **kwargs)

    monkeypatch.setattr("builtins.open", counting)
    return counts


def stored(folder, *, lengths):
    """The grid, the environment and the records of a folder; there are 24 of other lengths."""
    study = read_study(folder)
    cells = (*study.folder.cells, *study.folder.varied_cells) if lengths else study.folder.cells
    names = ["grid.toml", "environment.json", *(f"cells/{cell.id}.json" for cell in cells)]
    return [str(folder / name) for name in names]


@pytest.mark.parametrize(
    ("use", "lengths"),
    [
        (lambda study, _: recommended(study), False),
        (lambda study, _: confirmation(study), False),
        (lambda study, _: study._repr_html_(), False),
        (lambda study, out: (write_study(study, "", figures=True, tables=True), publish(study, out)), True),
    ],
    ids=["recommended", "confirmed", "shown", "reported"],
)
def test_the_grid_and_every_record_are_read_once(tmp_path, opened, use, lengths):
    folder = grid(tmp_path / "mine")
    wanted = stored(folder, lengths=lengths)
    opened.clear()
    use(open_study(folder), tmp_path / "copy")
    assert {path: opened[path] for path in wanted} == dict.fromkeys(wanted, 1)


def test_comparing_reads_both_folders_once(tmp_path, opened):
    a, b = grid(tmp_path / "a"), grid(tmp_path / "b")
    wanted = [*stored(a, lengths=True), *stored(b, lengths=True)]
    opened.clear()
    compared(read_study(a), read_study(b), tmp_path / "both.png")
    assert {path: opened[path] for path in wanted} == dict.fromkeys(wanted, 1)


def test_grids_are_compared_by_the_longest_jobs_that_hold_all_cells(tmp_path):
    study = read_study(grid(tmp_path))
    epochs = [frame.attrs["grid"]["pretrain"]["epochs"] for frame in study.compare(study).results]
    assert epochs == [20, 20]


def test_what_was_confirmed_is_read_once_too(tmp_path, opened):
    folder = grid(tmp_path / "mine")
    lines = 'pairs = []\nviews.branches = "both"'
    both = '"crop + color" = ["crop", "color"]\n[pretrain]\nepochs = 4'
    run = build(folder / "confirm", [], lambda *_: 0.7, [0, 1, 2], {}, extra=both, first_lines=lines)
    wanted = [*stored(folder, lengths=False), *stored(run, lengths=False)]
    opened.clear()
    assert read_study(folder).recommendation.confirmed
    assert {path: opened[path] for path in wanted} == dict.fromkeys(wanted, 1)


def test_only_the_grid_and_the_environment_are_read_before_a_part_is_asked_for(tmp_path, opened):
    folder = grid(tmp_path)
    opened.clear()
    read_study(folder)
    assert sorted(opened) == [str(folder / name) for name in ("environment.json", "grid.toml")]


def test_parts_are_kept_and_statistics_of_any_accuracy_can_be_asked_for(tmp_path):
    study = read_study(grid(tmp_path))
    for part in ("records", "results", "correct", "statistics", "judgement", "recommendation", "lengths"):
        assert getattr(study, part) is getattr(study, part)
    assert study.validation.metric == study.statistics_by(study.chosen_by).metric == "linear_top1_val"
    assert not study.statistics_by("knn_balanced").covers_images
    with pytest.raises(ValueError, match="no accuracy is called 'leak_bits'"):
        study.statistics_by("leak_bits")


def test_a_plain_study_says_in_a_line_what_it_is_and_how_far(tmp_path):
    folder = build(tmp_path, ["crop"], lambda *_: "failed", baselines={"random-init": 0.25})
    assert repr(read_study(folder)) == f"<Study of 'tiny' in {str(folder)!r}: 1 of 2 jobs done>"


def test_reading_a_study_imports_neither_scipy_nor_matplotlib_nor_torch():
    code = (
        "import sys, ablation.results.study, ablation.report.shown;"
        "heavy = {'scipy', 'matplotlib', 'torch'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_unequal_classes_are_chosen_and_shown_by_balanced_accuracy(tmp_path):
    # By top-1 the first is the best, by balanced accuracy the second.
    table = {"crop": (0.9, 0.5), "color": (0.8, 0.7)}
    folder = build(tmp_path, ["crop", "color"], lambda *_: 0.4, seeds=[0, 1], baselines={"majority": 0.9})
    for cell in open_folder(folder).cells:
        top1, balanced = table.get(cell.label, (0.4, 0.4))
        found = scores(top1).model_dump() | {"decided_by": "balanced"}
        found |= {"linear_balanced": balanced, "linear_balanced_val": balanced}
        write_cell(folder, CellResult(record(cell, top1, scores=Scores(**found))))
    study = read_study(folder)
    assert study.validation.metric == study.recommendation.metric == "linear_balanced_val"
    assert study.recommendation.best.name == "color"
    assert (
        accuracy_heatmap(study.results, ax=Figure().add_subplot())
        .get_title("left")
        .startswith("Linear balanced accuracy (%)")
    )
    assert study.compare(study).metric == "linear_balanced"
    best = answer_of(study.folder, {cell.id: record for cell, record in study.records})
    assert (best.label, best.score) == ("color", pytest.approx(0.7))
