import pandas as pd

from ablation.report.cells import layout
from ablation.report.plots.heatmap import accuracy_heatmap
from ablation.results.loading import load_results
from tests.results.builder import build


def test_all_pairs_are_a_square_with_row_means(tmp_path):
    plan = layout(load_results(build(tmp_path, ["crop", "color"], lambda *_: 0.4)))
    assert plan.cells == [[("crop", "crop"), ("crop", "color")], [("color", "crop"), ("color", "color")]]
    assert plan.row_means


def some_pairs(path, pairs, score=lambda *_: 0.4):
    names = ["crop", "color", "blur"]
    return load_results(build(path, names, score, first_lines=f"pairs = {pairs}"))


def test_pairs_with_one_entry_stand_beside_each_augmentation_alone(tmp_path):
    plan = layout(some_pairs(tmp_path, ["color"]))
    assert plan.columns == ["alone", "color → ·", "· → color"]
    assert plan.cells == [
        [("crop", "crop"), ("color", "crop"), ("crop", "color")],
        [("color", "color"), None, None],
        [("blur", "blur"), ("color", "blur"), ("blur", "color")],
    ]
    assert not plan.row_means


def test_without_pairs_there_is_one_column(tmp_path):
    assert layout(some_pairs(tmp_path, [])).columns == ["alone"]


def test_a_pending_cell_is_a_gap_and_a_pair_that_the_grid_leaves_out_is_not(tmp_path):
    results = some_pairs(tmp_path, ["color"], lambda first, *_: None if first == "blur" else 0.4)
    texts = [text.get_text() for text in accuracy_heatmap(results).texts]
    assert texts.count("pending") == 2  # blur, and blur → color
    assert texts.count("40.0") == 5


def test_a_frame_that_does_not_know_its_grid_is_taken_for_a_square():
    assert layout(pd.DataFrame([["a", "a"], ["a", "b"]], columns=["first", "second"])).row_means
