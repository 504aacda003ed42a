import json

import pytest

from ablation.grid.cells import cells
from ablation.results.frames.frame import leak_frame
from ablation.results.loading import load_baselines, load_results
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.folder import open_folder
from ablation.results.study import read_study
from tests.results.builder import BASELINES, build, grid_text, leaks, record

NAMES = ["crop", "color", "blur"]


def score(first, second, seed):
    return 0.1 + 0.3 * NAMES.index(first) / 10 + NAMES.index(second) / 100 + seed / 1000


@pytest.fixture
def folder(tmp_path):
    return build(tmp_path / "tiny", NAMES, score, seeds=[3, 1])


def test_one_row_for_each_cell_and_seed_in_the_order_of_the_grid(folder):
    results = load_results(folder)
    expected = [(first, second, seed) for first in NAMES for second in NAMES for seed in (1, 3)]
    assert list(results[["first", "second", "seed"]].itertuples(index=False, name=None)) == expected
    assert list(results.columns[:7]) == [
        "first",
        "second",
        "seed",
        "kind",
        "outcome",
        "linear_top1",
        "linear_top1_val",
    ]
    for row in results.itertuples():
        assert row.linear_top1 == score(row.first, row.second, row.seed)
        assert row.linear_top1_val == row.linear_top1 - 0.01
        assert row.kind == ("single" if row.first == row.second else "pair")


def test_operations_keep_the_order_of_the_grid(folder):
    results = load_results(folder)
    assert list(results["first"].cat.categories) == list(results["second"].cat.categories) == NAMES
    assert results["first"].cat.ordered


def test_the_curves_end_in_the_frame(folder):
    last = load_results(folder).iloc[0]
    assert (last["loss"], last["contrastive_top1"], last["effective_rank"]) == (3.0, 0.2, 11.0)


def test_use_of_h_and_z_and_the_leak_of_the_views_are_in_the_frame(folder):
    row = load_results(folder).iloc[0]
    assert (row["color_use"], row["color_use_z"]) == (0.25, 0.125)
    assert (row["color_use_within"], row["color_bias"]) == (pytest.approx(0.15), 0.375)
    assert row["gray_drop"] == pytest.approx(0.1)
    assert (row["leak_bits"], row["leak_bits_intensity"], row["leak_bits_chroma"]) == (6, 5, 5.5)
    assert (row["leak_bits_chroma_se"], row["leak_top1"]) == (0.05, 6 / 7)
    floors = load_baselines(folder).set_index("kind")
    assert floors.loc["random-init", "color_bias"].iloc[0] == 0.375
    assert floors.loc["raw-pixels", "color_bias"] != floors.loc["raw-pixels", "color_bias"], (
        "it has no encoder"
    )
    assert "leak_bits" not in floors


def test_the_leak_of_a_diverged_job_counts_and_leaks_alone_make_a_frame(tmp_path):
    folder = build(tmp_path, ["crop"], lambda *_: "diverged")
    results = load_results(folder)
    assert (results["outcome"].item(), results["leak_bits"].item()) == ("diverged", 6)
    grid = open_folder(folder).grid
    alone = leak_frame(grid, "tiny", [(cell, leaks(cell)) for cell in cells(grid, "") if cell.policy])
    assert alone["leak_bits_chroma"].item() == 5.5
    assert alone.attrs["cells"] == [["crop", "crop"]]
    assert alone.attrs["grid"] == results.attrs["grid"]


def test_the_frame_knows_of_how_many_images_its_accuracies_are(folder, tmp_path):
    sizes = {"classes": 10, "train": 100, "validation": 20, "test": 20}
    assert load_results(folder).attrs["sizes"] == sizes
    pending = build(tmp_path / "pending", ["crop"], lambda *_: None, baselines={})
    assert load_results(pending).attrs["sizes"] is None


def test_only_the_cells_of_the_folders_grid_are_loaded(folder):
    (folder / "grid.toml").write_text(grid_text(NAMES[:2], [1], list(BASELINES)))
    assert len(load_results(folder)) == 4
    assert set(load_results(folder)["seed"]) == {1}


def test_a_failed_cell_has_a_row_without_a_score_and_a_pending_one_has_none(tmp_path):
    values = {("crop", "crop"): 0.4, ("crop", "color"): "failed", ("color", "crop"): "diverged"}
    folder = build(tmp_path, ["crop", "color"], lambda first, second, _: values.get((first, second)))
    results = load_results(folder)
    assert list(results["outcome"]) == ["ok", "failed", "diverged"]
    assert list(results["linear_top1"].isna()) == [False, True, True]


def test_baselines_have_a_seed_where_something_is_drawn(folder):
    baselines = load_baselines(folder)
    assert list(baselines["kind"].cat.categories) == list(BASELINES)
    seeds = baselines.groupby("kind", observed=True)["seed"].agg(lambda drawn: list(drawn.dropna()))
    drawn = ("random-init", "no-augmentation", "supervised")
    assert seeds.to_dict() == {"raw-pixels": [], "color-histogram": [], **{kind: [1, 3] for kind in drawn}}


def test_the_grid_travels_with_the_frame_as_plain_values(folder):
    attrs = load_results(folder).query("seed == 1").attrs
    assert json.loads(json.dumps(attrs)) == attrs
    assert attrs["grid"]["views"]["branches"] == "one"
    assert attrs["name"] == "tiny"
    assert attrs["warnings"] == []


def test_a_mixture_of_devices_is_told(folder):
    cell, _ = read_study(folder).records[-1]
    write_cell(folder, CellResult(record(cell, 0.3, environment={"device": "cuda:0"})))
    assert load_results(folder).attrs["warnings"] == [
        "jobs ran on different devices: cpu (25 jobs), cuda (1 job)"
    ]


def test_a_folder_without_results_is_an_empty_frame(tmp_path):
    folder = build(tmp_path, NAMES, lambda *_: None, baselines={})
    assert load_results(folder).empty
    assert load_baselines(folder).empty
