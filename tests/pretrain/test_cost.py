"""Parameters and operations of encoders."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ablation.grid.recipe import Pretrain
from ablation.pretrain.cost import cost_of
from ablation.pretrain.encoders import build_encoder


@pytest.mark.parametrize("encoder", ["resnet-micro", "resnet18", "resnet50", "timm:mobilenetv3_small_050"])
def test_operations_are_those_that_torch_counts(encoder):
    if encoder.startswith("timm"):
        pytest.importorskip("timm")
    net = build_encoder(Pretrain(encoder=encoder), 3, 32).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.zeros(1, 3, 32, 32))
    assert cost_of(net, 3, 32).flops == counter.get_total_flops() > 0


def test_attention_counts_which_torch_leaves_out_on_a_cpu():
    class Attention(nn.Module):
        def forward(self, x):
            q = x.flatten(2)  # (1, 3, 16), three tokens of sixteen channels
            return F.scaled_dot_product_attention(query=q, key=q, value=q)

    assert cost_of(Attention(), 3, 4).flops == 2 * 3 * 3 * 16 + 2 * 3 * 3 * 16


def test_an_encoder_that_refuses_one_image_has_no_count():
    class Refuses(nn.Module):
        def forward(self, x):
            raise ValueError

    assert cost_of(Refuses(), 3, 4).flops is None
