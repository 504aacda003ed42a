"""What a worker of a cluster does with a cell: everything but writing its files."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ablation.errors import ClusterError
from ablation.grid.cells import PROTOCOL_VERSION, Cell
from ablation.grid.data import Data
from ablation.results.stored.cells import CellResult
from ablation.runner.cluster.images import SentImages
from ablation.runner.cluster.user_code import with_its_code
from ablation.runner.cluster.workers import other_protocol
from ablation.runner.devices import devices
from ablation.runner.job import Job

# torch's generators and its number of threads belong to a process. Dask's workers with several threads are
# refused when a run starts; with this lock, one that joins later also runs its jobs one by one.
_ONE_CELL = threading.Lock()


@dataclass(frozen=True)
class Missing:
    """Stands in for the result of a job whose images are not on the worker's machine."""

    worker: str


@dataclass(frozen=True, eq=False)
class Task:
    """What a worker does with a cell; returns None if time was up before the job could start."""

    job: Job
    images: Mapping[Data, SentImages]
    device: str
    sources: Mapping[str, bytes]
    until: float  # of `time.time`, by the worker's clock
    protocol: int = PROTOCOL_VERSION

    def __call__(self, cell: Cell, worker: str) -> CellResult | Missing | None:
        """Run a cell without writing files.

        Args:
            cell: the cell.
            worker: what the cluster calls the worker on which this is called.

        Raises:
            ClusterError: this worker would compute other numbers.
            DeviceError: this worker does not have the device.
        """
        if self.protocol != PROTOCOL_VERSION:
            raise ClusterError(other_protocol(worker, PROTOCOL_VERSION))
        with _ONE_CELL:
            if time.time() >= self.until:
                return None
            data = cell.recipe.data
            dataset = self.images[data].found()
            if dataset is None:
                return Missing(worker)
            here = devices(self.device)
            job = replace(self.job, datasets={data: dataset}, devices=here, prepare_again=None)
            return job.compute(with_its_code(cell, self.sources))
