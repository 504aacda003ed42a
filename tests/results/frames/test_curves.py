"""The curves of pretraining as a frame."""

from ablation.results.loading import load_curves, load_results
from ablation.results.stored.arrays import read_arrays
from ablation.results.stored.cells import CellResult, read_record, write_cell
from tests.results.builder import build


def test_there_is_a_row_for_each_epoch_of_each_job_that_has_some(tmp_path):
    scores = {"crop": 0.5, "color": None}
    folder = build(tmp_path, ["crop", "color"], lambda first, *_: scores[first], seeds=[0, 1])
    curves = load_curves(folder)
    assert len(curves) == 2 * 2 * 3
    one = curves[(curves["second"] == "color") & (curves["seed"] == 1)]
    assert one["epoch"].tolist() == [1, 2, 3]
    assert one["loss"].tolist() == [5.0, 4.0, 3.0]
    assert one["effective_rank"].tolist() == [9.0, 10.0, 11.0]


def test_what_an_objective_measures_is_in_the_frames(tmp_path):
    folder = build(tmp_path, ["crop", "blur"], lambda *_: 0.5)
    [id] = load_results(folder).query("first == 'blur' and second == 'blur'")["id"]
    found = read_record(folder, id)
    epochs = [
        epoch.model_copy(update={"measures": {"z_spread": 0.8 + number}})
        for number, epoch in enumerate(found.epochs)
    ]
    write_cell(
        folder,
        CellResult(
            found.model_copy(update={"epochs": tuple(epochs)}), read_arrays(folder, read_record(folder, id))
        ),
    )
    curves = load_curves(folder).set_index(["first", "second"]).sort_index()["z_spread"]
    assert curves["blur", "blur"].tolist() == [0.8, 1.8, 2.8]
    assert curves["crop", "blur"].isna().all()
    last = load_results(folder).set_index("id")["z_spread"]
    assert last[id] == 2.8
    assert last.drop(id).isna().all()


def test_without_jobs_the_frame_is_empty_and_has_its_columns(tmp_path):
    curves = load_curves(build(tmp_path, ["crop"], lambda *_: None))
    assert curves.empty
    assert {"first", "second", "seed", "epoch", "loss", "contrastive_top1"} <= set(curves)
