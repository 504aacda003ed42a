"""What h and z know of transformations, of encoders that see one thing only."""

import pytest
import torch
from torch import nn

from ablation.evaluate.transformations import transformations_known
from ablation.pretrain.model import Model


@pytest.fixture(scope="module")
def pixels():
    """Smooth colourful images, darker at the top."""
    x = torch.randint(40, 216, (500, 3, 4, 4), generator=torch.Generator().manual_seed(0)).float()
    x = nn.functional.interpolate(x, size=16, mode="bilinear") * torch.linspace(0.3, 1, 16)[:, None]
    return x.to(torch.uint8)


def unit(x):
    return x.float() / 255 if x.dtype == torch.uint8 else x


def test_an_encoder_knows_what_it_sees_and_nothing_else(pixels):
    spread = Model(lambda x: unit(x).std(dim=1).mean(dim=(1, 2))[:, None])  # of the channels: 0 in gray
    known = transformations_known(spread, pixels, seed=0)["h"]
    assert known.gray > 0.98
    assert known.rotation == pytest.approx(0.25, abs=1e-9)

    def sides(x):
        rows, columns = unit(x).mean(dim=(1, 3)), unit(x).mean(dim=(1, 2))  # (N, 16) each
        return torch.stack([side[:, :8].mean(1) - side[:, 8:].mean(1) for side in (rows, columns)], 1)

    known = transformations_known(Model(sides), pixels, seed=0)["h"]  # which way it gets darker
    assert known.rotation > 0.95
    assert known.noise < 0.6
    assert known.gray < 0.6

    fine = Model(lambda x: unit(x).diff(dim=3).abs().mean(dim=(1, 2, 3))[:, None])  # noise, not orientation
    known = transformations_known(fine, pixels, seed=0)["h"]
    assert known.noise > 0.95
    assert known.rotation < 0.5


def test_a_head_that_throws_everything_away_leaves_z_at_chance(pixels):
    nothing = nn.Linear(6, 3)
    nn.init.zeros_(nothing.weight)

    def colors(x):
        return torch.cat([unit(x).mean(dim=(2, 3)), unit(x).std(dim=(2, 3))], 1)

    known = transformations_known(Model(colors, nothing, nothing), pixels, seed=0)
    assert known["h"].sobel > 0.95
    assert known["z"].model_dump() == {"gray": 0.5, "rotation": 0.25, "noise": 0.5, "sobel": 0.5}


def test_the_same_seed_gives_the_same_and_leaves_the_global_generator_alone(pixels):
    model = Model(lambda x: unit(x).flatten(1)[:, ::40])
    state = torch.get_rng_state()
    first = transformations_known(model, pixels[:100], seed=1)
    assert transformations_known(model, pixels[:100], seed=1) == first
    assert torch.equal(torch.get_rng_state(), state)
