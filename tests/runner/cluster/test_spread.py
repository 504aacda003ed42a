import os
import signal
import time
from functools import partial

import pytest

from ablation.errors import ClusterError
from ablation.grid import cells as cells_module
from ablation.results.stored.paths import RACE
from ablation.runner.cluster import images as shipment
from ablation.runner.cluster.task import Task
from tests.runner.clusters import (
    cheap_on,
    gives_up_after,
    local_cluster,
    numbers,
    run_on,
    runs_as_locally,
    started,
)


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """The address of a cluster of two worker processes, with a cache and a working folder of their own."""
    folder = tmp_path_factory.mktemp("workers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ABLATION_CACHE", str(folder / "cache"))
        patch.chdir(folder)
        context = local_cluster(n_workers=2, threads_per_worker=1, processes=True)
        cluster = context.__enter__()
    try:
        yield cluster.scheduler_address
    finally:
        context.__exit__(None, None, None)


@pytest.fixture
def one_worker():
    """A cluster of one worker, in this process."""
    with local_cluster(n_workers=1, threads_per_worker=1, processes=False) as cluster:
        yield cluster


def test_workers_that_see_no_file_of_ours_give_what_a_local_run_gives(processes, tmp_path, monkeypatch):
    # Relative paths mean other folders to the workers: what they need is sent, and what they find is
    # written here.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ABLATION_CACHE", "cache")
    called = []

    def send(images, call, go_on):
        shipment.send(images, lambda *given: (called.append(given[0].__name__), call(*given))[1], go_on)

    monkeypatch.setattr("ablation.runner.cluster.spread.send", send)
    runs_as_locally(processes, tmp_path)
    assert called.count("accept") == 1, "once, as the two share a cache"


def test_a_cell_that_ends_every_worker_is_given_up_and_the_others_go_on(processes, tmp_path):
    said = gives_up_after(2, processes, tmp_path)
    assert any("was lost; its job will run on another" in sentence for sentence in said)


def test_a_cluster_of_one_worker_runs_the_cells_there_one_by_one(one_worker, tmp_path):
    heard = cheap_on(one_worker.scheduler_address, tmp_path, fails=["crop"])
    assert heard.ending.tally.done == 5
    [(cell, record)] = heard.ending.tally.failed
    assert (cell.label, record.error.type, record.notes) == ("crop", "ValueError", ("a note",))
    order = ["raw-pixels", "random-init", "crop", "crop → color", "color → crop", "color"]
    assert [label for label, _ in started(tmp_path)] == order


def test_a_race_runs_the_same_rungs_on_a_cluster_as_here(one_worker, tmp_path):
    from fake_experiments import curve

    states = []
    for address in (one_worker.scheduler_address, None):
        folder = tmp_path / str(address is None)
        folder.mkdir()
        experiment = partial(curve, log=folder)
        rungs = ("seeds=[0,1,2]", "pretrain.epochs=16", "race.epochs=[1,4]", "race.share=0.9")
        heard = run_on(address, folder, *rungs, experiment=experiment, workers=2)
        assert heard.ending.stopped is None
        states.append((folder / "cells" / RACE).read_bytes())
    assert states[0] == states[1]


def test_no_cell_is_started_after_the_budget(one_worker, tmp_path):
    # More cells in flight than workers: those that wait at the cluster are not started either.
    options = {"budget": 1.0, "workers": 4}
    heard = cheap_on(one_worker.scheduler_address, tmp_path, seconds=0.4, options=options)
    assert heard.ending.stopped == "budget"
    assert 1 <= len(heard.records) == len(started(tmp_path)) < 6


def test_ctrl_c_keeps_what_is_done_and_leaves_nothing_waiting_at_the_cluster(one_worker, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    address = one_worker.scheduler_address
    heard = cheap_on(address, tmp_path, on_record=interrupt, seconds=0.2)
    assert heard.ending.stopped == "interrupt"
    assert len(list(tmp_path.glob("cells/cells/*.json"))) == 1
    patience = time.monotonic() + 10
    while one_worker.scheduler.tasks and time.monotonic() < patience:
        time.sleep(0.05)
    assert not one_worker.scheduler.tasks
    assert cheap_on(address, tmp_path).ending.tally.done == 6


def test_a_worker_that_joins_with_other_numbers_ends_the_run(one_worker, tmp_path, monkeypatch):
    monkeypatch.setattr("ablation.runner.cluster.task.PROTOCOL_VERSION", cells_module.PROTOCOL_VERSION - 1)
    init = Task.__init__

    def of_the_parent(self, *given):
        init(self, *given, protocol=cells_module.PROTOCOL_VERSION)

    monkeypatch.setattr(Task, "__init__", of_the_parent)
    with pytest.raises(ClusterError, match="follows protocol"):
        cheap_on(one_worker.scheduler_address, tmp_path)


def test_a_connection_that_is_lost_ends_the_run_in_a_line(one_worker, tmp_path):
    scheduler = one_worker.scheduler

    def lose(_):
        for stream in list(scheduler.client_comms.values()):
            scheduler.loop.add_callback(stream.comm.abort)

    with pytest.raises(ClusterError, match="connection to the cluster was lost"):
        cheap_on(one_worker.scheduler_address, tmp_path, on_record=lose, seconds=0.3)
    assert list(tmp_path.glob("cells/cells/*.json"))


@pytest.mark.slow
def test_a_worker_that_is_killed_in_mid_run_changes_no_number(processes, tmp_path):
    from distributed import Client

    with Client(processes, set_as_default=False) as client:
        workers = iter(client.run(os.getpid).values())

    killed = []

    def kill(_):
        if not killed:
            killed.append(next(workers))
            os.kill(killed[0], signal.SIGKILL)

    job = ("data.train=200", "data.test=100", "data.size=16", "pretrain.width=8", "pretrain.epochs=2")
    job += ("evaluate.regularization=[0.1]",)
    heard = run_on(processes, tmp_path, *job, "save_encoder=true", cells="cluster", on_record=kill)
    assert heard.ending.tally.done == 6
    assert any("was lost; its job will run on another" in sentence for sentence in heard.sentences)
    run_on(None, tmp_path, *job, "save_encoder=true", cells="local", workers=1)
    assert numbers(tmp_path / "cluster") == numbers(tmp_path / "local")
