"""What is installed on the workers of a cluster, compared with this machine before any job is sent there."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ablation.errors import AblationError, ClusterError
from ablation.grid.cells import PROTOCOL_VERSION
from ablation.results.stored.environment import versions
from ablation.runner.devices import devices
from ablation.version import DISTRIBUTION
from ablation.words import counted


@dataclass(frozen=True)
class Seen:
    """What is installed on a worker, and its devices."""

    protocol: int
    versions: Mapping[str, str]
    devices: tuple[str, ...]


def look(device: str) -> Seen:
    """Return what is installed where this function is called: on a worker, or here.

    Raises:
        DeviceError: there is no such device.
        ModuleNotFoundError: a package is missing.

    Example:
        >>> look("cpu").devices
        ('cpu',)
    """
    return Seen(PROTOCOL_VERSION, versions(), devices(device))


def inspect(answers: Mapping[str, Seen | Exception], tell: Callable[[str], None]) -> tuple[str, ...]:
    """Refuse workers that would compute other numbers; return the devices of the others, each once.

    Args:
        answers: what `look` returned or raised on each worker; OSError if the worker was lost meanwhile.
        tell: called with a sentence about each package of another version.

    Raises:
        ClusterError: a worker has another version of ablation, or all have been lost.
        DeviceError: a worker does not have the device.
    """
    found: dict[str, Seen] = {}
    for worker, one in answers.items():
        if isinstance(one, AblationError):
            raise type(one)(f"worker {worker}: {one}")
        if isinstance(one, OSError):
            continue
        if isinstance(one, Exception):
            raise ClusterError(cannot_run(f"worker {worker}", one))
        if one.protocol != PROTOCOL_VERSION:
            raise ClusterError(other_protocol(worker, one.protocol))
        found[worker] = one
    if not found:
        raise ClusterError("all workers of the cluster have just been lost; their logs say why")
    for sentence in differences(found):
        tell(f"note: {sentence}")
    return tuple(dict.fromkeys(name for one in found.values() for name in one.devices))


def differences(seen: Mapping[str, Seen]) -> list[str]:
    """Say which packages are of another version on workers than here, in sentences."""
    elsewhere: dict[tuple[str, str], list[str]] = {}
    ours = versions()
    for worker, one in seen.items():
        for package, version in one.versions.items():
            if version != ours[package]:
                elsewhere.setdefault((package, version), []).append(worker)
    return [
        f"{package} {version} on {len(workers)} of {counted(len(seen), 'worker')} "
        f"({'' if len(workers) == 1 else 'such as '}{workers[0]}), {ours[package]} here; "
        "numbers may differ for that reason"
        for (package, version), workers in elsewhere.items()
    ]


def cannot_run(worker: str, error: Exception) -> str:
    """Say that a worker lacks ablation, or something that this version needs there.

    Example:
        >>> cannot_run("worker tcp://node7:4000", ImportError("no torch"))
        'worker tcp://node7:4000 cannot run this version of ablation (no torch); install it there'
    """
    return f"{worker} cannot run this version of ablation ({error}); install it there"


def other_protocol(worker: str, protocol: int) -> str:
    """Say that a worker would compute other numbers.

    Example:
        >>> other_protocol("tcp://node7:4000", 2)[:68]
        'worker tcp://node7:4000 follows protocol 2 of ablation, this machine'
    """
    return (
        f"worker {worker} follows protocol {protocol} of ablation, this machine protocol {PROTOCOL_VERSION}; "
        "install the same version there"
    )


def died(workers: int, last: str) -> str:
    """Say why a job was given up that took its workers with it.

    Example:
        >>> died(2, "tcp://node7:4000")[:44]
        '2 workers of the cluster died while running '
    """
    return (
        f"{counted(workers, 'worker')} of the cluster died while running this job, most recently {last}; "
        "its log says why"
    )


def not_installed(name: str) -> ClusterError:
    """Return the error of a cluster's library that is missing here.

    Example:
        >>> str(not_installed("Ray"))[:56]
        '--backend ray needs Ray, which is not installed: pip ins'
    """
    return ClusterError(
        f"--backend {name.lower()} needs {name}, which is not installed: "
        f'pip install "{DISTRIBUTION}[{name.lower()}]"'
    )


def refuse_silence(host: str, port: int, seconds: float) -> None:
    """Raise OSError if nothing listens there; the clusters' libraries try for long, and delay Ctrl-C."""
    with socket.create_connection((host, port), seconds):
        pass
