"""Second views from other frames: of the same clip, near, drawn alike in every cell."""

import pytest
import torch

from ablation.augment.neighbours import Clips, Neighbours
from ablation.augment.order import shuffled
from ablation.grid.augmentations import Step
from ablation.grid.operations import Crop, Time

# Clips of 6, 1 and 3 frames, not side by side.
CLIPS = torch.tensor([4, 4, 9, 4, 7, 4, 9, 4, 9, 4])
FRAME = torch.tensor([0, 1, 0, 2, 0, 3, 1, 4, 2, 5])  # of each image in its clip


def neighbours(*steps, seed=0):
    return Neighbours.of(steps, CLIPS, seed)


def time(margin, name="time"):
    return Step(name, Time(margin=margin))


@pytest.mark.parametrize("margin", [1, 2, 9])
def test_every_frame_of_the_clip_within_the_margin_is_as_likely_but_the_image_itself(margin):
    rows = torch.arange(10).repeat(2000)
    drawn = neighbours(time(margin))(rows, step=3)
    for row in range(10):
        near = [
            other
            for other in range(10)
            if other != row and CLIPS[other] == CLIPS[row] and abs(FRAME[other] - FRAME[row]) <= margin
        ] or [row]
        found, counts = drawn[rows == row].unique(return_counts=True)
        assert found.tolist() == near
        assert (counts - 2000 / len(near)).abs().max() < 5 * 2000**0.5 / 2


def test_draws_depend_on_seed_step_and_name_and_not_on_the_other_steps():
    rows = torch.arange(10).repeat(20)
    plain = neighbours(time(4))(rows, 0)
    assert torch.equal(plain, neighbours(Step("crop", Crop()), time(4))(rows, 0))
    for other in (
        neighbours(time(4), seed=1)(rows, 0),
        neighbours(time(4))(rows, 1),
        neighbours(time(4, "later"))(rows, 0),
    ):
        assert not torch.equal(plain, other)


def test_two_steps_of_time_go_from_frame_to_frame():
    rows = torch.zeros(500, dtype=torch.int64)
    both = neighbours(time(1), time(2, "far"))
    assert FRAME[both(rows, 0)].unique().tolist() == [0, 2, 3]  # one on, then one or two either way
    assert both.margin == 3


def test_without_time_there_are_none_and_with_time_there_must_be_clips():
    assert Neighbours.of([Step("crop", Crop())], None, 0) is None
    with pytest.raises(ValueError, match="frames of clips"):
        Neighbours.of([time(1)], None, 0)


def test_frames_are_near_in_one_clip_only():
    near = Clips.of(CLIPS).near(torch.tensor([0, 1, 5, 2]), margin=2)
    assert near.tolist() == [
        [True, True, False, False],
        [True, True, True, False],
        [False, True, True, False],
        [False, False, False, True],
    ]


def test_frames_that_belong_together_follow_each_other_and_all_have_their_turn():
    clips, order = Clips.of(CLIPS), torch.Generator().manual_seed(0)
    seen = set()
    for _ in range(30):
        rows = shuffled(10, order, clips, together=2)
        assert len(rows) == clips.whole(2) == 8
        assert len(set(rows.tolist())) == 8
        assert all(CLIPS[a] == CLIPS[b] for a, b in rows.view(-1, 2).tolist())
        seen |= set(rows.tolist())
    assert seen == set(range(10)) - {4}, "a clip of one frame has no two"


def test_images_by_themselves_are_ordered_as_ever():
    one, other = (torch.Generator().manual_seed(5) for _ in range(2))
    assert torch.equal(shuffled(10, one, Clips.of(CLIPS)), torch.randperm(10, generator=other))
