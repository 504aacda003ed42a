"""The rotation probe with encoders that see orientation, and one that cannot."""

import pytest
import torch

from ablation.evaluate.label_free.rotation import rotation_top1


@pytest.fixture
def pixels():
    """Noise, brighter at the top."""
    x = torch.randint(0, 128, (250, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    x[:, :, :3] += 90
    return x


def test_an_encoder_that_sees_orientation_tells_all_rotations(pixels):
    assert rotation_top1(lambda x: x.float().mean(dim=1).flatten(1), pixels, seed=0) > 0.98


def test_an_encoder_that_cannot_see_it_is_at_chance(pixels):
    # The mean and the extremes of an image are the same whichever way up it is.
    blind = rotation_top1(
        lambda x: torch.stack([f(x.float().flatten(1), dim=1) for f in (torch.mean, torch.amax)], 1),
        pixels,
        0,
    )
    assert blind == pytest.approx(0.25, abs=1e-9)


def test_all_rotations_of_an_image_are_on_one_side(pixels):
    seen = []

    def features(x):
        seen.append(x)
        return x.float().flatten(1)[:, :8]

    rotation_top1(features, pixels, seed=0)
    fitted, held_out = (
        [part.rot90(-k, dims=(2, 3)) for k, part in enumerate(seen[i : i + 4])] for i in (0, 4)
    )
    assert [len(part) for part in (*fitted, *held_out)] == [200] * 4 + [50] * 4
    assert all(torch.equal(part, fitted[0]) for part in fitted)
    assert not (held_out[0][:, None] == fitted[0]).flatten(2).all(dim=2).any()
