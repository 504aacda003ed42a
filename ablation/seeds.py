"""Seeded draws: the same key gives the same random numbers, and the global state is left alone."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def stable_seed(*key: object) -> int:
    """Return a 63-bit seed that depends on the key alone, in every process and on every machine.

    Example:
        >>> stable_seed(0, "crop") == stable_seed(0, "crop"), stable_seed(0, "crop") == stable_seed(1, "crop")
        (True, False)
    """
    digest = hashlib.sha256(repr(key).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@contextmanager
def seeded(device: torch.device, *key: object) -> Iterator[None]:
    """Seed torch's global generators from a key, for the duration of a `with` block.

    Kornia draws from the global generators and has no `generator` argument. On CUDA, the device's own
    generator is seeded and restored as well.

    Example:
        >>> state = torch.get_rng_state()
        >>> with seeded(torch.device("cpu"), 0, "noise"):
        ...     a = torch.rand(3)
        >>> with seeded(torch.device("cpu"), 0, "noise"):
        ...     b = torch.rand(3)
        >>> torch.equal(a, b), torch.equal(state, torch.get_rng_state())
        (True, True)
    """
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices, device_type="cuda"):
        torch.manual_seed(stable_seed(*key))
        yield


def generator(*key: object) -> torch.Generator:
    """Return a CPU generator seeded from a key, for draws that accept one, such as the order of images."""
    return torch.Generator().manual_seed(stable_seed(*key))
