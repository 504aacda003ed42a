"""Time instead of augmentation, from a grid to its results: the plant of `moving-shapes` is found."""

from dataclasses import replace

import numpy as np
import pytest
import tomlkit
import torch

from ablation.augment.needs import refuse_short_clips
from ablation.cli.design import design_of
from ablation.data.copies import pixel_content
from ablation.data.counts import image_counts
from ablation.data.device import load_on, to_device
from ablation.data.fingerprint import data_fingerprint
from ablation.data.prepare import load, prepare
from ablation.errors import DataError, GridError
from ablation.experiment import run_cell
from ablation.grid.cells import cells
from ablation.grid.file.load import parse_grid
from ablation.grid.models import Grid
from ablation.previews.batch import FirstBatch
from ablation.previews.views import write_preview
from ablation.runner.checks import check
from ablation.runner.measure import measure_cell_seconds
from ablation.shortcut.cell import leak_of

CPU = torch.device("cpu")
FAR = {"operation": "time", "margin": 4}


def grid(data=None, pretrain=None, **changes):
    return Grid.model_validate(
        {
            "data": {"source": "moving-shapes", "train": 400, "test": 100, "size": 16} | (data or {}),
            "augmentations": {"flip": {}, "time": FAR, "both": ["flip", FAR]},
            "pairs": [],
            "baselines": ["random-init"],
            "pretrain": {"width": 8, "epochs": 1, "batch_size": 32} | (pretrain or {}),
        }
        | changes
    )


def prepared(chosen):
    return prepare(chosen.data, data_fingerprint(chosen.data))


def by_label(chosen):
    return {cell.label: cell for cell in cells(chosen, data_fingerprint(chosen.data))}


def run(chosen, label):
    return run_cell(by_label(chosen)[label], prepared(chosen), "cpu")


def test_the_second_view_that_is_stored_is_another_frame_of_the_clip():
    chosen = grid()
    train = load(prepared(chosen)).train
    for label in ("time", "both"):
        views = run(chosen, label).arrays.views  # (P, 2, 3, S, S)
        content = pixel_content(train.images, views[:, 0], views[:, 1])
        first, second = content[400 : 400 + len(views)], content[400 + len(views) :]
        second = [int(np.flatnonzero(content[:400] == one)[0]) for one in second]
        if label == "time":
            first = [int(np.flatnonzero(content[:400] == one)[0]) for one in first]
            apart = np.abs(np.subtract(first, second))
            assert (train.clips[first] == train.clips[second]).all()
            assert 1 <= apart.min() <= apart.max() <= 4
            of_time = second
    assert second == of_time, "cells that share time share its draws"


def test_what_needs_views_is_measured_on_pairs_of_frames():
    record = run(grid(), "time").record
    assert record.leak["joint"].bits < 1.0 < 4.0 < run(grid(), "flip").record.leak["joint"].bits
    assert record.label_free.alignment > run(grid(), "flip").record.label_free.alignment
    assert record.label_free.lidar_h is not None


def test_where_clips_keep_their_colours_frames_leak_them():
    for coloring, leaks in (("drift", False), ("fixed", True)):
        chosen = grid({"coloring": coloring})
        data = load_on(prepared(chosen), CPU)
        found, why = leak_of(by_label(chosen)["time"], data.pretrain, data.clips)
        assert not why
        assert (found.leak["joint"].bits > 2) == leaks
        assert leaks or found.leak["joint"].bits < 0.3


@pytest.mark.parametrize("objective", ["triplet", "byol"])
def test_batches_of_several_frames_of_a_clip_train_with_any_objective(objective):
    chosen = grid(pretrain={"objective": objective, "clip_frames": 4, "epochs": 2})
    record = run(chosen, "time").record
    assert len(record.epochs) == 2
    assert all(np.isfinite(epoch.loss) for epoch in record.epochs)
    assert run(chosen, "time").record.scores == record.scores


