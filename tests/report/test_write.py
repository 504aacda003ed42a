import subprocess
import sys

import pytest

from ablation.errors import ResultsError
from ablation.grid.limits import AXES
from ablation.report.drawings import DRAWINGS
from ablation.report.files import FIGURE_NAMES, FILES, LATEX, TABLE_KINDS, TABLE_NAMES, read_verdict
from ablation.report.write import write_report
from tests.results.builder import build


def score(first, second, seed):
    return (len(first) + len(second) / 10 + seed) / 20


@pytest.fixture
def folder(tmp_path):
    return build(tmp_path / "tiny", ["crop", "color"], score, seeds=[0, 1])


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """A folder with its report, and what was written when; not to be changed."""
    folder = build(tmp_path_factory.mktemp("reported") / "tiny", ["crop", "color"], score, seeds=[0, 1])
    return folder, write_report(folder)


def test_the_files_of_a_report(reported):
    folder, written = reported
    assert [path.name for path in written] == list(FILES)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*FILES, "cells", "environment.json", "grid.toml"]
    )
    assert (folder / "heatmap.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "heatmap.pdf").read_bytes().startswith(b"%PDF")


def test_figures_and_tables_are_written_on_request_and_never_left_behind(folder):
    (folder / "leak.png").write_bytes(b"of an earlier version")
    written = {
        path.relative_to(folder).as_posix() for path in write_report(folder, figures=True, tables=True)
    }
    figures = {"main-effects", "order-effects", "class-effects", "leak-accuracy", "operations", "histograms"}
    figures |= {"curves", "leak", "leak-kinds", "distances"}
    wanted = {f"figures/{name}.{kind}" for name in figures for kind in ("png", "svg", "pdf")}
    assert wanted == {name for name in written if name.startswith("figures/")}
    (folder / "figures" / "mine.txt").write_text("a user's own")
    assert {"tables/cells.parquet", "tables/gains.csv", "tables/heatmap.tex"} < written
    assert not (folder / "leak.png").exists()
    write_report(folder)
    assert [path.name for path in (folder / "figures").iterdir()] == ["mine.txt"]
    assert not (folder / "tables").exists()


def test_every_figure_and_table_is_known_by_name_so_that_it_is_removed_again(folder):
    assert set(FIGURE_NAMES) == set(DRAWINGS)
    written = {path.name for path in write_report(folder, tables=True) if path.parent.name == "tables"}
    of_varied = {
        "trends",
        "colour-trend",
        "varied",
        "known",
        "probes",
        *(f"axis-{k}" for k in range(1, AXES + 1)),
    }
    assert of_varied < set(TABLE_NAMES)
    expected = set(TABLE_NAMES) - of_varied
    assert written == {f"{name}.{kind}" for name in expected for kind in TABLE_KINDS} | {LATEX}


def test_a_dollar_sign_in_a_name_is_no_formula(tmp_path):
    folder = build(tmp_path / "a$b_c$d", ["crop", "color"], score, first_lines="")
    text = (folder / "grid.toml").read_text().replace('name = "tiny"', 'name = "a$b_c$d"')
    (folder / "grid.toml").write_text(text)
    write_report(folder)
    assert "a$b_c$d" in (folder / "heatmap.svg").read_text()


def test_a_sweep_of_strengths_has_a_figure_on_its_page_and_a_grid_without_has_none(tmp_path):
    swept = build(tmp_path / "swept", ["crop"], lambda *_: 0.4, extra="color = { strength = [0.5, 1.0] }")
    write_report(swept)
    assert "by the strength of an augmentation" in (swept / "report.html").read_text()
    plain = build(tmp_path / "plain", ["crop"], lambda *_: 0.4)
    write_report(plain)
    assert "by the strength of an augmentation" not in (plain / "report.html").read_text()


def test_without_results_the_figures_say_so(tmp_path):
    pending = build(tmp_path, ["crop", "color"], lambda *_: None, baselines={})
    assert [path.name for path in write_report(pending)] == list(FILES)
    assert read_verdict(pending) == "No verdict: there are no results yet."


def test_the_verdict_of_a_report_is_read_back(reported, tmp_path):
    assert read_verdict(reported[0]).startswith("In jobs of 10 epochs, colour distortion changes ")
    assert read_verdict(tmp_path) is None
    (tmp_path / "shortcut.json").write_text("{}")
    assert read_verdict(tmp_path) is None


def test_the_same_results_give_the_same_bytes(folder, reported):
    first = {path.name: path.read_bytes() for path in reported[1]}
    assert {path.name: path.read_bytes() for path in write_report(folder)} == first


def test_words_in_the_svg_are_words(reported):
    svg = (reported[0] / "heatmap.svg").read_text()
    assert ">row mean<" in svg
    assert "<dc:date>" not in svg


def test_no_global_figure_or_setting_is_left_behind(folder):
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    before = plt.get_fignums(), dict(mpl.rcParams)  # other tests of this worker may have left some
    write_report(folder)
    assert (plt.get_fignums(), dict(mpl.rcParams)) == before


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="no such results folder"):
        write_report(tmp_path / "nowhere")


def test_a_report_is_written_without_torch(folder):
    code = f"""
import sys, pathlib
from ablation.report.write import write_report
write_report(pathlib.Path({str(folder)!r}))
assert not {{"torch", "torchvision", "kornia"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
