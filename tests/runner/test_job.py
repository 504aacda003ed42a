"""A job that was stopped goes on in the next run, and leaves nothing behind."""

import pytest
from safetensors.torch import load

from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import prepare
from ablation.grid.cells import cells
from ablation.grid.models import Grid
from ablation.pretrain.resume import Bookmark
from ablation.results.stored.cells import CellResult
from ablation.results.stored.paths import partial_file
from ablation.runner.job import Job, failed_record, on_one_thread

GRID = Grid.model_validate(
    {
        "data": {"source": "shapes", "train": 120, "test": 40, "size": 16},
        "augmentations": {"crop": {}},
        "pretrain": {"width": 8, "epochs": 2, "batch_size": 32},
        "evaluate": {"regularization": [0.1]},
        "baselines": ["supervised"],
    }
)


@pytest.mark.parametrize("label", ["crop", "supervised"])
def test_a_cell_goes_on_from_its_last_bookmark_to_the_same_numbers(tmp_path, label, monkeypatch):
    fingerprint = data_fingerprint(GRID.data)
    cell = next(cell for cell in cells(GRID, fingerprint) if cell.label == label)
    dataset = prepare(GRID.data, fingerprint)

    def run(**kept):
        result = on_one_thread(cell, dataset, "cpu", True, **kept)
        epochs = [one.model_dump(exclude={"images_per_second"}) for one in result.record.epochs]
        weights = {name: one.numpy().tobytes() for name, one in load(result.weights).items()}
        return result, (result.record.scores, epochs, result.record.use, weights)

    _, whole = run()
    run(folder=tmp_path, every=0.0)
    assert partial_file(tmp_path, cell.id).exists(), "of the last step"
    asked = []
    monkeypatch.setattr(Bookmark, "keep", lambda *_: asked.append(1))
    resumed, numbers = run(folder=tmp_path, every=0.0)
    assert numbers == whole
    assert len(asked) == 1, "only the last step was left"

    job = Job(tmp_path, {}, ("cpu",))
    job.write(CellResult(failed_record(cell, ValueError("of the evaluation"), "cpu", 1.0)))
    assert partial_file(tmp_path, cell.id).exists(), "the next run goes on"
    job.write(resumed)
    assert not partial_file(tmp_path, cell.id).exists()
