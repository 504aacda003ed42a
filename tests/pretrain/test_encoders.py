"""Encoders are torchvision's networks without their classifier, at any width."""

import pytest
import torch
import torchvision

from ablation.grid.recipe import Pretrain
from ablation.pretrain.encoders import build_encoder
from ablation.pretrain.heads import build_head
from ablation.pretrain.network import TokenEncoder


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"])
def test_width_64_with_the_imagenet_stem_is_torchvisions_network(name):
    theirs = getattr(torchvision.models, name)(weights=None)
    theirs.fc = torch.nn.Identity()
    ours = build_encoder(Pretrain(encoder=name, width=64, stem="imagenet"))
    # Same modules in the same order, under other names.
    weights = list(theirs.state_dict().values())
    assert [w.shape for w in weights] == [w.shape for w in ours.state_dict().values()]
    ours.load_state_dict(dict(zip(ours.state_dict(), weights, strict=True)))
    images = torch.rand(1, 3, 64, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(ours.double().eval()(images), theirs.double().eval()(images), atol=1e-10)


@pytest.mark.parametrize("stem", ["patch", "cifar", "imagenet"])
@pytest.mark.parametrize(
    ("name", "dimension"), [("resnet-micro", 32), ("resnet18", 64), ("resnet34", 64), ("resnet50", 256)]
)
def test_every_encoder_takes_every_stem_and_width(name, dimension, stem):
    encoder = build_encoder(Pretrain(encoder=name, width=8, stem=stem))
    assert encoder(torch.zeros(2, 3, 32, 32)).shape == (2, dimension)
    assert encoder.dimension == dimension


@pytest.mark.parametrize(("head", "layers"), [("none", 0), ("linear", 1), ("mlp", 2)])
def test_heads_have_their_layers(head, layers):
    g = build_head(16, Pretrain(head=head, projection=24))
    assert sum(isinstance(m, torch.nn.Linear) for m in g.modules()) == layers
    assert g(torch.zeros(4, 16)).shape == (4, 24 if layers else 16)


@pytest.mark.parametrize("name", ["resnet-micro", "resnet18"])
def test_h_is_the_mean_of_the_tokens_and_some_can_be_kept(name):
    encoder = build_encoder(Pretrain(encoder=name, width=8, stem="cifar")).eval()
    assert isinstance(encoder, TokenEncoder)
    x = torch.rand(2, 3, 32, 32)
    tokens = encoder.tokens(x)  # (N, T, d)
    assert tokens.shape[2] == encoder.dimension
    assert torch.equal(tokens.mean(dim=1), encoder(x))
    keep = torch.tensor([[0, 3], [5, 5]])
    kept = encoder.tokens(x, keep)
    for image, row in enumerate(keep):
        assert torch.equal(kept[image], tokens[image, row])
