"""Encoders that are not ours: what they must do is tried before any job, and they train like ours."""

import pytest
import torch
from torch import nn

from ablation.data.weights import keep_weights, weights_file
from ablation.errors import GridError
from ablation.grid.file.load import load_grid
from ablation.grid.recipe import Pretrain
from ablation.pretrain import foreign
from ablation.pretrain.encoders import build_encoder
from ablation.pretrain.inspect import inspect
from ablation.pretrain.network import TokenEncoder
from tests.tiny import TINY

MINE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, channels=3):
        super().__init__()
        self.layer = nn.Conv2d(channels, 8, 3)

    def forward(self, x):
        print("hello")
        return self.layer(x).amax(dim=(2, 3))

class Tokens(Net):
    dimension = 8
    def tokens(self, x, keep=None):
        return self.layer(x).flatten(2).mT

class Map(Net):
    def forward(self, x):
        return self.layer(x)

class Drops(Net):
    def forward(self, x):
        return torch.nn.functional.dropout(super().forward(x))

class Mixes(Net):
    def forward(self, x):
        h = super().forward(x)
        return h - h.mean(dim=0)

class Fixed(Net):
    def forward(self, x):
        return x.flatten(1)

class Liar(Net):
    dimension = 9

class Needs(Net):
    def __init__(self, depth):
        pass

class Exits(Net):
    def forward(self, x):
        raise SystemExit(1)

def function():
    return "no module"
