"""Two gloo processes: loss, gradient and all that is kept are those of one process with the whole batch.

Run as a script, this file is one of the two.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import nn

from ablation.errors import DeviceError
from ablation.grid.recipe import OBJECTIVES, Pretrain
from ablation.pretrain.batches import Batch
from ablation.pretrain.network import initial
from ablation.pretrain.objectives import build_objective
from ablation.pretrain.optimizers import build_optimizer
from ablation.pretrain.ranks import SharedNorm, average_gradients, divided, gathered
from ablation.pretrain.supervised import CrossEntropy

CPU = torch.device("cpu")
N, CLASSES = 16, 3
JOBS = {
    **{name: {"objective": name, "projection": 10} for name in OBJECTIVES if name != "i-jepa"},
    "i-jepa": {"objective": "i-jepa", "encoder": "vit-micro"},
    "dino, small crops": {"objective": "dino", "projection": 10, "local_crops": 3, "local_size": 8},
    "byol, vit": {"objective": "byol", "projection": 10, "encoder": "vit-micro"},
    "nt-xent, resnet18": {"objective": "nt-xent", "projection": 10, "encoder": "resnet18", "stem": "cifar"},
    "moco, small queue": {"objective": "moco", "projection": 10, "queue": 24},
}
SINGLE = ("nt-xent", "moco", "byol", "vicreg", "barlow-twins")


def two_steps(name, ranks, dtype=torch.float64):
    """Train two steps; return the losses, the first gradients, and all that is left."""
    settings = Pretrain(**JOBS[name], width=8, batch_size=N)
    net = initial(settings, 0, CPU).to(dtype).train()
    through = divided(net, ranks)
    objective = (
        CrossEntropy(net.dimension, CLASSES)
        if name == "supervised"
        else build_objective(settings, through, 0)
    )
    if name == "supervised":
        nn.init.normal_(objective.classifier.weight, generator=torch.Generator().manual_seed(0))
        nn.init.zeros_(objective.classifier.bias)
    objective.to(dtype).train()
    optimizer = build_optimizer([through, objective], settings)
    draws = torch.Generator().manual_seed(1)
    losses, gradients = [], []
    for step in range(2):
        x = torch.randn(2 * N, 3, 16, 16, dtype=dtype, generator=draws)
        labels = torch.arange(N) % CLASSES
        batch = Batch(x[:N], 1, labels) if name == "supervised" else Batch(x, 2, step=step)
        loss = objective(through, batch).value
        optimizer.zero_grad()
        loss.backward()
        if ranks > 1:
            average_gradients([through, objective])
        if step == 0:
            trained = [*net.parameters(), *(p for p in objective.parameters() if p.requires_grad)]
            gradients = [p.grad.clone() for p in trained if p.grad is not None]
        optimizer.step()
        objective.after_step(through, done=(step + 1) / 2)
        losses.append(loss.detach())
    kept = [*net.state_dict().values(), *objective.state_dict().values()]
    return {"losses": losses, "gradients": gradients, "kept": [one.double() for one in kept]}


def norms(rank):
    """Pass unlike parts through a shared norm; return everything that batch norm has."""
    found = {}
    for shape in ((6, 4), (6, 4, 3, 3)):
        x = torch.randn(shape, generator=torch.Generator().manual_seed(2)).mul(3).add(5).double()
        weights = torch.randn(shape, generator=torch.Generator().manual_seed(3)).double()
        for ranks in (1, 2):
            norm = (nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d)(4).double()
            nn.init.uniform_(norm.weight, generator=torch.Generator().manual_seed(4))
            part = x.clone().requires_grad_()
            y = norm(part) if ranks == 1 else gathered(SharedNorm(norm)(part.chunk(2)[rank]))
            (y * weights).sum().backward()
            if ranks == 2:
                average_gradients([norm])
                dist.all_reduce(part.grad)
                part.grad /= 2
            found[len(shape), ranks] = [
                y.detach(),
                part.grad,
                norm.weight.grad,
                norm.bias.grad,
                *norm.buffers(),
            ]
    return found


def main(rank, folder):
    torch.set_num_threads(1)
    store = dist.FileStore(f"{folder}/store", 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    found = {
        "jobs": {name: two_steps(name, 2) for name in JOBS},
        "in float32": {name: two_steps(name, 2, torch.float32) for name in SINGLE},
        "norms": norms(rank),
    }
    torch.save(found, f"{folder}/{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def ranks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"}
    both = [
        subprocess.Popen([sys.executable, __file__, str(rank), str(folder)], env=environment)
        for rank in range(2)
    ]
    try:
        assert [one.wait(timeout=240) for one in both] == [0, 0]
    finally:
        for one in both:
            one.kill()
            one.wait()
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


def assert_near(ours, theirs):
    """Compare tensors, where gradients that cancel are as small as the rounding of the others."""
    largest = max(float(one.abs().max()) for one in theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, rtol=1e-5, atol=1e-7 * largest)


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_loss_gradient_and_all_that_is_kept_are_those_of_one_process(ranks, name):
    ours, theirs = ranks[0]["jobs"][name], two_steps(name, 1)
    assert_near(ours["losses"], theirs["losses"])
    assert len(ours["gradients"]) > 10
    assert_near(ours["gradients"], theirs["gradients"])
    assert_near(ours["kept"], theirs["kept"])


@pytest.mark.slow
@pytest.mark.parametrize("name", SINGLE)
def test_in_float32_loss_and_gradient_are_within_rounding(ranks, name):
    ours, theirs = ranks[0]["in float32"][name], two_steps(name, 1, torch.float32)
    assert float(ours["losses"][0]) == pytest.approx(float(theirs["losses"][0]), rel=1e-5)
    largest = max(float(one.abs().max()) for one in theirs["gradients"])
    for one, other in zip(ours["gradients"], theirs["gradients"], strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-5 * largest)


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_weights_teachers_and_queues_are_the_same_bits_on_all_ranks(ranks, name):
    one, other = (rank["jobs"][name]["kept"] for rank in ranks)
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("dimensions", [2, 4])
def test_a_shared_norm_is_batch_norm_of_all_rows(ranks, dimensions):
    found = ranks[1]["norms"]
    for ours, theirs in zip(found[dimensions, 2], found[dimensions, 1], strict=True):
        assert torch.allclose(ours.double(), theirs.double())


def test_without_the_processes_it_asks_for_a_network_is_not_divided():
    net = initial(Pretrain(width=8), 0, CPU)
    with pytest.raises(DeviceError, match="torchrun --nproc-per-node 2"):
        divided(net, 2)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
