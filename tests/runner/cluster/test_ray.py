import os
import signal
import socket
import time
from pathlib import Path

import pytest

from ablation.errors import ClusterError, DeviceError
from ablation.runner.cluster import ray as module
from ablation.runner.cluster.ray import connected
from tests.runner.clusters import (
    cheap_on,
    gives_up_after,
    local_ray,
    numbers,
    run_on,
    runs_as_locally,
    started,
)

pytest.importorskip("ray", reason='needs pip install ".[ray]"')


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster of two nodes of one CPU, with a cache and a working folder of their own."""
    folder = tmp_path_factory.mktemp("nodes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ABLATION_CACHE", str(folder / "cache"))
        patch.chdir(folder)
        context = local_ray()
        started = context.__enter__()
    try:
        yield started
    finally:
        context.__exit__(None, None, None)


def refused(address, device="cpu"):
    with pytest.raises((ClusterError, DeviceError)) as caught, connected(address, device, 1, print):
        pass
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("address", ["somewhere", "auto", "ray://127.0.0.1:10001", "127.0.0.1:port"])
def test_what_is_no_address_is_told(address):
    assert "such as host:6379" in refused(address)


def test_an_address_where_nobody_answers_is_told():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        assert refused(address).startswith(f"--address {address}: no Ray cluster answers")


def test_a_port_of_another_service_is_told(monkeypatch):
    monkeypatch.setattr(module, "_CONNECT", 3)
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert "the port of another service?" in refused(f"127.0.0.1:{other.getsockname()[1]}")


def test_a_device_that_ray_does_not_have_is_told(cluster):
    assert "choose auto, cpu or cuda" in refused(cluster.address, "cuda:1")
    assert "no node of the Ray cluster has a GPU" in refused(cluster.address, "cuda")


def test_workers_that_see_no_file_of_ours_give_what_a_local_run_gives(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ABLATION_CACHE", "cache")
    runs_as_locally(cluster.address, tmp_path)


def test_a_cell_that_ends_every_worker_is_given_up_and_the_others_go_on(cluster, tmp_path):
    said = gives_up_after(4, cluster.address, tmp_path)
    assert said.count("a worker process was lost; its job will run on another") == 3


def test_ctrl_c_keeps_what_is_done_and_leaves_nothing_running_at_the_cluster(cluster, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    heard = cheap_on(cluster.address, tmp_path, on_record=interrupt, seconds=1)
    assert heard.ending.stopped == "interrupt"
    assert len(list(tmp_path.glob("cells/cells/*.json"))) == 1
    time.sleep(2)
    assert len(started(tmp_path)) <= 4
    assert cheap_on(cluster.address, tmp_path).ending.tally.done == 6


def test_a_driver_that_dies_ends_the_run_in_a_line(cluster, tmp_path):
    def kill(_):
        [driver] = [line for line in _children() if "cluster.driver" in line[1]]
        os.kill(driver[0], signal.SIGKILL)

    with pytest.raises(ClusterError, match="connection to the cluster was lost"):
        cheap_on(cluster.address, tmp_path, on_record=kill, seconds=0.5)
    assert list(tmp_path.glob("cells/cells/*.json"))


@pytest.mark.slow
def test_a_node_that_is_killed_in_mid_run_changes_no_number(cluster, tmp_path):
    node = cluster.add_node(num_cpus=1, object_store_memory=80_000_000)
    job = ("data.train=200", "data.test=100", "data.size=16", "pretrain.width=8", "pretrain.epochs=2")
    job += ("evaluate.regularization=[0.1]", "save_encoder=true")

    def kill(record):
        if node in cluster.worker_nodes:
            wait_for(lambda: _works(node))
            cluster.remove_node(node, allow_graceful=False)

    heard = run_on(cluster.address, tmp_path, *job, cells="cluster", on_record=kill)
    assert heard.ending.tally.done == 6
    assert "a node was lost; its job will run on another" in heard.sentences
    run_on(None, tmp_path, *job, cells="local", workers=1)
    assert numbers(tmp_path / "cluster") == numbers(tmp_path / "local")


def _works(node):
    """Whether a node runs a job at this moment."""
    [raylet] = node.all_processes["raylet"]
    return any("ray::_call" in line for _, line in _children(raylet.process.pid))


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def _children(of=None):
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == (of or os.getpid()):
                    yield int(folder.name), (folder / "cmdline").read_text()
            except OSError:
                continue
