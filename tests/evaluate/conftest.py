"""A tiny data set on the CPU."""

import pytest
import torch

from ablation.data.device import DeviceDataset, Images, Normalize


@pytest.fixture
def data():
    draws = torch.Generator().manual_seed(0)

    def images(n):
        pixels = torch.randint(0, 256, (n, 3, 16, 16), dtype=torch.uint8, generator=draws)
        return Images(pixels, torch.arange(n) % 4, groups=None)

    train, test = images(200), images(60)
    return DeviceDataset(train, test, train.pixels, Normalize.of(train.pixels), classes=4)
