"""Ray's driver, in a process of its own.

A driver prints what its nodes report, takes over SIGTERM, tries a wrong address for minutes, and aborts its
process when the cluster is gone. Here, all of that stays in a process that does nothing else: functions go
in through a pipe, and what they return on the workers comes back through another.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Literal

from ablation.errors import ClusterError
from ablation.runner.cluster.spread import WorkerLostError
from ablation.runner.interrupts import interrupts_deferred

_CLOSE = 10  # seconds
_START = "from ablation.runner.cluster.driver import drive; drive()"
_LOST = {
    "WorkerCrashedError": "a worker process",
    "OutOfMemoryError": "a worker process, out of memory,",
    "NodeDiedError": "a node",
}


@dataclass(frozen=True)
class Request:
    """A function to call: on a worker with these resources, or in the driver if there are none."""

    number: int
    call: bytes  # function and arguments, pickled
    resources: Mapping[str, float] | None
    node: str | None  # any


@dataclass(frozen=True)
class Answer:
    """What came of a request."""

    number: int
    kind: Literal["returned", "raised", "lost"]
    value: bytes  # pickled: what was returned or raised, or what was lost in words


class Driver:
    """The driver, as seen from outside."""

    def __init__(self, address: str) -> None:
        # Ctrl-C does not reach it in a session of its own. It ends with its input, so also with this process.
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._numbers = count()
        self._writing = threading.Lock()
        self.connected: Future[None] = Future()
        self._waiting: dict[int, Future[Any]] = {next(self._numbers): self.connected}
        threading.Thread(target=self._read, daemon=True).start()

    def request(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        resources: Mapping[str, float] | None = None,
        node: str | None = None,
    ) -> Future[Any]:
        """Call a function on a worker with these resources, or in the driver if there are none.

        The future raises what the function raised, WorkerLostError, or CancelledError if the driver is gone.
        """
        future: Future[Any] = Future()
        with self._writing:
            number = next(self._numbers)
            self._waiting[number] = future
            try:
                call = pickle.dumps((function, arguments))
                pickle.dump(Request(number, call, resources, node), self._input)
                self._input.flush()
            except OSError:
                self._cancel()
        return future

    def close(self) -> None:
        """Disconnect from the cluster, which then ends this run's jobs."""
        with self._writing, suppress(OSError):  # it is gone
            self._input.close()
        try:
            self._process.wait(_CLOSE if self.connected.done() else 0)  # it reads nothing before
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def _input(self) -> Any:
        return self._process.stdin

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as answers:
            while True:
                try:
                    answer: Answer = pickle.load(answers)  # noqa: S301 - from our own child
                except (EOFError, OSError, pickle.UnpicklingError):
                    break
                _settle(self._waiting.pop(answer.number), answer)
        self._cancel()

    def _cancel(self) -> None:
        while self._waiting:
            _, future = self._waiting.popitem()
            future.cancel()
            future.set_running_or_notify_cancel()  # wakes up who waits


def _settle(future: Future[Any], answer: Answer) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        value = pickle.loads(answer.value)  # noqa: S301 - from Ray, which pickles itself
    except Exception as error:  # of another version
        future.set_exception(error)
        return
    if answer.kind == "returned":
        future.set_result(value)
    else:
        future.set_exception(value if answer.kind == "raised" else WorkerLostError(value))


@contextmanager
def driving(address: str) -> Iterator[Driver]:
    """Start a driver; at the end, disconnect it."""
    with interrupts_deferred():
        driver = Driver(address)
    try:
        yield driver
    finally:
        with interrupts_deferred():
            driver.close()


def drive() -> None:
    """Be the driver: answer requests until there are no more."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for what Ray prints
    writing = threading.Lock()

    def answer(number: int, kind: Literal["returned", "raised", "lost"], value: Any) -> None:
        with writing:
            pickle.dump(
                Answer(number, kind, value if isinstance(value, bytes) else pickle.dumps(value)), pipe
            )
            pipe.flush()

    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    try:
        ray.init(sys.argv[1], log_to_driver=False, configure_logging=False)
    except Exception as error:
        answer(0, "raised", ClusterError(" ".join(str(error).split())))
        return
    answer(0, "returned", None)
    remote = ray.remote(max_retries=0)(_call)  # who sent a job also counts the workers that it loses
    while True:
        try:
            request: Request = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our parent
        except EOFError:
            break
        if request.resources is None:
            answer(request.number, "returned", _call(request.call))
            continue
        options: dict[str, Any] = dict(request.resources)
        if request.node is not None:
            options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(request.node, soft=False)
        future = remote.options(**options).remote(request.call).future()
        future.add_done_callback(partial(_pass_on, request.number, answer))
    ray.shutdown()


def _call(call: bytes) -> bytes:
    function, arguments = pickle.loads(call)  # noqa: S301 - from the run, through Ray
    return pickle.dumps(function(*arguments))


def _pass_on(number: int, answer: Callable[..., None], future: Future[bytes]) -> None:
    from ray.exceptions import RayTaskError

    error = future.exception()
    if error is None:
        answer(number, "returned", future.result())
    elif not isinstance(error, RayTaskError):
        name = type(error).__name__
        answer(number, "lost", _LOST.get(name, f"a worker process ({name})"))
    else:
        try:
            answer(number, "raised", pickle.dumps(error.cause))
        except Exception:  # cannot be pickled
            answer(number, "raised", RuntimeError(str(error.cause)))
