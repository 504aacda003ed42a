"""Data sets on a device."""

import torch

from ablation.data import device
from ablation.data.device import load_on, to_device
from ablation.data.prepare import load, prepare
from ablation.grid.data import Generated

CPU = torch.device("cpu")


def prepared(seed: int):
    return prepare(Generated(source="shapes", train=30, test=20, size=16, seed=seed), f"v{seed}")


def test_a_process_opens_a_data_set_once_for_all_its_cells():
    folder = prepared(seed=0)
    assert load_on(folder, CPU) is load_on(folder, CPU)


def test_another_data_set_takes_the_place_of_the_last():
    first, second = prepared(seed=1), prepared(seed=2)
    for folder in (first, second, first):
        found, opened = load_on(folder, CPU), to_device(load(folder), CPU)
        assert torch.equal(found.train.pixels, opened.train.pixels)
        assert torch.equal(found.normalize.mean, opened.normalize.mean)


def test_pixels_go_to_a_device_only_if_they_leave_half_of_its_memory(monkeypatch):
    data = load(prepared(seed=1))
    size = data.train.images.nbytes + data.test.images.nbytes
    for free, held in ((2 * size, True), (2 * size - 1, False)):
        monkeypatch.setattr(device, "free_memory", lambda _, free=free: free)
        placed = to_device(data, CPU)
        assert isinstance(placed.pretrain, torch.Tensor) == held
        assert bool(placed.notes) != held
        assert placed.pretrain is placed.train.pixels
        assert torch.equal(torch.cat([*placed.pretrain.split(7)]), torch.as_tensor(data.train.images.copy()))
