"""The table: every operation is built, keeps what an image is, and draws repeatably."""

import pytest
import torch

from ablation.augment.operations import build
from ablation.grid.operations import OPERATIONS

DRAW_NOTHING = {"sobel", "color-drop", "time"}


@pytest.fixture
def images():
    return torch.rand(16, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def drawn(operation, images, seed=0):
    torch.manual_seed(seed)
    return operation(images)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_returns_images_and_leaves_its_own_alone(name, images):
    before = images.clone()
    result = drawn(build(OPERATIONS[name](), 32), images)
    assert (result.shape, result.dtype) == (images.shape, images.dtype)
    assert result.isfinite().all()
    assert torch.equal(images, before)


@pytest.mark.parametrize("name", OPERATIONS)
def test_same_seed_draws_the_same_and_another_does_not(name, images):
    operation = build(OPERATIONS[name](), 32)
    assert torch.equal(drawn(operation, images), drawn(operation, images))
    if name not in DRAW_NOTHING:
        assert not torch.equal(drawn(operation, images, 0), drawn(operation, images, 1))


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_works_where_the_images_are(name):
    # A tensor on "meta" cannot be mixed with one on the CPU, as one on a GPU cannot.
    result = build(OPERATIONS[name](), 32)(torch.empty(4, 3, 32, 32, device="meta"))
    assert (result.shape, result.device.type) == ((4, 3, 32, 32), "meta")
