"""The preview shows what training sees: the same batch, the same views, the same boxes."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ablation.augment import views as training
from ablation.augment.preview import HARDLY, PLAIN, acting_draw, first_batch, view_boxes, view_pairs
from ablation.augment.views import TwoViews
from ablation.data.dataset import Dataset, Split
from ablation.data.device import to_device
from ablation.errors import GridError
from ablation.grid.augmentations import Step
from ablation.grid.operations import OPERATIONS, Crop, Flip, Invert, SquareCrop
from ablation.grid.recipe import Pretrain, Views
from ablation.pretrain.loop import pretrain
from ablation.pretrain.network import initial

PIXELS = torch.randint(0, 256, (48, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
EVERY_VIEWS = [
    Views(branches=branches, base_crop=base, base_scale=(0.3, 1.0))
    for branches in ("one", "both")
    for base in ("none", "shared", "independent")
]


def steps(*names):
    return [Step(name, OPERATIONS[name]()) for name in names]


def shown(views):
    return f"{views.branches}-{views.base_crop}"


@pytest.mark.parametrize("views", EVERY_VIEWS, ids=shown)
def test_the_views_are_those_of_the_first_step_of_training(views):
    split = Split(PIXELS.numpy(), torch.arange(48).numpy() % 2)
    data = to_device(Dataset(split, split, None, ("cat", "dog"), ()), torch.device("cpu"))
    settings, seed = Pretrain(width=8, epochs=1, batch_size=16), 5
    two_views, seen = TwoViews.build(steps("crop", "color", "noise"), views, 32, seed), []

    def recorded(pixels, step, others):
        seen.append(two_views(pixels, step, others))
        return seen[-1]

    pretrain(initial(settings, seed, torch.device("cpu")), data, recorded, settings, seed)
    batch = data.pretrain[first_batch(48, 16, seed)]
    pairs = view_pairs("simclr", steps("crop", "color", "noise"), views, batch, seed)
    assert torch.equal(pairs, (torch.stack(seen[0], dim=1) * 255).round().to(torch.uint8))


def square(size):
    """A picture that is its own coordinates: red runs with x and green with y."""
    ramp = torch.arange(size, dtype=torch.uint8)
    picture = torch.zeros(1, 3, size, size, dtype=torch.uint8)
    picture[:, 0], picture[:, 1] = ramp, ramp[:, None]
    return picture


@pytest.mark.parametrize("views", EVERY_VIEWS, ids=shown)
@pytest.mark.parametrize(
    "operation", [Crop(flip=0.0), SquareCrop(), None], ids=["crop", "square-crop", "base"]
)
def test_the_boxes_are_those_of_the_views(views, operation):
    crop = None if operation is None else Step("mine", operation)
    size, n = 128, 32
    two_views = TwoViews.build([] if crop is None else [crop], views, size, seed=3)
    for view, box in zip(
        two_views(square(size).expand(n, -1, -1, -1), 0), view_boxes(crop, views, size, 3, n), strict=True
    ):
        # Bilinear sampling keeps a ramp, so the two pixels in the middle average to the middle of the box.
        middle = (
            view[:, :2, size // 2 - 1 : size // 2 + 1, size // 2 - 1 : size // 2 + 1].mean(dim=(2, 3)) * 255
        )
        centre = (box[:, :2] + box[:, 2:]) / 2 - 0.5  # (N, 2); the ramp holds the pixels' centres
        assert (middle - centre).abs().max() < 1e-4, "measured 3e-5, rounding of float32"
        spread = view[:, :2].amax(dim=(2, 3)) * 255 - view[:, :2].amin(dim=(2, 3)) * 255
        assert (spread <= box[:, 2:] - box[:, :2]).all()


def test_without_a_base_crop_the_box_cut_out_is_the_view():
    (first, _), (box, _) = (
        TwoViews.build([Step("crop", Crop(flip=0.0))], Views(), 32, 0)(PIXELS, 0),
        view_boxes(Step("crop", Crop(flip=0.0)), Views(), 32, 0, len(PIXELS)),
    )
    for picture, view, (left, top, right, bottom) in zip(PIXELS, first, box.int().tolist(), strict=True):
        cut = picture[None, :, top:bottom, left:right].float() / 255
        expected = F.interpolate(cut, (32, 32), mode="bilinear", align_corners=False)[0]
        torch.testing.assert_close(view, expected, rtol=0, atol=1e-5)


def test_one_branch_alone_is_always_global_to_local():
    for views in EVERY_VIEWS[:2]:
        inner, outer = view_boxes(Step("crop", Crop()), views, 32, 0, 500)
        assert (inner[:, :2] >= outer[:, :2]).all()
        assert (inner[:, 2:] <= outer[:, 2:]).all()


def test_a_draw_that_acts_is_found():
    invert = [Step("invert", Invert(p=0.2))]
    found = acting_draw("invert", invert, PIXELS, position=1, seed=0)
    assert torch.equal(found.picture, 255 - PIXELS[1])
    assert found.change >= PLAIN
    assert torch.equal(view_pairs("invert", invert, Views(), PIXELS, 0, found.step)[1, 0], found.picture)
    for earlier in range(found.step):
        assert torch.equal(view_pairs("invert", invert, Views(), PIXELS, 0, earlier)[1, 0], PIXELS[1])


def test_operations_are_built_once_for_all_draws(monkeypatch):
    built, build = [], training.build
    monkeypatch.setattr(training, "build", lambda o, size: built.append(o) or build(o, size))
    acting_draw("flip", steps("flip"), torch.zeros_like(PIXELS), position=1, seed=0)
    assert len(built) == 1


def test_some_rows_are_those_of_the_whole_batch():
    views, both = Views(branches="both"), steps("crop", "color")
    chosen = view_pairs("both", both, views, PIXELS, seed=0, rows=[5, 2])
    assert torch.equal(chosen, view_pairs("both", both, views, PIXELS, seed=0)[[5, 2]])


def test_what_never_acts_leaves_the_image_as_it_is():
    found = acting_draw("flip", [Step("flip", Flip(p=0.0))], PIXELS, position=1, seed=0)
    assert torch.equal(found.picture, PIXELS[1])
    assert found.change == 0 < HARDLY


class _Broken(nn.Module):
    def __init__(self, result):
        super().__init__()
        self.result = result

    def forward(self, x):
        if isinstance(self.result, Exception):
            raise self.result
        return self.result(x)


@pytest.fixture
def broken(monkeypatch):
    """Make `invert` return something else, or raise."""
    build = training.build

    def broken(result):
        fault = _Broken(result)
        monkeypatch.setattr(
            training, "build", lambda o, size: fault if o.operation == "invert" else build(o, size)
        )

    return broken


def test_an_operation_that_fails_is_named(broken):
    broken(ValueError("no good"))
    message = "^invert fails on a batch of 48 images of 32×32 pixels: ValueError: no good$"
    with pytest.raises(GridError, match=message):
        view_pairs("invert", steps("invert"), Views(), PIXELS, 0)


def test_an_operation_that_fails_within_a_sequence_is_named(broken):
    broken(ValueError("no good"))
    with pytest.raises(GridError, match=r"^policy: invert fails on"):
        view_pairs("policy", steps("crop", "invert", "noise"), Views(), PIXELS, 0)


def test_the_operation_at_fault_is_named_and_not_the_one_that_stumbles_over_it(broken):
    broken(lambda x: x[:, :1])
    with pytest.raises(GridError, match=r"^policy: invert returns \(48, 1, 32, 32\) for \(48, 3, 32, 32\)"):
        view_pairs("policy", steps("invert", "color"), Views(), PIXELS, 0)


def test_values_that_are_not_finite_are_refused(broken):
    broken(lambda x: x / 0 - x / 0)
    with pytest.raises(
        GridError, match=r"^invert returns values that are not finite for a batch of 48 images"
    ):
        view_pairs("invert", steps("invert"), Views(), PIXELS, 0)
