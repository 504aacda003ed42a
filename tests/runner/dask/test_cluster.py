import socket
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ablation.errors import ClusterError, DeviceError
from ablation.runner.backends import Asked, place
from ablation.runner.dask import cluster as module
from ablation.runner.dask.cluster import _differences, _seen, connected, look
from tests.runner.clusters import local_cluster


def refused(address, device="cpu"):
    with pytest.raises(ClusterError) as caught, connected(address, device, 1, lambda _: None):
        pass
    message = str(caught.value)
    assert "\n" not in message
    return message


def of(answer):
    """A client of a cluster with one worker, that gives this answer."""
    return SimpleNamespace(run=lambda *_, **__: {"tcp://node:1": answer})


def test_an_address_where_nobody_answers_is_told(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(module, "_CONNECT", 0.5)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        assert refused(address).startswith(f"--address {address}: no Dask scheduler answers")


@pytest.mark.parametrize("address", ["somewhere", "ftp://127.0.0.1:1", "127.0.0.1:1", "tcp://127.0.0.1:port"])
def test_what_is_no_address_is_told(address):
    pytest.importorskip("distributed")
    assert f"--address {address}: no Dask scheduler answers" in refused(address)


def test_workers_of_several_threads_are_refused_with_the_option_to_set():
    with local_cluster(processes=False, n_workers=1, threads_per_worker=2) as cluster:
        message = refused(cluster.scheduler_address)
    assert "has 2 threads" in message
    assert "--nthreads 1" in message


def test_a_cluster_without_workers_is_waited_for_and_then_told(monkeypatch):
    monkeypatch.setattr(module, "_WORKERS", 0.3)
    told = []
    with local_cluster(processes=False, n_workers=0) as cluster:
        address = cluster.scheduler_address
        with pytest.raises(ClusterError) as caught, connected(address, "cpu", 1, told.append):
            pass
    assert "still no workers after 0.3 s" in str(caught.value)
    assert f"`dask worker {address} --nworkers N --nthreads 1`" in str(caught.value)
    assert told == [f"{address} has no workers yet; waiting 0.3 s for the first"]


def test_dask_that_is_not_installed_is_told_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert 'pip install "augmentation-ablation[dask]"' in refused("tcp://127.0.0.1:1")


def test_backends_and_addresses_that_do_not_go_together_are_told():
    for asked, said in [
        (Asked("ray"), "no such backend; choose processes or dask"),
        (Asked("dask"), "--address tcp://host:8786"),
        (Asked(address="tcp://host:8786"), "only works with --backend dask"),
    ]:
        with pytest.raises(ClusterError, match=said), place(asked, 1, print):
            pass


def test_a_worker_that_would_compute_other_numbers_is_refused():
    with pytest.raises(ClusterError, match="tcp://node:1 follows protocol 1 of ablation"):
        _seen(of(replace(look("cpu"), protocol=1)), "cpu")


@pytest.mark.parametrize(
    "error", [ModuleNotFoundError("No module named 'ablation'"), Exception("AttributeError('look')")]
)
def test_a_worker_without_this_ablation_is_told(error):
    with pytest.raises(ClusterError, match="tcp://node:1 cannot run this version of ablation"):
        _seen(of(error), "cpu")


def test_a_worker_without_the_device_is_named():
    with pytest.raises(DeviceError, match="worker tcp://node:1: no CUDA"):
        _seen(of(DeviceError("no CUDA")), "cuda")


def test_a_worker_that_was_lost_just_now_is_passed_over():
    lost, there = OSError("closed"), look("cpu")
    two = SimpleNamespace(run=lambda *_, **__: {"tcp://a:1": lost, "tcp://b:1": there})
    assert _seen(two, "cpu") == {"tcp://b:1": there}
    with pytest.raises(ClusterError, match="have just been lost"):
        _seen(of(lost), "cpu")


def test_other_versions_on_a_worker_are_told():
    here = look("cpu")
    old = replace(here, versions={**here.versions, "torch": "2.9.0"})
    [sentence] = _differences({"tcp://a:1": here, "tcp://b:1": old})
    assert sentence.startswith("torch 2.9.0 on 1 of 2 workers (tcp://b:1), ")
    assert _differences({"tcp://a:1": here}) == []
