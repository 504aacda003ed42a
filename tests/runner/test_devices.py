"""Which devices a choice means, and who holds them."""

import subprocess
import sys
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from filelock import FileLock

from ablation.errors import DeviceError
from ablation.runner import devices as module
from ablation.runner.devices import device_slot, devices, worker_count

TWO = ["cuda:0", "cuda:1"]
ASKS = (
    "import sys; from ablation.runner.devices import devices; print(devices('auto'), 'torch' in sys.modules)"
)


@pytest.fixture
def locks(tmp_path, monkeypatch):
    """Two GPUs that torch is said to see, and the folder of their locks."""
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path))
    gpus = SimpleNamespace(get_device_properties=lambda i: SimpleNamespace(uuid=f"GPU-{i + 4}"))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=gpus))
    monkeypatch.setattr("platform.node", lambda: "host")
    return tmp_path / "devices"


def test_a_device_is_locked_by_host_and_gpu_and_not_by_its_number(locks):
    with FileLock(locks / "host-GPU-4-0.lock"), device_slot(TWO) as device:
        assert device == "cuda:1"


def test_an_idle_device_is_taken_before_a_second_cell_joins_one(locks):
    with ExitStack() as stack:
        taken = [stack.enter_context(device_slot(TWO, per_device=2)) for _ in range(4)]
    assert taken == ["cuda:0", "cuda:1", "cuda:0", "cuda:1"]


def test_a_cell_waits_while_all_slots_are_held(locks, monkeypatch):
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(device_slot(TWO[:1], per_device=2))

        def free_one(_):
            stack.close()

        monkeypatch.setattr(module.time, "sleep", free_one)
        with device_slot(TWO[:1], per_device=2) as device:
            assert device == "cuda:0"


def test_there_are_as_many_workers_as_slots():
    assert worker_count(None, TWO, pending=9) == 2
    assert worker_count(None, TWO, pending=9, per_device=3) == 6
    assert worker_count(None, TWO, pending=5, per_device=3) == 5
    assert worker_count(3, TWO, pending=9, per_device=2) == 3


def test_more_workers_than_slots_are_refused():
    with pytest.raises(DeviceError, match="--workers 3: 2 CUDA devices can run 2 jobs at once"):
        worker_count(3, TWO, pending=9)
    with pytest.raises(DeviceError, match="--workers 5: 2 CUDA devices can run 4 jobs at once"):
        worker_count(5, TWO, pending=9, per_device=2)


def test_jobs_per_device_are_refused_on_the_cpu():
    with pytest.raises(DeviceError, match="on the CPU, use --workers"):
        worker_count(2, ["cpu"], pending=9, per_device=2)
    assert worker_count(2, ["cpu"], pending=9, per_device=1) == 2


@pytest.mark.parametrize("choice", ["gpu", "cuda:", "cuda:x", "CPU"])
def test_unknown_devices_are_refused(choice):
    with pytest.raises(DeviceError, match="no such device"):
        devices(choice)


def test_auto_does_not_ask_torch_where_there_is_no_driver():
    if module._has_driver():
        pytest.skip("there is a driver here")
    answer = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "('cpu',) False"


def test_auto_asks_torch_where_there_is_a_driver(monkeypatch):
    import torch

    monkeypatch.setattr(module, "_has_driver", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert module.devices("auto") == ("cuda:0", "cuda:1")
