"""From a saved encoder to how far it goes by colour."""

import json

import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import prepare
from ablation.errors import DataError, ResultsError
from ablation.experiment import run_cell
from ablation.grid.cells import cells
from ablation.pretrain.checkpoint import FORMAT
from ablation.previews.swaps import write_swaps
from tests.previews.test_views import SHAPES, grid


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A record and its checkpoint, by label."""
    chosen, folder = grid(), tmp_path_factory.mktemp("encoders")
    fingerprint = data_fingerprint(chosen.data)
    found = {}
    for cell in cells(chosen, fingerprint):
        if cell.label in ("crop", "supervised"):
            result = run_cell(cell, prepare(chosen.data, fingerprint), keep_encoder=True)
            found[cell.label] = result.record, folder / f"{cell.id}.safetensors"
            found[cell.label][1].write_bytes(result.weights)
    return found


@pytest.mark.parametrize("label", ["crop", "supervised"])
def test_the_numbers_are_those_that_the_run_stored(saved, label, tmp_path):
    record, path = saved[label]
    found = write_swaps(grid(), path, tmp_path, images=3, device="cpu")
    assert (found.label, found.seed, found.linear_top1) == (label, 0, record.scores.linear_top1)
    assert found.use.keys() == record.use.keys()
    for features, use in record.use.items():
        assert found.use[features].bias == use.bias
        assert found.use[features].excess == pytest.approx(use.excess, abs=1e-6)
        assert found.use[features].gray_drop == pytest.approx(use.gray_drop)
    assert found.picture.name == f"swaps-{path.stem}.png"
    assert Image.open(found.picture).width > 300


def test_other_images_than_those_of_training_can_be_looked_at(saved, tmp_path):
    other = grid(data=SHAPES | {"seed": 5, "size": 16, "test": 50})
    assert write_swaps(other, saved["crop"][1], tmp_path, device="cpu").use["h"].bias.n == 50


def test_one_test_image_has_no_other_to_take_colours_from(saved, tmp_path):
    with pytest.raises(DataError, match="at least two test images"):
        write_swaps(grid(data=SHAPES | {"test": 1}), saved["crop"][1], tmp_path, device="cpu")


def test_a_checkpoint_of_another_version_is_told(saved, tmp_path):
    path = tmp_path / "old.safetensors"
    with safe_open(saved["crop"][1], framework="pt") as file:
        about = json.loads(file.metadata()["cell"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    about["pretrain"]["surprise"] = 1
    save_file(tensors, path, {"format": FORMAT, "cell": json.dumps(about)})
    with pytest.raises(ResultsError, match="another version"):
        write_swaps(grid(), path, tmp_path, device="cpu")


def test_what_is_no_checkpoint_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="no such file"):
        write_swaps(grid(), tmp_path / "none.safetensors", tmp_path, device="cpu")
