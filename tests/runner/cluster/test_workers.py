from dataclasses import replace

import pytest

from ablation.errors import ClusterError, DeviceError
from ablation.runner.cluster.workers import differences, inspect, look


def inspected(answer):
    return inspect({"tcp://node:1": answer}, lambda _: None)


def test_a_worker_that_would_compute_other_numbers_is_refused():
    with pytest.raises(ClusterError, match="tcp://node:1 follows protocol 1 of ablation"):
        inspected(replace(look("cpu"), protocol=1))


@pytest.mark.parametrize(
    "error", [ModuleNotFoundError("No module named 'ablation'"), Exception("AttributeError('look')")]
)
def test_a_worker_without_this_ablation_is_told(error):
    with pytest.raises(ClusterError, match="tcp://node:1 cannot run this version of ablation"):
        inspected(error)


def test_a_worker_without_the_device_is_named():
    with pytest.raises(DeviceError, match="worker tcp://node:1: no CUDA"):
        inspected(DeviceError("no CUDA"))


def test_a_worker_that_was_lost_just_now_is_passed_over():
    lost, there = OSError("closed"), look("cpu")
    assert inspect({"tcp://a:1": lost, "tcp://b:1": there}, print) == ("cpu",)
    with pytest.raises(ClusterError, match="have just been lost"):
        inspected(lost)


def test_other_versions_on_a_worker_are_told():
    here = look("cpu")
    old = replace(here, versions={**here.versions, "torch": "2.9.0"})
    [sentence] = differences({"tcp://a:1": here, "tcp://b:1": old})
    assert sentence.startswith("torch 2.9.0 on 1 of 2 workers (tcp://b:1), ")
    assert differences({"tcp://a:1": here}) == []
