"""A job that was stopped goes on in the next run, and none uses images that were damaged."""

from functools import partial

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
from ablation.runner.preparing import once_more

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


@pytest.fixture
def cell(tmp_path, monkeypatch):
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    return next(iter(cells(GRID, data_fingerprint(GRID.data))))


def flip_a_label(dataset):
    """Damage a file, as `os.replace` or a bad disk does: its size stays."""
    path = dataset / "test_labels.npy"
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.with_name("new").write_bytes(content)
    path.with_name("new").replace(path)


@pytest.mark.parametrize("when", ["before", "during", "between"])
def test_damaged_images_are_used_by_no_job(tmp_path, cell, when):
    fingerprint = data_fingerprint(GRID.data)
    dataset = prepare(GRID.data, fingerprint)
    sound, used = (dataset / "test_labels.npy").read_bytes(), []

    def experiment(cell, dataset, *_):
        if (when, len(used)) == ("during", 0):
            flip_a_label(dataset)
        used.append((dataset / "test_labels.npy").read_bytes())
        return CellResult(failed_record(cell, ValueError(str(len(used))), "cpu", 1.0))

    job = Job(
        tmp_path, {GRID.data: dataset}, ("cpu",), experiment, prepare_again=partial(once_more, fingerprint)
    )
    if when == "before":
        flip_a_label(dataset)
    result = job.compute(cell)
    if when == "between":
        flip_a_label(dataset)  # after this process has looked at it
        result = job.compute(cell)
    assert used[-1] == sound
    assert result.record.error.message == str(len(used)), "the last one counts"
    assert len(used) == (1 if when == "before" else 2)


def test_images_that_change_during_every_try_fail_the_job(tmp_path, cell):
    fingerprint = data_fingerprint(GRID.data)
    dataset = prepare(GRID.data, fingerprint)

    def experiment(cell, dataset, *_):
        flip_a_label(dataset)

    job = Job(
        tmp_path, {GRID.data: dataset}, ("cpu",), experiment, prepare_again=partial(once_more, fingerprint)
    )
    assert "were changed while they were used" in job.compute(cell).record.error.message
