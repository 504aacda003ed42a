"""Batches of frames: second views of other frames, and what is no negative."""

import pytest
import torch

from ablation.augment.neighbours import Neighbours
from ablation.augment.views import TwoViews
from ablation.data.device import Normalize
from ablation.grid.augmentations import Step
from ablation.grid.operations import Time
from ablation.grid.recipe import Pretrain, Views
from ablation.pretrain.batches import Batch, Frames, Stills, ViewBatches, pool_of
from ablation.pretrain.network import initial
from ablation.pretrain.objectives import build_objective
from ablation.pretrain.objectives.measures import similarities

CPU = torch.device("cpu")
CLIPS = torch.arange(24) // 6
PIXELS = torch.randint(0, 256, (24, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
STEP = Step("time", Time(margin=2))
NEIGHBOURS = Neighbours.of([STEP], CLIPS, seed=0)
ROWS = torch.tensor([0, 1, 5, 8, 20, 12])
PAIRWISE = ["nt-xent", "dcl", "debiased", "hard-negatives", "nt-logistic", "triplet"]


def test_the_second_view_is_of_the_neighbour():
    normalize = Normalize.of(PIXELS)
    batches = ViewBatches(pool_of(PIXELS, NEIGHBOURS), TwoViews.build([STEP], Views(), 16, 0), normalize)
    batch = batches(ROWS, step=4)
    others = NEIGHBOURS(ROWS, 4)
    assert not (others == ROWS).any()
    assert torch.equal(batch.x, normalize(PIXELS[ROWS] / 255, PIXELS[others] / 255))
    assert isinstance(pool_of(PIXELS, None), Stills)
    still = ViewBatches(Stills(PIXELS), batches.views, normalize)(ROWS, step=4)
    assert torch.equal(*still.by_view)
    assert still.near is None


def test_frames_as_near_as_partners_can_be_are_no_negatives():
    near = Frames(PIXELS, NEIGHBOURS).near(ROWS, step=4)
    frames = [*ROWS.tolist(), *NEIGHBOURS(ROWS, 4).tolist()]
    for i, one in enumerate(frames):
        for j, other in enumerate(frames):
            partner_or_self = (i - j) % len(ROWS) == 0
            expected = not partner_or_self and one // 6 == other // 6 and abs(one - other) <= 2
            assert bool(near[i, j]) == expected


@pytest.mark.parametrize(
    "chosen",
    [
        *({"objective": name} for name in PAIRWISE),
        *({"objective": name, "semi_hard": True} for name in ("nt-logistic", "triplet")),
    ],
)
def test_a_loss_and_its_gradient_do_not_depend_on_what_is_no_negative(chosen):
    job = Pretrain(width=8, projection=10, batch_size=16, **chosen)
    objective = build_objective(job, initial(job, 0, CPU), 0)
    z = torch.randn(12, 10, generator=torch.Generator().manual_seed(1))
    near = torch.zeros(12, 12, dtype=torch.bool)
    near[0, [2, 3]] = True

    def loss(row_two):
        moved = z.clone()
        moved[2], moved[3] = row_two, row_two
        moved.requires_grad_()
        rows = objective._of_rows(torch.nn.functional.normalize(moved, dim=1), 0, 1, near)[0]
        rows.backward()
        return rows.item(), moved.grad[[2, 3]]

    first, gradient = loss(z[0])
    second, _ = loss(-z[0])
    assert first == pytest.approx(second)
    assert torch.equal(gradient, torch.zeros(2, 10))


@pytest.mark.parametrize("name", PAIRWISE)
def test_in_blocks_the_same_are_no_negatives(name, monkeypatch):
    monkeypatch.setattr("ablation.pretrain.objectives.pairwise.ROWS", 5)
    near = Frames(PIXELS, NEIGHBOURS).near(ROWS, step=4)
    x = torch.randn(12, 3, 16, 16, generator=torch.Generator().manual_seed(1))

    def value(chunk, near):
        job = Pretrain(objective=name, width=8, projection=10, batch_size=6, chunk=chunk)
        net = initial(job, 0, CPU).eval()
        return build_objective(job, net, 0)(net, Batch(x, views=2, near=near)).value.item()

    assert value(4, near) == pytest.approx(value(None, near), rel=1e-5)
    assert value(None, near) != pytest.approx(value(None, None), rel=1e-3)


def test_nt_xent_without_them_is_the_plain_loss_of_the_others():
    job = Pretrain(width=8, projection=10, batch_size=6)
    net = initial(job, 0, CPU).eval()
    x = torch.randn(12, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    near = Frames(PIXELS, NEIGHBOURS).near(ROWS, step=4)
    _, z = net(x)
    similar = similarities(*z.chunk(2)).exp() ** (1 / 0.2)
    losses = [
        -(similar[i, (i + 6) % 12] / sum(similar[i, j] for j in range(12) if not near[i, j])).log()
        for i in range(12)
    ]
    found = build_objective(job, net, 0)(net, Batch(x, views=2, near=near)).value
    assert found.item() == pytest.approx(torch.stack(losses).mean().item(), rel=1e-5)