def test_clip_frames_is_part_of_what_a_job_is_only_where_it_is_set():
    plain, several = by_label(grid())["time"], by_label(grid(pretrain={"clip_frames": 4}))["time"]
    assert "clip_frames" not in plain.identity["training"]
    assert several.identity["training"]["clip_frames"] == 4


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"data": {"source": "shapes"}},
            'images of "shapes" are no frames of clips; remove it, or set data.source',
        ),
        (
            {"data": {"source": "shapes"}, "augmentations": {"crop": {}}, "pretrain": {"clip_frames": 4}},
            'clip_frames: images of "shapes" are no frames of clips; remove it',
        ),
        ({"pretrain": {"clip_frames": 5}}, "must divide pretrain.batch_size (128), not 5"),
        ({"pretrain": {"clip_frames": 16}}, "clips have 10 frames (data.frames), fewer than 16"),
    ],
)
def test_what_needs_clips_is_refused_without(changes, told, tmp_path):
    values = {"data": {"source": "moving-shapes"}, "augmentations": {"time": {}}} | changes
    with pytest.raises(GridError) as caught:
        parse_grid(tomlkit.dumps(values), tmp_path / "grid.toml")
    assert told in str(caught.value)


def test_validate_refuses_clips_that_are_too_short(tmp_path):
    chosen = grid({"frames": 4}, {"clip_frames": 4})
    design_of(chosen, tmp_path / "none")
    lengths = image_counts(chosen.data, chosen.evaluate).clips
    assert lengths == (4,) * 100
    with pytest.raises(DataError, match="100 frames of clips cannot fill a batch of 200"):
        refuse_short_clips(grid({"frames": 5}, {"clip_frames": 4, "batch_size": 200}), (5,) * 25)


def test_clips_that_are_shorter_than_what_a_batch_takes_are_refused():
    chosen = grid(pretrain={"clip_frames": 8})
    dataset = load(prepared(chosen))
    check(chosen, dataset, [])
    clips = dataset.train.clips.copy()
    clips[:4] = 1000
    with pytest.raises(DataError, match="2 of 41 training clips have fewer than 8 frames, one of them 4"):
        check(chosen, replace(dataset, train=replace(dataset.train, clips=clips)), [])


def test_a_preview_shows_both_frames(tmp_path):
    chosen = grid()
    assert len(write_preview(chosen, tmp_path, images=2)) == 2
    batch = FirstBatch.of(chosen, load(prepared(chosen)), images=2)
    assert batch.others(chosen.resolved[0].steps) is None
    assert not torch.equal(batch.others(chosen.resolved[1].steps), batch.pixels)


def test_a_plan_measures_cells_with_time():
    chosen = grid(pretrain={"clip_frames": 2})
    seconds = measure_cell_seconds([*by_label(chosen).values()], {chosen.data: prepared(chosen)})
    assert all(one > 0 for one in seconds.values())


def test_a_device_has_the_clips_of_the_images_to_pretrain_on():
    dataset = load(prepared(grid()))
    assert torch.equal(to_device(dataset, CPU).clips, torch.from_numpy(np.array(dataset.train.clips)))


@pytest.mark.slow
def test_time_beats_the_floor_where_colour_drifts_and_falls_to_it_where_colour_marks_the_clip():
    def top1(coloring, label):
        chosen = grid(
            {"coloring": coloring, "train": 1600},
            {"width": 16, "epochs": 10, "batch_size": 64},
            evaluate={"validation_fraction": 0.4, "regularization": [0.001, 0.01, 0.1]},
        )
        cell = by_label(chosen)[label]
        briefly = replace(cell, recipe=replace(cell.recipe, whole=False))
        return run_cell(briefly, prepared(chosen), "cpu").record.scores.linear_top1_val

    assert top1("drift", "time") > top1("drift", "random-init") + 0.15
    assert top1("fixed", "time") < top1("fixed", "random-init") + 0.05
