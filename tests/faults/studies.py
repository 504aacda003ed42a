"""What faults are done to: a grid of real jobs, and a study and a race whose jobs cost nothing.

`python -m tests.faults.studies KIND run grid.toml …` is the `ablation` command with the jobs of a kind.
Nothing is drawn, which takes seconds, but `cells.csv` is written as ever.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from tests.tiny import TINY

ROOT = Path(__file__).parents[2]
ASKED = "asked"  # the file that names the next deed
OPERATIONS = "from tests.faults.operations import Nan, Unruly\n"
GRIDS = {
    "grid": """
name = "faulty"
baselines = ["random-init", "supervised"]
pairs = ["crop"]
data = { source = "shapes", train = 120, test = 40, size = 16 }
[augmentations]
crop = {}
unruly = { python = "operations:Unruly" }
nan = { python = "operations:Nan" }
[pretrain]
width = 8
epochs = 3
batch_size = 32
[evaluate]
regularization = [0.1]
""",
    "study": '\nname = "faulty"\nseeds = [0, 1, 2]\nbaselines = ["raw-pixels", "random-init"]'
    + TINY
    + '[vary]\n"pretrain.epochs" = [1, 2, 4]\n',
    "race": '\nname = "faulty"\nseeds = [0, 1, 2]\nbaselines = ["random-init", "no-augmentation"]'
    + TINY.replace("crop = {}", "crop = {}\nblur = {}").replace("batch_size", "epochs = 16\nbatch_size")
    + "[race]\nepochs = [1, 4]\nshare = 0.8\n",
}


def drawn(folder, **_):
    """Write what a report writes, but for its pictures."""
    from ablation.report.drawn import results_checksum, write_files
    from ablation.report.files import FILES
    from ablation.results.frames.tables import csv
    from ablation.results.stored.folder import open_folder
    from ablation.results.study import Study

    read, shows = _.get("read"), results_checksum(folder)
    study = Study(open_folder(folder), read) if read else Study(open_folder(folder))
    tables = {"cells.csv": csv(study.results), "baselines.csv": csv(study.baselines)}
    write_files(folder, dict.fromkeys(FILES, b"") | tables, shows)


def experiment_of(kind, folder, log, seconds):
    """What computes the cells of a kind of study."""
    from tests import fake_experiments
    from tests.faults.deeds import unruly

    if kind == "grid":
        from ablation.runner.job import on_one_thread

        return partial(on_one_thread, folder=folder, every=0.02)
    cheap = {"study": fake_experiments.cheap, "race": fake_experiments.curve}[kind]
    return partial(unruly, asked=log / ASKED, experiment=partial(cheap, log=log, seconds=seconds))


@dataclass
class Place:
    """A folder with a grid file, its results, and a cache of its own."""

    path: Path
    kind: str

    def __post_init__(self):
        self.results = self.path / "results"
        self.grid = self.path / "grid.toml"
        self.cache = self.path / "cache"
        self.asked = self.path / ASKED
        self.command = [sys.executable, "-m", "tests.faults.studies", self.kind]
        self.path.mkdir(parents=True, exist_ok=True)
        self.grid.write_text(GRIDS[self.kind])
        (self.path / "operations.py").write_text(OPERATIONS)

    def start(self, *arguments):
        """Start a run in a process group of its own."""
        environment = os.environ | {
            "ABLATION_CACHE": str(self.cache),
            "UNRULY": str(self.asked),
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
        }
        run = ["run", "grid.toml", "--out", "results", "--device", "cpu", "--workers", "2", *arguments]
        with (self.path / "out").open("wb") as out, (self.path / "err").open("wb") as err:
            return subprocess.Popen(
                [*self.command, *run],
                cwd=self.path,
                env=environment,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def said(self):
        """What the last run said."""
        return "".join((self.path / name).read_text(errors="replace") for name in ("out", "err"))

    def processes(self):
        """The processes of runs here, by what their environment says."""
        mark, found = f"ABLATION_CACHE={self.cache}".encode(), {}
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdecimal() and mark in (process / "environ").read_bytes().split(b"\0"):
                    found[int(process.name)] = (
                        (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    )
            except OSError:
                continue
        return found

    def copy_of(self, other):
        """Begin with another's results and cache."""
        for name in ("results", "cache"):
            if (other.path / name).exists():
                shutil.copytree(other.path / name, self.path / name, dirs_exist_ok=True)
        return self


def main():
    kind = sys.argv.pop(1)
    from ablation.cli.app import app
    from ablation.runner import launch as launching

    real = launching.launch

    def launch(file, folder, *rest):
        experiment = experiment_of(kind, folder.absolute(), Path.cwd(), 0.1)
        return real(file, folder, *rest, experiment=experiment)

    launching.launch = launch
    sys.modules["ablation.report.write"] = SimpleNamespace(write_report=drawn)
    app()


if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGINT, signal.default_int_handler)  # pytest-xdist and shells may have it ignored
    main()
