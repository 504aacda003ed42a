"""Leak: known answers, and what each part of the images may be used for."""

import math

import pytest
import torch
from kornia.filters import sobel

from ablation.augment.views import TwoViews
from ablation.evaluate.histograms import joint
from ablation.grid.augmentations import Step
from ablation.grid.operations import Color, Crop
from ablation.grid.recipe import Views
from ablation.shortcut.leakage import _report, distance_top1, leak, separation
from ablation.shortcut.readers import Pairs, Reader, best, distance, fitted, learn

N = 32


def colorful(images, size=16, seed=0):
    """Noise of four colours, which and how much of each is an image's own."""
    draws = torch.Generator().manual_seed(seed)
    palette = torch.randint(0, 256, (images, 3, 4), generator=draws)
    shares = torch.rand(images, 3, generator=draws)
    which = (torch.rand(images, size * size, generator=draws)[..., None] > shares[:, None]).sum(dim=2)
    return palette.gather(2, which[:, None].expand(-1, 3, -1)).view(images, 3, size, size).to(torch.uint8)


def on_white(images, size=16, seed=0):
    """Squares of one colour, an image's own, on white."""
    draws = torch.Generator().manual_seed(seed)
    color = torch.randint(0, 256, (images, 3, 1, 1), generator=draws)
    mask = (torch.rand(images, 1, size // 4, size // 4, generator=draws) < 0.5).repeat_interleave(4, 2)
    return torch.where(mask.repeat_interleave(4, 3), color, 255).to(torch.uint8)


IMAGES = colorful(384)


def identical(pixels, step):
    return pixels / 255, pixels / 255


def unrelated(pixels, step):
    draws = torch.Generator().manual_seed(step)
    first, second = (colorful(len(pixels), seed=int(torch.randint(10**9, (), generator=draws))) for _ in "12")
    return first / 255, second / 255


def one_branch_sobel(pixels, step):
    return (sobel(pixels / 255, normalized=False) / 4).clamp(0, 1), pixels / 255


def batches(count, seed=0, n=N, d=8):
    return torch.nn.functional.normalize(
        torch.rand(count, n, d, generator=torch.Generator().manual_seed(seed)), dim=2
    )


def all_bits(pairs):
    """log2 N, less what the reader doubts that erred on none of so many validation pairs."""
    doubt = 1 / (pairs + 2)
    return math.log2(N) + math.log2(1 - doubt + doubt / N)


def test_identical_views_leak_log2_n_bits():
    for kind, found in leak(identical, IMAGES, N).items():
        assert math.isclose(found.bits, all_bits(pairs=2 * N), abs_tol=1e-6), kind
        assert found.top1 == found.separation == 1
        assert found.reader == "distance"


def test_unrelated_views_leak_nothing_within_error():
    for kind, found in leak(unrelated, IMAGES, N).items():
        assert abs(found.bits) < max(3 * found.bits_se, 0.01), kind
        assert abs(found.top1 - found.chance) < 3 * math.sqrt(found.chance / 128)  # 4 batches of 12
        assert abs(found.separation - 0.5) < 0.08  # its standard error is .026


def test_noise_alone_leaks_nothing_within_error():
    found = leak(lambda pixels, _: tuple(torch.rand(2, *pixels.shape)), IMAGES, N)
    for kind, one in found.items():
        assert abs(one.bits) < max(3 * one.bits_se, 0.01), kind


def test_the_critic_reads_one_branch_sobel_where_the_distance_is_at_chance():
    images = on_white(768)
    found = leak(one_branch_sobel, images, N, kinds=["joint"])["joint"]
    first, second = (joint(view) for view in one_branch_sobel(images, 0))
    assert distance_top1(first, second) < 0.01  # chance .0013
    assert found.reader == "critic"
    assert found.bits > 0.7  # 1.1 to 1.4 by the seed, standard error .14


def test_grays_leak_nothing_through_chroma():
    def gray(pixels, step):
        return (pixels.float().mean(dim=1, keepdim=True).expand(-1, 3, -1, -1) / 255,) * 2

    found = leak(gray, IMAGES, N)
    assert abs(found["chroma"].bits) < 1e-3
    assert found["chroma"].top1 == found["chroma"].chance
    assert found["chroma"].separation == 0.5
    assert found["intensity"].bits > 4


def test_color_distortion_closes_the_leak_of_crops():
    views = Views(branches="both")
    crop = TwoViews.build([Step("crop", Crop())], views, 16, seed=0)
    both = TwoViews.build([Step("crop", Crop()), Step("color", Color())], views, 16, seed=0)
    open_, closed = (leak(v, IMAGES, N, kinds=["chroma"])["chroma"] for v in (crop, both))
    assert open_.bits > closed.bits + 2
    assert open_.top1 > closed.top1


def test_the_same_seed_gives_the_same_leak_and_leaves_the_global_state_alone():
    crop = TwoViews.build([Step("crop", Crop())], Views(), 16, seed=0)
    state = torch.get_rng_state()
    assert leak(crop, IMAGES, N, seed=1) == leak(crop, IMAGES, N, seed=1)
    assert torch.equal(state, torch.get_rng_state())
    assert leak(crop, IMAGES, N, seed=1) != leak(crop, IMAGES, N, seed=2)


def test_the_order_of_the_images_does_not_matter():
    color = TwoViews.build([Step("color", Color())], Views(), 16, seed=0)
    one, other = (leak(color, x, N, kinds=["joint"])["joint"] for x in (IMAGES, IMAGES.flip(0)))
    assert abs(one.bits - other.bits) < 3 * math.hypot(one.bits_se, other.bits_se)
    crop = TwoViews.build([Step("crop", Crop())], Views(), 16, seed=0)
    first, second = (joint(view) for view in crop(IMAGES, 0))
    order = torch.randperm(len(IMAGES))
    assert distance_top1(first, second) == distance_top1(first[order], second[order])


def test_an_image_is_in_one_part_only_and_every_batch_has_n_images():
    seen = []

    def watched(pixels, step):
        seen.append((step, pixels[:, :, 0, 0].int()))
        return identical(pixels, step)

    marked = torch.arange(200, dtype=torch.uint8)[:, None, None, None].expand(200, 3, 8, 8)
    leak(watched, marked, 16, kinds=["joint"])
    assert [step for step, _ in seen] == list(range(len(seen)))
    once = torch.cat([pixels[:, 0] for _, pixels in seen[:12]])
    assert all(len(pixels) == 16 for _, pixels in seen)
    assert len(once.unique()) == len(once) == 192  # 200 // 16 batches
    again = torch.cat([pixels[:, 0] for _, pixels in seen[12:]])
    assert not set(once[6 * 16 :].tolist()) & set(again.tolist())  # 6 batches are learned from


def test_the_reader_is_chosen_on_validation_only():
    validation, test = Pairs(batches(2), batches(2)), Pairs(batches(3, seed=1), batches(3, seed=1))
    right, wrong = distance, lambda first, second: -distance(first, second)
    # "critic" is right on validation and wrong on test, which only test could tell
    turncoat = Reader("critic", lambda a, b: right(a, b) * (1 if len(a) == 2 else -1), 0.01)
    blind = Reader("distance", lambda a, b: 0 * distance(a, b), 1.0)
    found = _report([blind, turncoat], validation, test)
    assert found.reader == "critic"
    assert found.bits < 0 == found.top1
    assert _report([blind, Reader("critic", wrong, 0.01)], validation, test).reader == "distance"


def test_bits_are_not_clipped():
    pairs = Pairs(batches(3), batches(3))
    wrong = Reader("distance", lambda first, second: -distance(first, second), 0.1)
    assert _report([wrong], pairs, pairs).bits < -1


def test_equals_are_settled_for_the_first_reader():
    pairs = Pairs(batches(1), batches(1))
    readers = [Reader("distance", distance, 0.1), Reader("critic", distance, 0.1)]
    assert best(readers, pairs) is readers[0]


def test_the_fitted_temperature_is_the_best():
    noisy = batches(4) + 0.5 * batches(4, seed=1)
    pairs = Pairs(noisy, batches(4))
    reader = fitted("distance", distance, pairs)
    losses = {
        factor: float(Reader("distance", distance, reader.temperature * factor).losses(pairs).mean())
        for factor in (0.9, 1.0, 1.1)
    }
    assert min(losses, key=losses.get) == 1.0


def test_a_reader_that_never_erred_before_loses_little_by_its_first_error():
    clean, wrong = Pairs(batches(4), batches(4)), Pairs(batches(4, seed=1), batches(4, seed=1))
    wrong.first[0, 0] = wrong.first[0, 1]  # of 128 pairs one looks like another
    reader = fitted("distance", distance, clean)
    undoubting = Reader("distance", distance, reader.temperature)
    of_batches = math.log(N)
    assert of_batches - float(undoubting.losses(wrong).mean()) < 0
    assert (
        of_batches - float(reader.losses(wrong).mean()) > of_batches - 0.11
    )  # ln(130 N) / 128, and the doubt


def test_a_critic_without_anything_to_learn_says_nothing():
    train, validation, test = (Pairs(batches(k, seed=k), batches(k, seed=k + 9)) for k in (4, 3, 5))
    reader = fitted("critic", learn(train, validation, seed=0), validation)
    assert math.isclose(float(reader.losses(test).mean()), math.log(N), abs_tol=0.03)


def test_separation_is_a_half_without_relation_and_counts_equals_half():
    assert abs(separation(batches(20), batches(20, seed=1)) - 0.5) < 0.04  # standard error .011
    assert separation(torch.ones(2, 4, 3), torch.ones(2, 4, 3)) == 0.5


def test_separation_by_hand():
    near = torch.tensor([[0.0], [1.0]])
    assert separation(near[None], torch.tensor([[[0.2], [1.3]]])) == 1  # own .2 and .3, others' 1.3 and .8
    assert separation(near[None], torch.tensor([[[0.9], [1.0]]])) == 0.75  # own .9 and 0, others' 1 and .1


@pytest.mark.parametrize(("images", "candidates"), [(95, 32), (10, 1), (0, 4)])
def test_too_few_images_for_three_batches_say_what_is_needed(images, candidates):
    with pytest.raises(ValueError, match=r"but there are only (95|0)|must be 2 or more"):
        leak(identical, IMAGES[:images], candidates)


@pytest.mark.parametrize("wrong", [lambda x: x - 0.5, lambda x: x / 0, lambda x: x[:, :1]])
def test_views_that_are_no_rgb_images_in_0_to_1_are_told(wrong):
    with pytest.raises(ValueError, match="before normalisation"):
        leak(lambda pixels, _: (pixels / 255, wrong(pixels / 255)), IMAGES, N)


def test_three_batches_are_enough():
    found = leak(identical, IMAGES[:96], 32, kinds=["joint"])["joint"]
    assert (found.candidates, found.chance) == (32, 1 / 32)
    assert math.isclose(found.bits, all_bits(pairs=N), abs_tol=1e-6)
