"""Where jobs run: one per core on the CPU, one per device on CUDA, or as many as the user asks for."""

import ctypes
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from ablation.data.cache import cache_folder
from ablation.errors import DeviceError
from ablation.words import counted

_POLL = 0.2  # seconds
_DRIVERS = ("libcuda.so.1", "nvcuda.dll")  # what torch itself loads
_ROCM = Path("/dev/kfd")  # torch's builds for AMD call their devices cuda, too


def devices(choice: str) -> tuple[str, ...]:
    """Return the devices that a choice means: `auto`, `cpu`, `cuda` (all visible devices) or `cuda:1`.

    `auto` means all CUDA devices, or the CPU if there are none. CUDA is not measured.

    Raises:
        DeviceError: there is no such device.

    Example:
        >>> devices("cpu")
        ('cpu',)
    """
    if choice == "cpu" or (choice == "auto" and not _has_driver()):
        return ("cpu",)
    kind, _, index = choice.partition(":")
    if choice not in ("auto", "cuda") and not (kind == "cuda" and index.isdecimal()):
        raise DeviceError(f"--device {choice}: no such device; choose auto, cpu, cuda or cuda:0")
    import torch  # late: it takes seconds, which `--device cpu` need not wait for

    visible = tuple(f"cuda:{i}" for i in range(torch.cuda.device_count() if torch.cuda.is_available() else 0))
    if choice == "auto":
        return visible or ("cpu",)
    found = visible if choice == "cuda" else tuple(name for name in visible if name == f"cuda:{int(index)}")
    if not found:
        raise DeviceError(
            f"--device {choice}: torch sees {', '.join(visible) or 'no CUDA device'}; choose auto or cpu"
        )
    return found


def _has_driver() -> bool:
    """Whether torch could find a CUDA device at all; asking torch takes seconds and half a gigabyte."""
    for name in _DRIVERS:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return _ROCM.exists()


def worker_count(asked: int | None, devices: Sequence[str], pending: int, per_device: int = 1) -> int:
    """Return how many worker processes to start: one per core, or one per slot of a CUDA device.

    Args:
        asked: how many the user asked for; None means as many as there is room for.
        devices: as `devices` returned them.
        pending: number of jobs; there are never more workers than that.
        per_device: jobs that share a CUDA device.

    Raises:
        DeviceError: the user asked for more than there are slots, or for slots on the CPU.

    Example:
        >>> worker_count(8, ["cpu"], pending=3)
        3
        >>> worker_count(None, ["cuda:0", "cuda:1"], pending=9, per_device=2)
        4
    """
    if devices[0] == "cpu":
        refuse_slots_of_the_cpu(devices, per_device)
        if asked is None:
            from loky import cpu_count  # respects the limits of containers

            asked = int(cpu_count())
        return min(asked, pending)
    slots = per_device * len(devices)
    if asked is not None and asked > slots:
        raise DeviceError(
            f"--workers {asked}: {counted(len(devices), 'CUDA device')} can run {counted(slots, 'job')} "
            "at once; raise --jobs-per-device, or leave --workers out"
        )
    return min(asked or slots, pending)


def refuse_slots_of_the_cpu(devices: Sequence[str], per_device: int) -> None:
    """Raise DeviceError if jobs are to share a device and the device is the CPU.

    Example:
        >>> refuse_slots_of_the_cpu(["cuda:0"], per_device=2)
    """
    if per_device > 1 and "cpu" in devices:
        raise DeviceError(
            f"--jobs-per-device {per_device}: only applies to CUDA devices; on the CPU, use --workers to set "
            "how many jobs run at once"
        )


@contextmanager
def device_slot(devices: Sequence[str], per_device: int = 1) -> Iterator[str]:
    """Hold a slot of a device for one job and yield the device's name; wait while all slots are held.

    Idle devices are taken before a second job joins the first one on a device.

    The locks are in the cache folder, so that two runs on one machine take turns; the operating system
    frees the lock of a process that dies. The CPU has no slots. CUDA is not measured.

    Args:
        devices: as `devices` returned them.
        per_device: jobs that share a CUDA device.

    Example:
        >>> with device_slot(["cpu"]) as device:
        ...     device
        'cpu'
    """
    if devices[0] == "cpu":
        yield "cpu"
        return
    from filelock import FileLock, Timeout

    folder = cache_folder() / "devices"
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        for slot, device in product(range(per_device), devices):
            lock = FileLock(folder / _lock_name(device, slot))
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            try:
                yield device
            finally:
                lock.release()
            return
        time.sleep(_POLL)


def _lock_name(device: str, slot: int) -> str:
    # "cuda:0" means another GPU under another CUDA_VISIBLE_DEVICES, or on another host that shares the cache.
    import torch

    gpu = torch.cuda.get_device_properties(int(device.partition(":")[2])).uuid  # not measured
    return f"{platform.node()}-{gpu}-{slot}.lock"
