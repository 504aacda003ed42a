"""A small grid under torchrun: the numbers of one process, and a job that fails on one rank only."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ablation.errors import ClusterError, DeviceError
from ablation.grid.models import Grid
from ablation.runner import ranks as module
from ablation.runner.checks import check_world_size
from ablation.runner.ranks import Rank, launched, refuse_other_places

ROOT = Path(__file__).parents[2]
GRID = """
data = { source = "shapes", train = 100, test = 40, size = 16 }
baselines = ["raw-pixels", "random-init", "supervised"]
pairs = []
evaluate = { regularization = [0.1] }
[augmentations]
crop = {}
broken = { python = "operations:BrokenOnOneRank" }
color = { strength = 0.5 }
[pretrain]
width = 8
epochs = 2
batch_size = 32
"""
OPERATIONS = """
import os
from torch import nn

class BrokenOnOneRank(nn.Module):
    def forward(self, x):
        if len(x) == 32 and os.environ.get("RANK") == "1":
            raise ValueError("not here")
        return x
"""


def ran(folder, out, *launcher):
    command = [
        sys.executable,
        *launcher,
        "-m",
        "ablation",
        "run",
        "grid.toml",
        "--out",
        out,
        "--device",
        "cpu",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def rows(folder):
    found = []
    for table in ("cells.csv", "baselines.csv"):
        with (folder / table).open() as file:
            found += csv.DictReader(file)
    return {row.get("first") or row["kind"]: row for row in found}


@pytest.mark.slow
def test_a_run_under_torchrun_has_the_numbers_of_one_process_and_survives_a_rank_that_fails(tmp_path):
    (tmp_path / "grid.toml").write_text(GRID)
    (tmp_path / "operations.py").write_text(OPERATIONS)
    alone = ran(tmp_path, "alone")
    assert alone.returncode == 0, alone.stderr
    shared = ran(tmp_path, "shared", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    assert "each job is trained by 2 processes together" in shared.stdout
    assert "OtherRankError: rank 1: ValueError: not here" in shared.stdout
    ours, theirs = rows(tmp_path / "shared"), rows(tmp_path / "alone")
    assert ours.keys() == theirs.keys()
    assert ours.pop("broken")["outcome"] == "failed"
    for name, row in ours.items():
        # Of a job that trains, rounding is another; what needs no training keeps its id.
        assert (row["id"] == theirs[name]["id"]) == (name in ("random-init", "raw-pixels"))
        for column, value in row.items():
            if column != "id":
                assert near(value, theirs[name][column]), (name, column)


def near(one, other):
    try:
        return float(one) == pytest.approx(float(other), rel=1e-3, abs=1e-3)
    except ValueError:
        return one == other


def test_without_torchrun_there_are_no_ranks(monkeypatch):
    assert launched() is None
    numbers = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}
    for name, value in (numbers | {"TORCHELASTIC_RUN_ID": "none"}).items():
        monkeypatch.setenv(name, value)
    assert launched() == Rank(rank=3, size=4, local=1, here=2)
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert launched() is None


def test_each_rank_has_a_device_of_its_own(monkeypatch):
    monkeypatch.setattr(module, "devices", lambda _: ("cuda:0", "cuda:1"))
    assert [Rank(rank, 4, rank % 2, 2).device("auto") for rank in range(4)] == ["cuda:0", "cuda:1"] * 2
    with pytest.raises(DeviceError, match="2 CUDA devices for 3 processes"):
        Rank(0, 3, 0, 3).device("auto")


@pytest.mark.parametrize(
    ("places", "told"),
    [
        (("dask", "tcp://host:8786", None, 1), "--backend dask, --address tcp://host:8786: "),
        (("processes", None, 2, 1), "--workers 2: "),
        (("processes", None, None, 3), "--jobs-per-device 3: "),
    ],
)
def test_jobs_side_by_side_or_elsewhere_are_refused(places, told):
    with pytest.raises(ClusterError, match=told) as refused:
        refuse_other_places(Rank(0, 2, 0, 2), *places)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("wanted", "present"), [(2, 1), (1, 2), (4, 2)])
def test_a_grid_for_another_number_of_processes_is_refused(wanted, present):
    grid = Grid.model_validate(
        {
            "data": {"source": "shapes"},
            "augmentations": {"crop": {}},
            "pretrain": {"world_size": wanted},
        }
    )
    check_world_size(grid, wanted)
    with pytest.raises(DeviceError, match=f"torchrun --nproc-per-node {wanted} "):
        check_world_size(grid, present)
