"""Policies: each image draws its own operations, and Kornia carries them out."""

import pytest
import torch
from kornia.augmentation import auto
from scipy.stats import chisquare
from torch import nn

from ablation.augment.operations import build
from ablation.augment.policies import PerImage
from ablation.grid.operations import AutoAugmentPolicy, RandAugmentPolicy, TrivialAugmentPolicy


class Add(nn.Module):
    def __init__(self, digit):
        super().__init__()
        self.digit = digit

    def forward(self, x):
        return 10 * x + self.digit


def test_each_image_gets_distinct_operations_in_every_order_alike():
    torch.manual_seed(0)
    result = PerImage([Add(1), Add(2), Add(3)], n=2)(torch.zeros(1200, 1, 1, 1, dtype=torch.float64))
    values, counts = result.unique(return_counts=True)
    assert values.tolist() == [12, 13, 21, 23, 31, 32]
    assert chisquare(counts.numpy()).pvalue > 1e-4


def test_images_keep_their_places():
    torch.manual_seed(0)
    images = torch.arange(100.0).view(100, 1, 1, 1) * 100
    result = PerImage([Add(0), Add(1), Add(2)], n=1)(images)
    assert torch.equal((result / 1000).floor() * 100, images)


@pytest.mark.parametrize("operation", [AutoAugmentPolicy(), RandAugmentPolicy(), TrivialAugmentPolicy()])
def test_one_batch_holds_many_choices(operation):
    # Kornia's own policy draws one for the batch, so that all of it is inverted, or turned, or gray.
    torch.manual_seed(0)
    policy = build(operation, 32)
    assert len(policy.draw(64).unique(dim=0)) > 8
    image = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert len(policy(image.expand(64, 3, 32, 32)).flatten(1).unique(dim=0)) > 16


@pytest.mark.parametrize("policy", ["imagenet", "cifar10", "svhn"])
def test_autoaugment_holds_kornias_pairs(policy):
    ours, theirs = build(AutoAugmentPolicy(policy=policy), 32), auto.AutoAugment(policy)
    assert [repr(one[0]) for one in ours.operations] == [repr(pair) for pair in theirs.children()]


@pytest.mark.parametrize("magnitude", [1, 9, 29])
def test_a_choice_is_what_kornias_policy_of_that_one_operation_does(magnitude):
    images = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    policy = build(RandAugmentPolicy(n=1, magnitude=magnitude), 32)
    assert len(policy.operations) == 15
    only = PerImage([policy.operations[3]], n=1)  # rotation
    expected = auto.RandAugment(n=1, m=magnitude, policy=[[("rotate", -30.0, 30.0)]])
    torch.manual_seed(0)
    torch.rand(8, 1)  # what the choice draws
    wanted = expected(images)
    torch.manual_seed(0)
    assert torch.equal(only(images), wanted)
