"""Tables for other programs and for papers."""

import io

import pandas as pd
import pytest

from ablation.report.tables import heatmap_latex, report_tables
from ablation.results.study import read_study
from tests.results.builder import build


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    names = {"crop": "crop", "a_b": "color"}
    score = {"crop": 0.3, "a_b": 0.5}
    folder = build(
        tmp_path_factory.mktemp("study"),
        names,
        lambda a, b, seed: None if a == b == "a_b" else score[a] + seed / 100,
        seeds=[0, 1],
    )
    return read_study(folder)


def test_parquet_and_csv_hold_the_same(study):
    files = report_tables(study)
    names = {name.rsplit(".", 1)[0] for name in files} - {"heatmap"}
    assert {"cells", "cell-means", "gaps-to-the-best", "gains", "timings"} < names
    for name in names:
        parquet = pd.read_parquet(io.BytesIO(files[f"{name}.parquet"]))
        text = pd.read_csv(io.BytesIO(files[f"{name}.csv"]))
        assert parquet.columns.tolist() == text.columns.tolist()
        assert len(parquet) == len(text) > 0
    cells = pd.read_parquet(io.BytesIO(files["cells.parquet"]))
    assert cells["linear_top1"].tolist() == study.results["linear_top1"].tolist()


def test_the_latex_table_escapes_names_and_marks_gaps(study):
    lines = heatmap_latex(study.results).splitlines()
    assert lines[2] == r" & crop & a\_b & row mean \\"
    assert lines[4] == r"crop & 30.5 $\pm$ 0.7 & 30.5 $\pm$ 0.7 & 30.5 $\pm$ 0.7 \\"
    assert lines[5] == r"a\_b & 50.5 $\pm$ 0.7 & -- & -- \\"


def test_no_letter_of_a_name_is_a_command_of_latex():
    frame = pd.DataFrame({"first": [r"\&%$#_{}~^"], "second": [r"\&%$#_{}~^"], "seed": 0})
    table = heatmap_latex(frame.assign(outcome="ok", linear_top1=0.5))
    assert r"\textbackslash{}\&\%\$\#\_\{\}\textasciitilde{}\textasciicircum{}" in table
