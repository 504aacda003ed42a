"""Which devices a choice means."""

import subprocess
import sys

import pytest

from ablation.runner import devices as choosing

ASKS = (
    "import sys; from ablation.runner.devices import devices; print(devices('auto'), 'torch' in sys.modules)"
)


def test_auto_does_not_ask_torch_where_there_is_no_driver():
    if choosing._has_driver():
        pytest.skip("there is a driver here")
    answer = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "('cpu',) False"


def test_auto_asks_torch_where_there_is_a_driver(monkeypatch):
    import torch

    monkeypatch.setattr(choosing, "_has_driver", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choosing.devices("auto") == ("cuda:0", "cuda:1")
