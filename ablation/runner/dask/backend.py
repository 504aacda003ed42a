"""joblib's Dask backend, past two of its limits (joblib 1.6); imports dask."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from distributed.scheduler import KilledWorker
from joblib._dask import DaskDistributedBackend

from ablation.errors import ClusterError
from ablation.runner.dask.cluster import cannot_run
from ablation.runner.processes import Killed


class _Backend(DaskDistributedBackend):  # type: ignore[misc]
    def effective_n_jobs(self, n_jobs: int) -> int:
        # A cluster of one worker is a cluster: where there is one job at a time joblib calls it right here.
        return max(2, int(super().effective_n_jobs(n_jobs)))

    def submit(self, func: Any, callback: Callable[[Any], None]) -> "Future[Any]":
        # joblib is never told of a task that dask ends, and would wait for it for ever.
        def settle(done: "Future[Any]") -> None:
            error: Any = done.exception()
            if isinstance(error, KilledWorker):
                callback([(item, _given_up(error)) for _, (item,), _ in func.items])
            elif error is not None:  # it could not read what it was sent
                callback(ClusterError(cannot_run("a worker", error)))

        future: Future[Any] = super().submit(func, callback)
        future.add_done_callback(settle)
        return future


def backend(client: Any) -> DaskDistributedBackend:
    """Return the backend of a cluster, for `joblib.parallel_config`.

    Its `Parallel` yields an item with `Killed` in place of what a function that returns the item beside its
    result would have returned, where the item was the end of several workers.
    """
    return _Backend(client=client)


def _given_up(error: KilledWorker) -> Killed:
    last = error.last_worker.address
    return Killed(
        f"{error.allowed_failures + 1} workers of the cluster died while they ran this cell, the last of "
        f"them {last}; its log says why"
    )
