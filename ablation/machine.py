"""The machine that runs a job: precision, versions, memory, time."""

import ctypes
import platform
import sys
import threading
import time
from pathlib import Path
from typing import Self

import torch

from ablation.errors import DeviceError
from ablation.results.stored.environment import versions

_OFTEN = 0.05  # seconds between two looks at the memory


class Stages:
    """Times the stages of a job, and returns the memory that each one frees to the system.

    Example:
        >>> stages = Stages()
        >>> stages.end("data")
        >>> sorted(stages.seconds)
        ['data', 'total']
    """

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def end(self, stage: str, earlier: float = 0.0) -> None:
        """Record the end of a stage; `earlier` are seconds of it that another process took before."""
        _release_memory()
        now = time.perf_counter()
        self._start -= earlier
        self.seconds[stage] = round(now - self._last + earlier, 3)
        self.seconds["total"] = round(now - self._start, 3)
        self._last = now


def _release_memory() -> None:
    # glibc keeps the memory that one stage used, but the next stage asks for blocks of other sizes.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def environment(device: torch.device) -> dict[str, str]:
    """Return what a job runs on: the device, and the package versions that can change its number.

    Of the CPU also who made it and the widest instructions that torch uses: processors that differ in these
    round differently.

    Example:
        >>> sorted(environment(torch.device("cpu")))
        ['cpu', 'device', 'kornia', 'numpy', 'python', 'torch', 'torchvision']
    """
    if device.type == "cuda":
        named = {"device": torch.cuda.get_device_name(device)}
    else:
        named = {"device": f"cpu ({platform.machine()})", "cpu": _processor()}
    return named | {package: one for package, one in versions().items() if package != "ablation"}


def _processor() -> str:
    maker = _told("/proc/cpuinfo", "vendor_id") or platform.processor() or platform.machine()
    return f"{maker} {torch.backends.cpu.get_cpu_capability()}"


def prepare_device(precision: str, device: torch.device) -> None:
    """Make float32 mean float32, and reset the peak memory that the previous job reached.

    By default, torch lets cuDNN round convolutions to TF32.

    Raises:
        DeviceError: the device does not support this precision.
    """
    if device.type == "cuda":  # not measured
        if precision == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
            raise DeviceError(f'{device} does not support bfloat16; set pretrain.precision = "float32"')
        torch.cuda.reset_peak_memory_stats(device)
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    elif precision == "tf32":
        raise DeviceError('pretrain.precision = "tf32" needs a CUDA device; set it to "float32" or "bf16"')


class Watched:
    """Watches how much memory this process takes for itself, which no file backs, at its peak in a block.

    Example:
        >>> with Watched() as watched:
        ...     block = bytes(50_000_000)
        >>> watched.peak is None or watched.peak > 50_000_000
        True
    """

    def __init__(self) -> None:
        self.peak = own_memory()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(_OFTEN):
            self._look()

    def _look(self) -> None:
        now = own_memory()
        self.peak = now if self.peak is None or now is None else max(self.peak, now)

    def __enter__(self) -> Self:
        _release_memory()
        self.peak = own_memory()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._look()
        self._over.set()
        self._thread.join()


def own_memory() -> int | None:
    """Return the bytes that this process takes now and no file backs; None where the system does not say."""
    return _kilobytes("/proc/self/status", "RssAnon")


def available_memory() -> int | None:
    """Return the bytes that new processes can take; None where the system does not say."""
    return _kilobytes("/proc/meminfo", "MemAvailable")


def _kilobytes(file: str, name: str) -> int | None:
    found = _told(file, name)
    return None if found is None else int(found.split()[0]) * 1024


def _told(file: str, name: str) -> str | None:
    try:
        lines = Path(file).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # not Linux
        return None
    parts = (line.partition(":") for line in lines)
    return next((value.strip() for key, _, value in parts if key.strip() == name), None)


def peak_memory(device: torch.device) -> int | None:
    """Return the peak memory in bytes: of this job on a CUDA device, otherwise of this worker process so far.

    A process runs many jobs, and the system keeps no peak for each. None if the system does not report it.
    """
    if device.type == "cuda":  # not measured
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "win32":
        return None
    import resource  # absent on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
