"""torch's optimisers without torch's compiler: the same steps, to the bit, and the compiler stays away."""

import subprocess
import sys

import pytest
import torch

from ablation.pretrain import uncompiled

X = torch.randn(64, 8, generator=torch.Generator().manual_seed(0))


def loss_of(w):
    return (X @ w - X.sum(dim=1)).cosh().log().mean()


def steps(kind, **settings):
    w = torch.zeros(8, requires_grad=True)
    optimizer = kind([{"params": [w]}], **settings)
    for _ in range(5):
        optimizer.zero_grad()
        loss_of(w).backward()
        optimizer.step()
    return w.detach()


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("AdamW", {"lr": 0.01, "weight_decay": 0.1, "fused": True}),
        ("Adam", {"lr": 0.01, "fused": True}),
        ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True, "fused": True}),
    ],
)
def test_steps_are_torchs_to_the_bit(name, settings):
    ours, theirs = (steps(getattr(home, name), **settings) for home in (uncompiled, torch.optim))
    assert ours.any()
    assert torch.equal(ours, theirs)


def test_lbfgs_ends_where_torchs_does_to_the_bit():
    def solution(kind):
        w = torch.zeros(8, requires_grad=True)
        solver = kind([w], line_search_fn="strong_wolfe")

        def closure():
            solver.zero_grad()
            loss = loss_of(w)
            loss.backward()
            return loss

        solver.step(closure)
        return w.detach()

    assert torch.equal(solution(uncompiled.LBFGS), solution(torch.optim.LBFGS))
    assert torch.allclose(solution(uncompiled.LBFGS), torch.ones(8), atol=1e-3)


JOB = """
import sys
from pathlib import Path
from tempfile import mkdtemp
from ablation.data.prepare import prepare
from ablation.experiment import run_cell
from ablation.grid.cells import cells
from ablation.grid.file.load import load_grid
from tests.tiny import TINY
path = Path(mkdtemp()) / "tiny.toml"
for optimizer, solver in (("adamw", "lbfgs"), ("sgd", "sgd"), ("lars", "lbfgs")):
    path.write_text(TINY + f'epochs = 1\\n[evaluate]\\nsolver = "{solver}"\\n')
    grid = load_grid(path, [f"pretrain.optimizer={optimizer}"]).grid
    cell = next(cell for cell in cells(grid, "shapes-1") if cell.kind == "pair")
    assert run_cell(cell, prepare(grid.data, "shapes-1")).record.scores
    assert "torch._dynamo" not in sys.modules, optimizer
"""


def test_no_job_imports_the_compiler():
    done = subprocess.run([sys.executable, "-c", JOB], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
