"""One cell, from data to record."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ablation import experiment
from ablation.augment.views import TwoViews
from ablation.data import device
from ablation.data.device import to_device
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.errors import DeviceError, ResultsError
from ablation.experiment import run_cell
from ablation.grid.baselines import BASELINES
from ablation.grid.cells import cells
from ablation.grid.models import Grid
from ablation.pretrain.checkpoint import load_checkpoint
from ablation.runner.measure import kept_bytes, measure_cell_seconds
from ablation.shortcut.use import Counterfactuals


def grid(**changes):
    sections = {
        "data": {"source": "shapes", "train": 120, "test": 40, "size": 16},
        "augmentations": {"crop": {}, "color": {"strength": 0.5}},
        "pretrain": {"width": 8, "epochs": 1, "batch_size": 32},
        "evaluate": {},
    }
    top = {name: changes.pop(name) for name in ("label_free",) if name in changes}
    return Grid.model_validate(
        {name: section | changes.get(name, {}) for name, section in sections.items()} | top
    )


@pytest.fixture
def run():
    def run(label, device="cpu", keep_encoder=False, **changes):
        chosen = grid(**changes)
        dataset = prepare(chosen.data, data_fingerprint(chosen.data))
        every = {c.label: c for c in cells(chosen, data_fingerprint(chosen.data))}
        return run_cell(every[label], dataset, device, keep_encoder)

    return run


@pytest.mark.parametrize("label", [*BASELINES, "crop → color"])
def test_pixels_that_a_device_cannot_hold_give_the_same_numbers(run, label, monkeypatch):
    changes = {"evaluate": {"transformations": True}}
    expected = run(label, **changes)
    monkeypatch.setattr(device, "free_memory", lambda _: 1000)
    device.load_on.cache_clear()
    found = run(label, **changes)
    device.load_on.cache_clear()
    measured = ("outcome", "scores", "leak", "use", "label_free", "transformations")
    for name in measured:
        assert getattr(found.record, name) == getattr(expected.record, name), name
    epochs = [
        [epoch.model_copy(update={"images_per_second": 1.0}) for epoch in one.record.epochs]
        for one in (found, expected)
    ]
    assert epochs[0] == epochs[1]
    assert found.record.notes[-1].startswith("the device cannot hold all images")
    for one, other in zip(vars(found.arrays).values(), vars(expected.arrays).values(), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("label", [*BASELINES, "crop", "crop → color"])
def test_every_kind_of_cell_ends_with_scores_arrays_and_what_it_ran_on(run, label):
    result = run(label)
    assert result.record.outcome == "ok"
    assert 0 <= result.record.scores.linear_top1 <= 1
    assert len(result.arrays.predictions) == 40
    assert (len(result.arrays.validation_labels) == 0) == (label == "supervised")
    assert {"device", "torch", "kornia"} <= result.record.environment.keys()
    assert {"data", "pretrain", "evaluate", "label-free", "shortcut", "total"} == result.record.seconds.keys()
    assert (result.record.scores.linear_top1_val is None) == (label == "supervised")


@pytest.mark.parametrize("encoder", [{}, {"encoder": "resnet18", "stem": "patch"}, {"encoder": "vit-micro"}])
def test_without_an_epoch_a_cell_is_its_floor(run, encoder):
    job = {"pretrain": {"epochs": 0, **encoder}}
    floor = run("random-init", **job)
    for label in ("crop → color", "no-augmentation", "supervised"):
        cell = run(label, **job)
        assert cell.record.scores.linear_top1 == floor.record.scores.linear_top1
        np.testing.assert_array_equal(cell.arrays.predictions, floor.arrays.predictions)


def test_the_scores_are_those_of_the_stored_predictions(run):
    result = run("color")
    scores, kept = result.record.scores, result.arrays
    assert scores.linear_top1 == pytest.approx(np.mean(kept.predictions == kept.labels))
    assert scores.linear_top1_val == pytest.approx(
        np.mean(kept.validation_predictions == kept.validation_labels)
    )
    assert len(kept.validation_labels) == result.record.sizes.validation


def test_a_cell_twice_is_the_same_bit_for_bit(run):
    one, two = run("crop → color"), run("crop → color")
    assert one.record.scores == two.record.scores
    assert [e.loss for e in one.record.epochs] == [e.loss for e in two.record.epochs]
    assert np.array_equal(one.arrays.views, two.arrays.views)


def test_the_order_of_a_pair_matters(run):
    forth, back = run("crop → color"), run("color → crop")
    assert not np.array_equal(forth.arrays.views, back.arrays.views)
    assert forth.record.epochs[-1].loss != back.record.epochs[-1].loss


def test_the_second_view_is_the_image_itself_and_every_image_of_another_class(run):
    kept = run("crop → color").arrays
    views = kept.views
    assert not np.array_equal(views[:, 0], views[:, 1])
    chosen = grid()
    train = load(prepare(chosen.data, data_fingerprint(chosen.data))).train
    assert sorted(kept.view_labels) == sorted({*kept.view_labels})
    for label, (_, second) in zip(kept.view_labels, views, strict=True):
        assert (second == train.images[train.labels == label]).all(axis=(1, 2, 3)).any()


def test_evaluation_that_changes_the_encoder_is_an_error(run, monkeypatch):
    genuine = experiment.use_of

    def careless(cell, dataset, data, model, *rest):
        model.encoder.train()
        model.encoder(data.normalize(data.test.pixels.float() / 255))  # moves the batch-norm statistics
        return genuine(cell, dataset, data, model, *rest)

    monkeypatch.setattr(experiment, "use_of", careless)
    with pytest.raises(RuntimeError, match="changed the encoder"):
        run("crop")


def test_a_diverged_job_has_no_number_and_no_arrays(run):
    result = run("crop", pretrain={"optimizer": "sgd", "learning_rate": 1e30})
    assert result.record.outcome == "diverged"
    assert result.record.scores is None
    assert result.arrays is None


def test_tf32_on_the_cpu_is_refused(run):
    with pytest.raises(DeviceError, match="needs a CUDA device"):
        run("crop", pretrain={"precision": "tf32"})


def test_bf16_is_another_number_and_only_when_asked_for(run):
    plain, rounded = run("crop"), run("crop", pretrain={"precision": "bf16"})
    assert plain.record.epochs[-1].loss != rounded.record.epochs[-1].loss


def test_leak_is_of_the_views_and_use_of_what_was_trained(run):
    cell, floor, untrained, ceiling = (
        run(label) for label in ("crop", "raw-pixels", "random-init", "supervised")
    )
    assert cell.record.leak.keys() == {"joint", "intensity", "chroma"}
    assert cell.record.leak["joint"].candidates == 32
    assert cell.arrays.distances.shape == (2, 32)  # one of three batches is reported on
    assert cell.record.use.keys() == {"h", "z"}
    assert cell.record.use["h"].bias.n == 40
    assert untrained.record.leak is floor.record.leak is floor.record.use is None
    assert untrained.record.use["h"].excess == untrained.record.use["z"].excess == 0
    assert ceiling.record.use.keys() == {"h"}
    assert ceiling.record.use["h"].top1 == ceiling.record.scores.linear_top1


def test_scores_without_labels_need_a_projection_head_and_those_of_positive_pairs_training(run):
    cell, plain, untrained, ceiling, floor = (
        run(label).record.label_free
        for label in ("crop", "no-augmentation", "random-init", "supervised", "raw-pixels")
    )
    assert all(value is not None for value in cell.model_dump().values())
    assert cell.images == 120
    assert plain.alignment == 0 < cell.alignment
    assert untrained.rankme_z > 1
    assert untrained.lidar_h is untrained.alignment is ceiling is floor is None


def test_scores_without_labels_can_be_switched_off_and_change_no_other_number(run):
    on, off = run("crop"), run("crop", label_free=False)
    assert off.record.label_free is None is not on.record.label_free
    assert (on.record.id, on.record.scores, on.record.use) == (
        off.record.id,
        off.record.scores,
        off.record.use,
    )
    assert run("crop").record.label_free == on.record.label_free


def test_a_leak_needs_three_batches_and_the_record_says_so(run):
    record = run("crop", pretrain={"batch_size": 41}).record
    assert record.leak is None
    assert record.notes == (
        "the leak within a batch of 41 is measured on three batches (123 images), but there are only 120; "
        "set pretrain.batch_size to 40 or less to measure it",
    )


def test_views_that_are_not_finite_have_no_leak_and_diverge(run, monkeypatch):
    def views(*_):
        return torch.zeros(32, 3, 16, 16), torch.full((32, 3, 16, 16), torch.nan)

    monkeypatch.setattr(TwoViews, "__call__", views)
    record = run("crop").record
    assert (record.outcome, record.leak) == ("diverged", None)
    assert record.notes[0].startswith("no leak: views of shape (32, 3, 16, 16) with values from nan")


def test_a_diverged_job_still_has_the_leak_of_its_views(run):
    diverged = run("crop", pretrain={"optimizer": "sgd", "learning_rate": 1e30}).record
    assert diverged.leak == run("crop").record.leak
    assert diverged.use is None


def test_weights_are_those_of_the_frozen_encoder_and_tell_how_to_use_it(run, tmp_path):
    path, result = tmp_path / "crop.safetensors", run("crop → color", keep_encoder=True)
    path.write_bytes(result.weights)
    saved = load_checkpoint(path, torch.device("cpu"))
    assert (saved.label, saved.seed) == ("crop → color", 0)
    chosen = grid()
    dataset = prepare(chosen.data, data_fingerprint(chosen.data))
    data = to_device(load(dataset), torch.device("cpu"))
    use = Counterfactuals.of(data.test.pixels, data.test.labels)
    h = use.targets.r2(saved.model.features(use.images))[0]
    assert h == pytest.approx(result.record.use["h"].r2, abs=1e-6)
    z = use.targets.r2(saved.model.project(saved.model.features(use.images)))[0]
    assert z == pytest.approx(result.record.use["z"].r2, abs=1e-6)
    assert run("raw-pixels", keep_encoder=True).weights is None
    assert run("crop").weights is None


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_a_transformer_learns_from_one_view_and_is_measured_saved_and_read_as_any_encoder(
    run, tmp_path, precision
):
    job = {"encoder": "vit-micro", "objective": "i-jepa", "precision": precision}
    path, result = tmp_path / "vit.safetensors", run("no-augmentation", keep_encoder=True, pretrain=job)
    path.write_bytes(result.weights)
    saved = load_checkpoint(path, torch.device("cpu"))
    assert saved.settings.head == "none"
    pixels = torch.randint(0, 256, (5, 3, 16, 16), dtype=torch.uint8)
    h = saved.model.features(pixels)
    assert h.shape == (5, 32)
    assert torch.equal(saved.model.project(h), h)
    assert result.record.outcome == "ok"
    assert result.record.scores.knn_top1 is not None
    assert {"h", "z"} <= result.record.use.keys()
    assert {"target_spread", "of_constant"} <= result.record.epochs[-1].measures.keys()


def test_an_objective_of_one_view_has_no_partner_to_leak_colours_to(run):
    record = run("crop", pretrain={"encoder": "vit-micro", "objective": "i-jepa"}).record
    assert record.leak is None
    assert record.notes[-1].startswith('no leak: "i-jepa" looks at one view')
    assert record.use is not None


@pytest.mark.parametrize("content", [None, b"", b"pickle", b"\x10\0\0\0\0\0\0\0" + b'{"__metadata__":{}}'])
def test_what_is_no_checkpoint_is_told(tmp_path, content):
    path = tmp_path / "x.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        ResultsError, match=r"x\.safetensors: (no such file|not a safetensors file|not saved by)"
    ):
        load_checkpoint(path, torch.device("cpu"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_cell_runs_on_cuda(run):
    result = run("crop → color", device="cuda")
    assert result.record.outcome == "ok"
    assert result.record.peak_memory > 0


def test_measuring_gives_every_cell_a_time():
    chosen = grid()
    fingerprint = data_fingerprint(chosen.data)
    every = list(cells(chosen, fingerprint))
    seconds = measure_cell_seconds(every, {chosen.data: prepare(chosen.data, fingerprint)})
    assert seconds.keys() == {c.id for c in every}
    assert all(s > 0 for s in seconds.values())


def test_room_for_encoders_is_what_their_files_take_but_for_the_header(run):
    every = [c for c in cells(grid(), data_fingerprint(grid().data)) if c.label in ("crop", "raw-pixels")]
    [size] = {len(run("crop", keep_encoder=True).weights)}
    assert 0 <= size - kept_bytes(every, channels=3) < 0.1 * size


def test_measuring_counts_the_epochs_of_each_cell():
    chosen = grid()
    fingerprint = data_fingerprint(chosen.data)
    cell = next(c for c in cells(chosen, fingerprint) if c.kind == "pair")
    more = [
        replace(
            cell, recipe=replace(cell.recipe, pretrain=cell.recipe.pretrain.model_copy(update={"epochs": n}))
        )
        for n in (10, 20, 30)
    ]
    seconds = measure_cell_seconds(more, {chosen.data: prepare(chosen.data, fingerprint)})
    ten, twenty, thirty = (seconds[c.id] for c in more)
    assert ten < twenty
    assert thirty - twenty == pytest.approx(twenty - ten)


def test_what_h_and_z_know_is_measured_where_it_is_asked_for_and_changes_nothing_else(run):
    asked = {"evaluate": {"transformations": True}}
    plain, probed = run("crop"), run("crop", **asked)
    assert plain.record.transformations is None
    assert probed.record.transformations.keys() == {"h", "z"}
    assert probed.record.scores == plain.record.scores
    assert probed.record.use == plain.record.use
    assert run("supervised", **asked).record.transformations.keys() == {"h"}
    assert run("raw-pixels", **asked).record.transformations is None
