import socket

import pytest

from ablation.errors import ClusterError
from ablation.runner.cluster import dask as module
from ablation.runner.cluster.dask import connected
from tests.runner.clusters import local_cluster


def refused(address, device="cpu"):
    with pytest.raises(ClusterError) as caught, connected(address, device, 1, lambda _: None):
        pass
    message = str(caught.value)
    assert "\n" not in message
    return message


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
