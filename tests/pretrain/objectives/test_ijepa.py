"""I-JEPA against its paper, written out slowly; its blocks, its teacher, and what shows a collapse."""

from copy import deepcopy

import pytest
import torch

from ablation.augment.views import TwoViews
from ablation.grid.objectives import IJEPA
from ablation.grid.recipe import Pretrain, Views
from ablation.pretrain.batches import Batch
from ablation.pretrain.loop import pretrain
from ablation.pretrain.network import initial
from ablation.pretrain.objectives import build_objective
from ablation.pretrain.objectives.ijepa import draw_blocks
from ablation.pretrain.vit import positions
from ablation.seeds import generator

CPU = torch.device("cpu")
N = 4


def job(**settings):
    return Pretrain(
        encoder="vit-micro", objective="i-jepa", width=8, **{"epochs": 2, "batch_size": 16, **settings}
    )


def prepared(size=16, **settings):
    """A network and its objective in double precision, and a batch of one view."""
    net = initial(job(**settings), 0, CPU)
    objective = build_objective(job(**settings), net, 0)
    x = torch.randn(N, 3, size, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return net.double().train(), objective.double().train(), Batch(x, views=1, step=3)


def slow(net, objective, batch):
    side = batch.x.shape[-1] // 4
    blocks = draw_blocks(N, side, objective.chosen, generator(objective.seed, batch.step))
    predictor, total, count = objective.predictor, 0.0, 0
    places = positions(side, side, predictor.width, batch.x)
    for image, seen, targets in zip(batch.x, blocks.context, blocks.targets, strict=True):
        whole = objective.teacher.tokens(image[None])[0].detach()
        context = net.encoder.tokens(image[None], seen[None])[0]
        for block in targets:  # each by itself, as in the paper
            asked = predictor.asked[0] + places[block]
            tokens = torch.cat([predictor.narrowed(context) + places[seen], asked])
            for one in predictor.blocks:
                tokens = one(tokens[None])[0]
            predicted = predictor.widened(predictor.normalized(tokens[len(seen) :]))
            for y, place in zip(predicted, block, strict=True):
                target = whole[place]
                target = (target - target.mean()) / (target.var(correction=0) + 1e-5).sqrt()
                for difference in (y - target).abs():
                    total = total + (difference**2 / 2 if difference < 1 else difference - 0.5)
                    count += 1
    return total / count


def test_loss_and_gradient_equal_the_slow_version():
    net, objective, batch = prepared()
    reference = [deepcopy(module) for module in (net, objective)]
    ours, theirs = objective(net, batch).value, slow(*reference, batch)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    ours.backward()
    theirs.backward()
    for mine, its in zip(
        (net.encoder, objective.predictor), (reference[0].encoder, reference[1].predictor), strict=True
    ):
        for a, b in zip(mine.parameters(), its.parameters(), strict=True):
            assert torch.allclose(a.grad, b.grad, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("side", [3, 4, 8, 14])
def test_targets_are_blocks_of_their_scale_and_the_context_shows_none_of_them(side):
    settings = IJEPA()
    for step in range(20):
        blocks = draw_blocks(16, side, settings, generator("blocks", step))
        for seen, targets in zip(blocks.context, blocks.targets, strict=True):
            assert len(targets) == settings.targets
            assert len(seen) == len(seen.unique()) > 0
            assert not set(seen.tolist()) & set(targets.flatten().tolist())
            for block in targets:
                rows, columns = (block // side).unique(), (block % side).unique()
                assert len(rows) * len(columns) == len(block)  # a rectangle without holes
                assert rows.max() - rows.min() + 1 == len(rows)
                assert columns.max() - columns.min() + 1 == len(columns)


def test_blocks_have_the_papers_scale_and_aspect_on_average():
    side = 56  # fine enough for rounding to matter little
    areas, aspects = [], []
    for step in range(200):
        block = draw_blocks(1, side, IJEPA(), generator("blocks", step)).targets[0, 0]
        height, width = len((block // side).unique()), len((block % side).unique())
        areas.append(height * width / side**2)
        aspects.append(height / width)
    assert 0.14 < min(areas) < 0.16 < 0.19 < max(areas) < 0.21
    assert 0.7 < min(aspects) < 0.85 < 1.4 < max(aspects) < 1.6


def test_blocks_are_drawn_from_seed_and_step():
    net, objective, batch = prepared()
    again = objective(net, batch).value
    later = objective(net, Batch(batch.x, views=1, step=4)).value
    assert objective(net, batch).value == again != later


def test_only_the_first_view_is_looked_at():
    net, objective, batch = prepared()
    two = Batch(torch.cat([batch.x, torch.full_like(batch.x, 9.0)]), views=2, step=batch.step)
    assert objective(net, two).value == objective(net, batch).value


def test_the_teacher_follows_and_gets_no_gradient():
    net, objective, batch = prepared(momentum=0.75, momentum_schedule="constant")
    start = [p.clone() for p in objective.teacher.parameters()]
    objective(net, batch).value.backward()
    assert all(p.grad is None for p in objective.teacher.parameters())
    with torch.no_grad():
        for p in net.parameters():
            p.add_(1.0)
    objective.after_step(net, done=0.5)
    for now, old in zip(objective.teacher.parameters(), start, strict=True):
        assert torch.allclose(now, old + 0.25)


def test_a_prediction_of_what_is_usual_at_a_place_measures_1():
    net, objective, batch = prepared()
    same = Batch(batch.x[:1].expand(N, -1, -1, -1), views=1)
    measures = objective(net, same).measures
    assert measures["target_spread"] == pytest.approx(0, abs=1e-6)  # no image differs from another
    tokens = torch.nn.functional.layer_norm(objective.teacher.tokens(batch.x), (32,))
    usual = tokens.mean(dim=0)
    blocks = draw_blocks(N, 4, objective.chosen, generator(objective.seed, batch.step))

    class Usual(torch.nn.Module):
        width = 32

        def forward(self, context, places, seen, asked):
            return usual[asked]

    objective.predictor = Usual()
    assert blocks.targets.shape[0] == N
    assert objective(net, batch).measures["of_constant"] == pytest.approx(1.0)


def test_tokens_that_are_the_same_for_all_images_are_a_collapse(data):
    views = TwoViews.build([], Views(), 16, 0)
    net = initial(job(), 0, CPU)
    trained = pretrain(net, data, views, job(), 0)
    assert trained.outcome == "ok"
    epoch = trained.epochs[-1].model_copy(update={"measures": {"target_spread": 0.01}})
    assert build_objective(job(), net, 0).collapsed(epoch)
