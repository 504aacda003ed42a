"""A grid run on a cluster of this machine, with a cheap experiment or with the real one."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ablation.grid.file.load import load_grid
from ablation.runner.backends import Asked
from ablation.runner.launch import launch
from tests.tiny import TINY
from tests.undrawn import draw_nothing

TESTS = Path(__file__).parents[1]
GRID = '\nbaselines = ["raw-pixels", "random-init"]' + TINY


def _nothing(_record):
    pass


class Heard:
    """What a run said; calls `on_record` with each record."""

    def __init__(self, on_record=_nothing):
        self.records, self.sentences, self.on_record = [], [], on_record

    def start(self, *_):
        pass

    def record(self, record, _tally):
        self.records.append(record)
        self.on_record(record)

    def tell(self, *_):
        pass

    def say(self, sentence):
        self.sentences.append(sentence)

    def end(self, _ending):
        pass


@contextmanager
def local_cluster(**options) -> Iterator[str]:
    """Start a cluster and yield it; a worker process finds the modules of the tests."""
    distributed = pytest.importorskip("distributed", reason='needs pip install ".[dask]"')
    dask = pytest.importorskip("dask")
    quiet = {"distributed.scheduler.allowed-failures": 1, "distributed.comm.timeouts.connect": "20s"}
    with pytest.MonkeyPatch.context() as patch, dask.config.set(quiet):
        patch.syspath_prepend(TESTS)
        with distributed.LocalCluster(
            protocol="tcp://", host="127.0.0.1", dashboard_address=":0", silence_logs="CRITICAL", **options
        ) as cluster:
            yield cluster


@contextmanager
def local_ray(nodes=2, **options) -> Iterator[Any]:
    """Start a cluster of nodes with one CPU each, and yield it; its workers find the modules of the tests."""
    pytest.importorskip("ray", reason='needs pip install ".[ray]"')
    from ray.cluster_utils import Cluster

    sizes = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False, **options}
    handler = signal.getsignal(signal.SIGTERM)  # Ray's own would stay
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(prefix="ray-") as folder:
        patch.syspath_prepend(TESTS)
        patch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, sys.path)))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Cluster(initialize_head=True, head_node_args=sizes | {"temp_dir": folder})
        try:
            for _ in range(nodes - 1):
                cluster.add_node(**sizes)
            yield cluster
        finally:
            cluster.shutdown()
            signal.signal(signal.SIGTERM, handler)


def run_on(address, folder, *overrides, on_record=_nothing, cells="cells", **options):
    """Run the tiny grid in a folder on a cluster, or here where there is no address; draws nothing."""
    grid = folder / "tiny.toml"
    grid.write_text(GRID)
    heard = Heard(on_record)
    experiment = {"experiment": options.pop("experiment")} if "experiment" in options else {}
    backend = "processes" if address is None else "dask" if "://" in address else "ray"
    asked = Asked(device="cpu", backend=backend, address=address, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "ablation.report.write", SimpleNamespace(write_report=draw_nothing))
        heard.ending = launch(load_grid(grid, overrides), folder / cells, heard, asked, **experiment)
    return heard


def cheap_on(address, folder, *overrides, on_record=_nothing, options=(), **behaviour):
    """Run the tiny grid with cells that cost nothing and behave as told."""
    from fake_experiments import cheap

    log = (folder / "log").absolute()
    log.mkdir(exist_ok=True)
    experiment = partial(cheap, log=log, **behaviour)
    return run_on(address, folder, *overrides, on_record=on_record, experiment=experiment, **dict(options))


def started(folder):
    """The labels of the cells that were started, and in which processes."""
    lines = (folder / "log" / "started").read_text().splitlines()
    return [(label, int(process)) for label, process, *_ in (line.split("|") for line in lines)]


def numbers(folder):
    """What cells left behind, by file; records without times and places."""
    found = {}
    for file in sorted(folder.glob("cells/*")):
        if file.suffix == ".safetensors":
            found[file.name] = _tensors(file)
        if file.suffix == ".npz":
            found[file.name] = file.read_bytes()
        if file.suffix != ".json":
            continue
        record = json.loads(file.read_text())
        for key in ("seconds", "peak_memory", "checksum"):
            del record[key]
        for epoch in record["epochs"]:
            del epoch["images_per_second"]
        found[file.name] = record
    return found


def runs_as_locally(address, folder):
    """Assert that cells on a cluster's workers, which see no file of ours, come out as in a local run."""
    # Two seeds, so that each worker has several cells.
    heard = cheap_on(address, Path(), "seeds=[0,1]", weights=True, seconds=0.02)
    assert heard.ending.tally.done == 11
    assert os.getpid() not in {process for _, process in started(Path())}

    local = folder / "local"
    local.mkdir()
    cheap_on(None, local, "seeds=[0,1]", weights=True, options={"workers": 1})
    assert numbers(Path("cells")) == numbers(local / "cells")


def gives_up_after(workers, address, folder):
    """Assert that a cell which ends each worker that gets it fails after so many; return what was said."""
    heard = cheap_on(address, folder, kills={"crop": 99})
    [(cell, record)] = heard.ending.tally.failed
    assert cell.label == "crop"
    assert record.error.type == "WorkerKilledError"
    assert f"{workers} workers of the cluster died while running this job" in record.error.message
    assert heard.ending.tally.done == 5
    assert [label for label, _ in started(folder)].count("crop") == workers
    return heard.sentences


def _tensors(file):
    try:  # the keys of the header come in any order
        return {name: value.tobytes() for name, value in sorted(load_file(file).items())}
    except SafetensorError:
        return file.read_bytes()  # of the cheap experiment
