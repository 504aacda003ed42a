"""One thread a process, as in a worker: the suite runs on every core at once."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    import torch

    torch.set_num_threads(1)
