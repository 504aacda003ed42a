"""A grid run on a cluster of this machine, with a cheap experiment or with the real one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from ablation.grid.file.load import load_grid
from ablation.report.files import FILES
from ablation.runner.backends import Asked
from ablation.runner.launch import launch
from tests.tiny import TINY

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


def run_on(address, folder, *overrides, on_record=_nothing, cells="cells", **options):
    """Run the tiny grid in a folder on a cluster, or here where there is no address; draws nothing."""
    grid = folder / "tiny.toml"
    grid.write_text(GRID)
    heard = Heard(on_record)
    experiment = {"experiment": options.pop("experiment")} if "experiment" in options else {}
    backend = {} if address is None else {"backend": "dask", "address": address}
    asked = Asked(device="cpu", **backend, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "ablation.report.write", SimpleNamespace(write_report=_draw_nothing))
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


def _draw_nothing(folder, **_):  # the real one imports seaborn, which takes seconds
    for name in FILES:
        (folder / name).write_bytes(b"")
