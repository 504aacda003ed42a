"""Pasted code runs as it is, and draws from the distributions that the grid's jobs draw from."""

import inspect

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import ks_2samp

from ablation.augment.views import TwoViews
from ablation.grid import operations as named
from ablation.grid.augmentations import Step
from ablation.grid.entries import Kornia, Python
from ablation.grid.paste import kornia_code, torchvision_code
from ablation.grid.recipe import Views

SIZE, BATCH, BATCHES = 32, 32, 16
PLAIN = Views()
VARIED = {  # parameters that are not the defaults, so that what is written is what is asked for
    "color": {"strength": 0.5},
    "blur": {"sigma": (0.5, 1.5)},
    "crop": {"scale": (0.3, 0.9), "flip": 0.3},
    "cutout": {"area": 0.1, "p": 0.7},
    "solarize": {"threshold": 0.3},
}

DARKER = """
from torch import nn

class Darker(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return x * self.by
"""


def operation(name):
    return named.OPERATIONS[name](**VARIED.get(name, {}))


def steps(*names):
    return [Step(name, operation(name)) for name in names]


@pytest.fixture(scope="module")
def images():
    """uint8 pictures (512, 3, 32, 32) with some colours and edges."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (BATCH * BATCHES, 3, 4, 4)).astype(np.uint8)
    return torch.from_numpy(coarse.repeat(8, axis=2).repeat(8, axis=3))


def ours(images, policy, views=PLAIN):
    two_views = TwoViews.build(policy, views, SIZE, seed=1)
    return torch.cat([two_views(block, step)[0] for step, block in enumerate(images.split(BATCH))])


def run(code):
    space = {}
    exec(compile(code, "pasted", "exec"), space)
    return space["two_views"]


def called(two_views, x):
    """Call it on an image, and on itself as the other frame where it takes one."""
    return two_views(*[x] * len(inspect.signature(two_views).parameters))


def kornia_views(images, policy, views=PLAIN):
    two_views = run(kornia_code(policy, views, SIZE))
    with torch.random.fork_rng():
        torch.manual_seed(2)
        blocks = [block.float() / 255 for block in images.split(BATCH)]
        return torch.cat([called(two_views, block)[0] for block in blocks])


def torchvision_views(images, policy, views=PLAIN):
    two_views = run(torchvision_code(policy, views, SIZE))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return torch.stack([torch.as_tensor(called(two_views, image)[0]) for image in images])


def smallest_p(one, other):
    """The smallest p of two-sample tests of what a view looks like, corrected for their number."""

    def traits(x):
        across, down = (x[..., 1:] - x[..., :-1]).abs(), (x[..., 1:, :] - x[..., :-1, :]).abs()
        chroma = (x.amax(dim=1) - x.amin(dim=1)).mean(dim=(1, 2))
        left, right, above, below = x[..., :16], x[..., 16:], x[..., :16, :], x[..., 16:, :]
        channels = [*x.mean(dim=(2, 3)).unbind(1), *x.std(dim=(2, 3)).unbind(1)]
        whole = [across, down, (x == 0).float()]
        means = [one.mean(dim=(1, 2, 3)) for one in whole]
        leaning = [
            (a.mean(dim=(1, 2, 3)) - b.mean(dim=(1, 2, 3))) for a, b in ((left, right), (above, below))
        ]
        flat = torch.stack([*channels, *means, *leaning, across.std(dim=(1, 2, 3)), chroma])
        return flat.numpy()

    pairs = list(zip(traits(one), traits(other), strict=True))
    return min(ks_2samp(a, b, method="asymp").pvalue for a, b in pairs) * len(pairs)


KORNIA = [name for name in named.OPERATIONS if name not in ("autoaugment", "randaugment", "trivialaugment")]
TORCHVISION = [name for name in named.OPERATIONS if torchvision_code(steps(name), PLAIN, SIZE)]


def test_torchvision_has_the_paper_s_seven_and_more():
    assert {"crop", "cutout", "color", "sobel", "noise", "blur", "rotate"} < set(TORCHVISION)
    assert torchvision_code(steps("crop", "jpeg"), PLAIN, SIZE) is None


@pytest.mark.parametrize(
    ("draw", "name"),
    [*((kornia_views, name) for name in KORNIA), *((torchvision_views, name) for name in TORCHVISION)],
)
def test_the_code_draws_as_the_jobs_do(images, draw, name):
    some = images[: 8 * BATCH]
    views = draw(some, steps(name))
    assert views.shape == some.shape
    assert 0 <= views.min() <= views.max() <= 1 + 1e-6  # a blur's weights are a sum
    assert smallest_p(views, ours(some, steps(name))) > 0.001


def test_a_wrong_parameter_would_be_seen(images):
    stronger = [Step("color", named.Color(strength=1.0))]
    assert smallest_p(torchvision_views(images, stronger), ours(images, steps("color"))) < 0.001
    larger = [Step("cutout", named.Cutout(area=0.14, p=0.7))]
    assert smallest_p(kornia_views(images, larger), ours(images, steps("cutout"))) < 0.001


@pytest.mark.parametrize("base_crop", ["none", "shared", "independent"])
def test_a_policy_with_its_base_crop_draws_as_the_jobs_do(images, base_crop):
    views = Views(base_crop=base_crop, branches="both")
    policy, wanted = steps("crop", "sobel", "color"), ours(images, steps("crop", "sobel", "color"), views)
    assert smallest_p(kornia_views(images, policy, views), wanted) > 0.001
    assert smallest_p(torchvision_views(images, policy, views), wanted) > 0.001


@pytest.mark.parametrize("base_crop", ["none", "shared", "independent"])
def test_with_time_the_second_view_is_of_the_other_frame(images, base_crop):
    views = Views(base_crop=base_crop)
    invert = [Step("invert", named.Invert(p=1.0)), Step("time", named.Time(margin=2))]
    black, white = torch.zeros(2, 3, SIZE, SIZE), torch.ones(2, 3, SIZE, SIZE)
    first, second = run(kornia_code(invert, views, SIZE))(black, white)
    assert (first.unique().tolist(), second.unique().tolist()) == ([1.0], [0.0])
    first, second = run(torchvision_code(invert[1:], views, SIZE))(black[0], white[0])
    assert (first.unique().tolist(), second.unique().tolist()) == ([0.0], [1.0])
    assert "near: of the same clip, 1 to 2 frames before or after" in kornia_code(invert, views, SIZE)


@pytest.mark.parametrize(("base_crop", "shared"), [("shared", True), ("independent", False)])
def test_a_shared_base_crop_is_one_crop_of_both_views(images, base_crop, shared):
    nothing = [Step("flip", named.Flip(p=0.0))]
    views = Views(base_crop=base_crop)
    first, second = run(kornia_code(nothing, views, SIZE))(images[:8].float() / 255)
    assert torch.equal(first, second) is shared
    first, second = run(torchvision_code(nothing, views, SIZE))(images[0])
    assert torch.equal(first, second) is shared


def test_torchvision_takes_pil_images_and_tensors_alike(images):
    two_views = run(torchvision_code(steps("sobel"), PLAIN, SIZE))
    picture = Image.fromarray(images[0].permute(1, 2, 0).numpy())
    assert torch.equal(torch.as_tensor(two_views(picture)[0]), torch.as_tensor(two_views(images[0])[0]))


def test_policies_of_a_batch_are_taken_from_this_project(images):
    code = kornia_code(steps("randaugment"), PLAIN, SIZE)
    assert "from ablation.augment.operations import build" in code
    assert run(code)(images[:8].float() / 255)[0].shape == (8, 3, SIZE, SIZE)


def test_a_class_of_kornia_and_a_module_of_the_users_are_built_with_their_arguments(
    images, tmp_path, monkeypatch
):
    posterize = Step("p", Kornia(kornia="RandomPosterize", arguments={"bits": [3.0, 3.0], "p": 1.0}))
    view = run(kornia_code([posterize], PLAIN, SIZE))(images[:8].float() / 255)[0]
    assert len(view.unique()) <= 8
    (tmp_path / "my_own.py").write_text(DARKER)
    monkeypatch.syspath_prepend(tmp_path)
    darker = Step("d", Python(python="my_own:Darker", arguments={"by": 0.5}))
    x = images[:8].float() / 255
    assert torch.allclose(run(kornia_code([darker], PLAIN, SIZE))(x)[0], x / 2)
    assert torchvision_code([darker], PLAIN, SIZE) is None


@pytest.mark.parametrize("size", [32, 96, 224])
def test_the_code_is_laid_out_as_formatters_want_it(size):
    views = Views(base_crop="shared")
    codes = (
        kornia_code(steps("crop", "sobel", "blur"), views, size),
        torchvision_code(steps("crop", "sobel", "rotate"), views, size),
    )
    for code in codes:
        assert max(map(len, code.splitlines())) <= 105
        assert "\n\n\n\n" not in code
        assert code.endswith("\n")
        assert inspect.getdoc(type("Doc", (), {"__doc__": code.split('"""')[1]})).startswith("Two views of a")
