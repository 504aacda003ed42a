"""Every operation on images of 1, 3, 4 and 13 channels: it works, or it is refused by name."""

import pytest
import torch

from ablation.augment.channels import ChannelJitter
from ablation.augment.inspect import fault, inspect, probe_batch
from ablation.augment.needs import refuse_channels
from ablation.augment.operations import build
from ablation.errors import GridError
from ablation.grid.entries import Kornia
from ablation.grid.models import Grid
from ablation.grid.operations import OPERATIONS
from ablation.seeds import seeded

ANY = [name for name, model in OPERATIONS.items() if model.needs == "any"]


def grid(*names, **settings):
    augmentations = {name: {} for name in names}
    values = {"data": {"source": "moving-shapes"}, "augmentations": augmentations, **settings}
    return Grid.model_validate(values)


def refused(name, channels):
    try:
        refuse_channels(grid(name), channels)
    except GridError as error:
        return str(error)
    return None


def drawn(name, x):
    with seeded(torch.device("cpu"), name):
        return build(OPERATIONS[name](), x.shape[-1])(x.clone()).clamp(0, 1)


@pytest.mark.parametrize("channels", [1, 3, 4, 13])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_works_or_is_refused_by_name(name, channels):
    told = refused(name, channels)
    if told is not None:
        noun = "channel" if channels == 1 else "channels"
        assert told.startswith(f"the images have {channels} {noun}, and {name} needs")
    else:
        assert fault(build(OPERATIONS[name](), 32), probe_batch(32, channels)) is None
    assert (told is None) == (
        channels == 3
        or OPERATIONS[name].needs == "any"
        or (OPERATIONS[name].needs == "several" and channels > 1)
    )


@pytest.mark.parametrize("name", [name for name in ANY if name not in ("noise", "channel-jitter")])
def test_what_works_on_any_channels_does_the_same_to_each(name):
    x = torch.rand(8, 13, 32, 32, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(drawn(name, x)[:, 4:7], drawn(name, x[:, 4:7]))


def test_a_channel_is_dropped_in_each_image_by_itself():
    dropped = (drawn("channel-drop", torch.ones(400, 13, 4, 4)) == 0).all(dim=(2, 3))
    assert set(dropped.sum(dim=1).tolist()) == {0, 1}
    assert 150 < dropped.any(dim=1).sum() < 250
    assert dropped.any(dim=0).all()


def test_jitter_scales_each_channel_and_stretches_it_about_its_mean():
    x = 0.3 + 0.1 * torch.rand(300, 4, 8, 8)
    jittered = ChannelJitter(0.5, p=1.0)(x)
    mean, std = x.mean(dim=(2, 3)), x.std(dim=(2, 3))
    brightness = jittered.mean(dim=(2, 3)) / mean
    contrast = jittered.std(dim=(2, 3)) / std / brightness
    for factor in (brightness, contrast):
        assert 0.6 <= factor.min() < 0.62
        assert 1.38 < factor.max() <= 1.4001
        assert abs(torch.corrcoef(factor.T) - torch.eye(4)).max() < 0.2  # each channel draws its own
    assert abs(torch.corrcoef(torch.stack([brightness.flatten(), contrast.flatten()]))[0, 1]) < 0.1


def test_an_image_that_jitter_leaves_out_is_unchanged():
    x = torch.rand(200, 2, 4, 4)
    same = (ChannelJitter(1.0, p=0.25)(x) == x).all(dim=(1, 2, 3))
    assert 120 < same.sum() < 180


def test_all_that_is_wrong_is_said_at_once_with_what_to_use():
    both = grid("crop", "color", "planckian", "channel-shuffle", evaluate={"transformations": True})
    with pytest.raises(GridError) as told:
        refuse_channels(both, 1)
    assert str(told.value).splitlines() == [
        "the images have 1 channel, and color and planckian need red, green and blue; use channel-jitter",
        "the images have 1 channel, and channel-shuffle needs several channels; leave it out",
        "the images have 1 channel, and evaluate.transformations needs red, green and blue; set it to false",
    ]


def test_what_is_not_built_in_is_run_on_such_images():
    with pytest.raises(
        GridError, match=r"the images have 4 channels: augmentations.tint: RandomPlanckianJitter fails"
    ):
        refuse_channels(
            Grid.model_validate(
                {"data": {"source": "shapes"}, "augmentations": {"tint": {"kornia": "RandomPlanckianJitter"}}}
            ),
            4,
        )
    assert inspect(Kornia(kornia="RandomInvert"), 32, 13) == {}
