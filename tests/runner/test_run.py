"""A schedule is asked for cells and told of every record, whoever runs them."""

from ablation.grid.cells import cells
from ablation.grid.models import Grid
from ablation.results.stored.cells import CellResult
from ablation.runner.job import Job
from ablation.runner.processes import Killed
from ablation.runner.run import run
from tests.results.builder import record

GRID = Grid.model_validate({"data": {"source": "shapes"}, "augmentations": {"crop": {}, "blur": {}}})


class Chain:
    """Names a cell only when the one before has a record, as racing does."""

    def __init__(self, listed):
        self.left, self.told, self.waiting = list(listed), [], False

    def ask(self):
        if self.waiting or not self.left:
            return None
        self.waiting = True
        return self.left.pop(0)

    def tell(self, found):
        self.told.append(found.id)
        self.waiting = False


def one_by_one(job, ask, _):
    for cell in iter(ask, None):
        yield cell, job.write(CellResult(record(cell, 0.5)))


def test_a_schedule_that_waits_for_results_is_asked_until_nothing_is_left(tmp_path):
    listed = list(cells(GRID, "shapes-1"))
    chain = Chain(listed)
    found = list(run(chain, Job(tmp_path, {}, ("cpu",)), workers=4, call_job=one_by_one))
    assert [one.id for one in found] == chain.told == [cell.id for cell in listed]


def test_a_cell_that_kills_its_worker_is_told_as_failed(tmp_path):
    def deadly(_job, ask, _workers):
        yield from ((cell, Killed("SIGKILL")) for cell in iter(ask, None))

    [cell, *_] = cells(GRID, "shapes-1")
    chain = Chain([cell])
    sentences = []
    job = Job(tmp_path, {}, ("cpu",))
    [found] = run(chain, job, workers=2, say=sentences.append, call_job=deadly)
    assert (found.outcome, chain.told) == ("failed", [cell.id])
    assert len(sentences) == 1  # that it is tried again, alone


def test_no_cell_is_asked_for_after_the_deadline(tmp_path):
    chain = Chain(cells(GRID, "shapes-1"))
    job = Job(tmp_path, {}, ("cpu",))
    assert list(run(chain, job, workers=1, deadline=0.0, call_job=one_by_one)) == []
    assert not chain.waiting
