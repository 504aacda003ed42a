"""The small transformer looks at the patches it may, and at nothing else, in images of any size."""

import pytest
import torch

from ablation.grid.recipe import Pretrain
from ablation.pretrain.encoders import build_encoder
from ablation.pretrain.network import TokenEncoder
from ablation.pretrain.vit import Block, positions


def vit(width=8, channels=3):
    torch.manual_seed(0)
    return build_encoder(Pretrain(encoder="vit-micro", width=width), channels).double()


def images(size=16, channels=3):
    return torch.randn(
        3, channels, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )


def test_h_is_the_mean_of_a_token_for_each_patch():
    encoder, x = vit(), images()
    assert isinstance(encoder, TokenEncoder)
    assert encoder.tokens(x).shape == (3, 16, encoder.dimension) == (3, 16, 32)
    assert torch.equal(encoder(x), encoder.tokens(x).mean(dim=1))


def test_patches_that_are_not_kept_are_never_seen():
    encoder, x = vit(), images()
    keep = torch.tensor([[0, 5, 6], [3, 2, 1], [15, 0, 7]])
    other = x.clone()
    hidden = torch.ones(3, 16, dtype=torch.bool).scatter_(1, keep, False).view(3, 1, 4, 4)
    hidden = hidden.repeat_interleave(4, 2).repeat_interleave(4, 3).expand_as(x)
    other[hidden] = 9.0
    assert torch.equal(encoder.tokens(x, keep), encoder.tokens(other, keep))
    assert not torch.allclose(encoder.tokens(x), encoder.tokens(other))


def test_tokens_stand_in_the_order_in_which_they_are_kept():
    encoder, x = vit(), images()
    order = torch.stack([torch.randperm(16) for _ in range(3)])
    every = encoder.tokens(x)
    for image in range(3):
        assert torch.allclose(encoder.tokens(x, order)[image], every[image, order[image]])


def test_a_token_is_that_of_its_own_patch():
    encoder, x = vit(), images()
    encoder.blocks = torch.nn.Identity()
    other = x.clone()
    other[:, :, 4:8, 8:12] += 1  # second row, third column
    changed = (encoder.tokens(x) != encoder.tokens(other)).any(dim=2)
    assert changed.nonzero()[:, 1].unique().tolist() == [6]


@pytest.mark.parametrize("size", [4, 12, 20, 64])
def test_one_network_takes_images_of_any_size_that_patches_fill(size):
    encoder = vit()
    assert encoder(images(size)).shape == (3, 32)
    assert encoder.tokens(images(size)).shape[1] == (size // 4) ** 2


def test_positions_span_the_image_whatever_its_size():
    small, large = (positions(side, side, 32, torch.zeros(0)).view(side, side, 32) for side in (2, 6))
    # The centre of a patch of the small grid is that of the middle one of the 3x3 patches it covers.
    assert torch.allclose(small, large[1::3, 1::3], atol=1e-6)


@pytest.mark.parametrize("channels", [1, 5])
def test_images_may_have_any_channels(channels):
    assert vit(channels=channels)(images(channels=channels)).shape == (3, 32)


def test_a_block_is_attention_and_an_mlp_written_out():
    torch.manual_seed(0)
    block, x = Block(64).double(), torch.randn(2, 5, 64, dtype=torch.float64)
    for n, tokens in enumerate(x):
        normed = block.before_attention(tokens)
        q, k, v = block.queries_keys_values(normed).chunk(3, dim=1)  # (T, d) each
        heads = []
        for head in range(2):
            at = slice(32 * head, 32 * head + 32)
            heads.append((q[:, at] @ k[:, at].T / 32**0.5).softmax(dim=1) @ v[:, at])
        tokens = tokens + block.mixed(torch.cat(heads, dim=1))
        tokens = tokens + block.mlp(block.before_mlp(tokens))
        assert torch.allclose(block(x)[n], tokens)
