"""The machine under a cell: precision, versions, memory, time."""

import ctypes
import platform
import sys
import time

import torch

from ablation.errors import DeviceError
from ablation.results.stored.environment import versions


class Stages:
    """Seconds of each stage of a cell; what memory a stage leaves free goes back to the system.

    Example:
        >>> stages = Stages()
        >>> stages.end("data")
        >>> sorted(stages.seconds)
        ['data', 'total']
    """

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def end(self, stage: str) -> None:
        """End a stage."""
        _release_memory()
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 3)
        self.seconds["total"] = round(now - self._start, 3)
        self._last = now


def _release_memory() -> None:
    # glibc keeps what one stage used, and the next asks for other sizes.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def environment(device: torch.device) -> dict[str, str]:
    """Return what a cell ran on: the device by name, and the versions that can change its number.

    Example:
        >>> sorted(environment(torch.device("cpu")))
        ['device', 'kornia', 'numpy', 'python', 'torch', 'torchvision']
    """
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu ({platform.machine()})"
    return {"device": name} | {package: one for package, one in versions().items() if package != "ablation"}


def prepare_device(precision: str, device: torch.device) -> None:
    """Let float32 mean float32, and forget the peak memory of the cell before.

    torch would let cuDNN round convolutions to TF32 without being asked.

    Raises:
        DeviceError: the device cannot compute in this precision.
    """
    if device.type == "cuda":  # not measured
        if precision == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
            raise DeviceError(f'{device} has no bfloat16; set pretrain.precision = "float32"')
        torch.cuda.reset_peak_memory_stats(device)
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    elif precision == "tf32":
        raise DeviceError('pretrain.precision = "tf32" needs a CUDA device; set it to "float32" or "bf16"')


def peak_memory(device: torch.device) -> int | None:
    """Return peak memory in bytes: of this cell on a CUDA device, else of this worker process so far.

    A process takes many cells, and the system keeps no peak for each. None where it does not tell.
    """
    if device.type == "cuda":  # not measured
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "win32":
        return None
    import resource  # absent on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