"""


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)

    def settings(*job, inspect=None):
        (tmp_path / "grid.toml").write_text(TINY + "\n".join(job))
        return load_grid(tmp_path / "grid.toml", inspect=inspect).grid.pretrain

    return settings


def test_a_users_module_is_an_encoder_with_the_weights_of_the_seed(settings, capsys):
    job = settings('encoder = "python:mine:Net"', inspect=inspect)
    one, same = (build_with(0, job) for _ in range(2))
    assert one.dimension == 8
    assert torch.equal(one.module.layer.weight, same.module.layer.weight)
    assert not torch.equal(one.module.layer.weight, build_with(1, job).module.layer.weight)
    assert one(torch.zeros(2, 5, 8, 8)).shape == (2, 8)
    assert capsys.readouterr().out == ""


def build_with(seed, job):
    torch.manual_seed(seed)
    return build_encoder(job, channels=5, size=8)


def test_tokens_are_there_if_the_module_has_them(settings):
    encoder = build_encoder(settings('encoder = "python:mine:Tokens"'), 3, 8)
    assert isinstance(encoder, TokenEncoder)
    assert encoder.tokens(torch.zeros(2, 3, 8, 8)).shape == (2, 36, 8)
    assert not isinstance(build_encoder(settings('encoder = "python:mine:Net"'), 3, 8), TokenEncoder)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Map", r"returns \(2, 8, 6, 6\) for two images"),
        ("Drops", "returns other features for the same images"),
        ("Mixes", "mixes images of a batch"),
        ("Fixed", "has no weights that can be trained"),
        ("Liar", "returns 8 features, but its dimension is 9"),
        ("Needs", "needs depth; an encoder is given channels and size"),
        ("Exits", "fails on images of 8×8 pixels and 3 channels: RuntimeError: the encoder's code exits"),
        ("function", "must create a torch.nn.Module, not str"),
        ("Nett", 'does not exist; did you mean "Net"'),
    ],
)
def test_what_no_encoder_may_do_is_told_before_any_job(settings, name, said):
    with pytest.raises(GridError, match=rf"pretrain.encoder: .*{said}"):
        settings(f'encoder = "python:mine:{name}"', inspect=inspect)


def test_without_timm_the_message_says_what_to_install(settings, monkeypatch):
    monkeypatch.setattr(foreign, "installed", lambda _: False)
    with pytest.raises(GridError, match=r"pip install 'augmentation-ablation\[timm\]'"):
        settings('encoder = "timm:levit_128s"', inspect=inspect)


@pytest.mark.parametrize(
    ("name", "dimension"),
    [
        ("convnext_atto", 320),
        ("vit_tiny_patch16_224", 192),
        ("resnet10t", 512),
        ("mobilenetv3_small_050", 1024),
        ("efficientnet_b0", 1280),
    ],
)
def test_models_of_timm_are_encoders_of_small_images_of_any_channels(name, dimension):
    pytest.importorskip("timm")
    job = Pretrain(encoder=f"timm:{name}")
    assert inspect(job.encoder, 32, 4) == {}
    encoder = build_encoder(job, channels=4, size=32)
    assert encoder.dimension == dimension
    assert encoder(torch.zeros(2, 4, 32, 32)).shape == (2, dimension)


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("convnext_ato", 32, 'did you mean "timm:convnext_atto", '),
        ("convnext_atto.of_mine", 32, 'no weights "of_mine" of convnext_atto; it has convnext_atto.d2_in1k'),
        ("vit_tiny_patch16_224", 8, "fails on images of 8×8 pixels and 3 channels"),
    ],
)
def test_a_model_that_timm_has_not_or_of_another_size_is_told(name, size, said):
    pytest.importorskip("timm")
    assert said in inspect(Pretrain(encoder=f"timm:{name}").encoder, size)["encoder"]


def test_a_plain_file_of_timm_is_fitted_to_the_images_as_timm_does(settings, tmp_path):
    timm = pytest.importorskip("timm")
    from safetensors.torch import save_file

    theirs = timm.create_model("resnet10t", num_classes=5)  # of colour images, with a classifier
    save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    job = settings('encoder = "timm:resnet10t"', 'weights = "theirs.safetensors"', inspect=inspect)
    ours = build_encoder(job, channels=1, size=32).module
    assert torch.equal(ours.layer4[0].conv1.weight, theirs.layer4[0].conv1.weight)
    stem = ours.conv1[0].weight  # (d, 1, 3, 3)
    assert torch.allclose(stem, theirs.conv1[0].weight.sum(dim=1, keepdim=True))
    few = {name: one for name, one in theirs.state_dict().items() if "layer4" not in name}
    save_file(few, tmp_path / "theirs.safetensors")
    with pytest.raises(GridError, match=r"weights: .*layer4.* and \d+ more are missing"):
        settings('encoder = "timm:resnet10t"', 'weights = "theirs.safetensors"', inspect=inspect)


def test_weights_of_a_plain_file_are_those_of_the_encoder_or_it_says_which_are_not(settings, tmp_path):
    from safetensors.torch import save_file

    lines = ('encoder = "python:mine:Net"', 'weights = "start.safetensors"')
    layer = nn.Conv2d(3, 8, 3)
    save_file({"layer.weight": layer.weight, "layer.bias": layer.bias}, tmp_path / "start.safetensors")
    job = settings(*lines, inspect=inspect)
    assert torch.equal(build_encoder(job, 3, 8).module.layer.weight, layer.weight)
    save_file({"layer.weight": torch.zeros(8, 3, 1, 1), "more": layer.bias}, tmp_path / "start.safetensors")
    said = (
        r"layer.bias is missing; more is not part of it; layer.weight is \(8, 3, 1, 1\), not \(8, 3, 3, 3\)"
    )
    with pytest.raises(GridError, match=f"pretrain.weights: start.safetensors does not fit .*: {said}"):
        settings(*lines, inspect=inspect)
    (tmp_path / "start.safetensors").write_bytes(b"nothing")
    with pytest.raises(GridError, match=r"pretrain.weights: start.safetensors is not a safetensors file"):
        settings(*lines, inspect=inspect)


def test_weights_that_a_run_has_used_are_found_again_in_the_cache(settings, tmp_path):
    (tmp_path / "start.safetensors").write_bytes(b"1")
    encoder = settings('weights = "start.safetensors"').encoder
    keep_weights(encoder)
    (tmp_path / "start.safetensors").write_bytes(b"2")
    assert weights_file(encoder).read_bytes() == b"1"
    weights_file(encoder).unlink()
    with pytest.raises(GridError, match="is not here as the grid was read with it"):
        weights_file(encoder)
