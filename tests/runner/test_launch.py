import os
import re
import shutil
import sys
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image
from rich.console import Console

from ablation.cli.plan import show_plan, wall_seconds
from ablation.cli.progress import TextShow
from ablation.cli.status import show_status
from ablation.data.dataset import Dataset, Split
from ablation.data.prepare import prepare
from ablation.errors import DataError, DeviceError, ResultsError
from ablation.grid.cells import cells
from ablation.grid.file.load import load_grid
from ablation.grid.models import Grid
from ablation.results.frames.tables import csv
from ablation.results.loading import load_results
from ablation.results.stored.cells import read_record
from ablation.results.stored.folder import open_folder
from ablation.results.stored.pictures import read_pictures
from ablation.runner import launch as launching
from ablation.runner.backends import Asked
from ablation.runner.checks import check
from ablation.runner.durations import parse_duration
from ablation.runner.hold import held
from ablation.runner.job import Job
from ablation.runner.launch import launch
from ablation.runner.processes import Killed
from ablation.runner.run import run
from ablation.runner.schedules.in_order import InOrder
from ablation.runner.tally import Tally, survey
from tests.tiny import TINY
from tests.undrawn import draw_nothing

CLASSES = (
    "10 classes, each with 4 training and 2 test images: "
    "disc, ring, square, triangle, star, cross, bar, crescent, heart, arrow"
)
GRID = '\nname = "tiny"\nbaselines = ["raw-pixels", "random-init"]' + TINY


class Heard:
    """What a run said."""

    def __init__(self):
        self.records, self.sentences = [], []

    def start(self, *_):
        pass

    def record(self, record, _tally):
        self.records.append(record)

    def tell(self, *_):
        pass

    def say(self, sentence):
        self.sentences.append(sentence)

    def end(self, _ending):
        pass


class Bench:
    """A grid, a results folder and a log of what was started."""

    def __init__(self, folder: Path):
        self.log, self.folder, self.grid_path = folder / "log", folder / "results", folder / "grid.toml"
        self.log.mkdir()
        self.grid_path.write_text(GRID)

    def file(self, *overrides, seeds=None):
        return load_grid(self.grid_path, overrides, seeds)

    def run(self, *overrides, seeds=None, workers=2, budget=None, limit=None, heard=None, **behaviour):
        from fake_experiments import cheap

        heard = heard or Heard()
        (self.log / "started").unlink(missing_ok=True)
        heard.ending = launch(
            self.file(*overrides, seeds=seeds),
            self.folder,
            heard,
            Asked(device="cpu", workers=workers, budget=budget, cell_timeout=limit),
            experiment=partial(cheap, log=self.log, **behaviour),
        )
        return heard

    @property
    def started(self):
        path = self.log / "started"
        return [line.split("|") for line in path.read_text().splitlines()] if path.exists() else []

    def labels(self):
        return [label for label, *_ in self.started]

    def files(self):
        return {path: path.stat().st_mtime_ns for path in self.folder.rglob("*") if path.name != ".lock"}


def _prepared(patch, folder):
    patch.syspath_prepend(Path(__file__).parents[1])  # workers inherit it, and find fake_experiments
    patch.setenv("ABLATION_CACHE", str(folder / "cache"))
    patch.setitem(sys.modules, "ablation.report.write", SimpleNamespace(write_report=draw_nothing))
    return Bench(folder)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    return _prepared(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def one_failed(tmp_path_factory):
    """A run to the end with one worker, in which `crop` failed; not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        bench = _prepared(patch, tmp_path_factory.mktemp("one-failed"))
        bench.heard = bench.run(workers=1, fails=["crop"])
    return bench


@pytest.fixture
def resumed(one_failed, bench):
    """The same results in another folder, to go on from."""
    shutil.copytree(one_failed.folder, bench.folder)
    return bench


ORDER = ["raw-pixels", "random-init", "crop", "crop → color", "color → crop", "color"]


def test_cells_run_in_order_in_one_process_that_is_not_the_parent(one_failed):
    assert one_failed.labels() == ORDER
    processes = {int(pid) for _, pid, *_ in one_failed.started}
    assert len(processes) == 1
    assert os.getpid() not in processes
    assert {threads for _, _, threads, _ in one_failed.started} == {"1"}


def test_a_failing_cell_leaves_its_error_and_spares_the_others(one_failed):
    tally = one_failed.heard.ending.tally
    assert tally.done == 5
    [(cell, record)] = tally.failed
    assert record == read_record(one_failed.folder, cell.id)
    assert (record.outcome, record.error.type, record.notes) == ("failed", "ValueError", ("a note",))
    assert record.error.message == "no good [red]\nin crop"
    trace = (one_failed.folder / f"failures/{record.id}.txt").read_text()
    assert "fake_experiments.py" in trace
    assert trace.endswith("ValueError: no good [red]\nin crop\na note\n")


def test_failed_and_torn_results_are_run_again_and_then_nothing_is(resumed, one_failed):
    records = one_failed.heard.records
    torn, halved = [record.id for record in records if record.outcome == "ok"][:2]
    for name in (f"{torn}.npz", f"{halved}.json"):
        path = resumed.folder / "cells" / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    failed = next(record.id for record in records if record.outcome == "failed")
    again = resumed.run()
    assert {record.id for record in again.records} == {torn, halved, failed}
    assert again.ending.tally.done == 6

    before = resumed.files()
    assert resumed.run().ending.started == 0
    assert resumed.labels() == []
    assert resumed.files() == before
    for name in ("heatmap.png", "timings.csv"):  # of a run that was stopped while it drew
        (resumed.folder / name).unlink()
        assert resumed.run().ending.heatmap == resumed.folder / "heatmap.png"
        assert (resumed.folder / name).exists()
    assert resumed.labels() == []


def test_a_report_file_that_was_changed_or_is_another_is_drawn_again(resumed):
    resumed.run()
    for change in (lambda path: path.write_bytes(b"x"), lambda path: path.symlink_to("baselines.csv")):
        table = resumed.folder / "cells.csv"
        table.unlink()
        change(table)
        assert resumed.run().ending.started == 0
        assert (table.is_symlink(), table.read_bytes()) == (False, b"")


def test_a_cell_whose_encoder_was_not_kept_is_run_again_where_encoders_are_asked_for(bench):
    with_encoders = ("save_encoder=true",)
    bench.run(workers=1)
    assert bench.run(*with_encoders, workers=1, weights=True).ending.started == 5, "raw pixels have none"
    kept = sorted(path.stem for path in bench.folder.glob("cells/*.safetensors"))
    assert kept == sorted(cell.id for cell in cells(bench.file().grid, "shapes-1") if cell.seed is not None)
    assert bench.run(*with_encoders, workers=1, weights=True).ending.started == 0
    next(bench.folder.glob("cells/*.safetensors")).unlink()
    assert bench.run(workers=1).ending.started == 0, "a result is not lost with its encoder"
    assert bench.run(*with_encoders, workers=1, weights=True).ending.started == 1


def test_more_seeds_and_operations_reuse_what_is_done(resumed):
    assert resumed.run("augmentations.blur={}", seeds=2).ending.tally.done == 21
    done = {"raw-pixels", "random-init", "crop → color", "color → crop", "color"}
    first_seed = {"crop", "crop → blur", "color → blur", "blur", "blur → crop", "blur → color"}
    second_seed = (done | first_seed) - {"raw-pixels"}
    assert sorted(resumed.labels()) == sorted([*first_seed, *second_seed])
    # A grid of fewer cells starts nothing, but is another heatmap.
    (resumed.folder / "heatmap.png").write_bytes(b"old")
    assert resumed.run().ending.started == 0
    assert "blur" not in (resumed.folder / "grid.toml").read_text(encoding="utf-8")
    assert (resumed.folder / "heatmap.png").read_bytes() == b""


def test_a_cell_that_kills_its_worker_alone_gets_the_blame(bench):
    heard = bench.run(kills={"crop": 9}, seconds=0.05)
    [(cell, record)] = heard.ending.tally.failed
    assert cell.label == "crop"
    assert "SIGKILL" in record.error.message
    assert "memory" in record.error.message
    assert heard.ending.tally.done == 5
    [told] = [sentence for sentence in heard.sentences if "a worker process died" in sentence]
    assert "crop" in told


def test_a_cell_that_is_killed_beside_others_gets_a_chance_alone(bench):
    heard = bench.run(kills={"crop → color": 1})
    assert heard.ending.tally.done == 6
    assert heard.sentences
    assert bench.labels().count("crop → color") == 2


def test_only_the_cell_whose_worker_died_runs_again(bench):
    heard = bench.run(kills={"crop": 1}, seconds=0.3)
    assert heard.ending.tally.done == 6
    assert Counter(bench.labels()) == Counter([*ORDER, "crop"])
    [told] = [sentence for sentence in heard.sentences if "a worker process died" in sentence]
    assert told == "a worker process died (SIGKILL); running crop (seed 0) again"


def test_a_cell_that_hangs_is_stopped_in_time_and_the_others_are_not_disturbed(bench):
    heard = bench.run(hangs=["crop"], limit=5, seconds=0.1)
    [(cell, record)] = heard.ending.tally.failed
    assert (cell.label, record.error.type) == ("crop", "CellTimeoutError")
    assert record.error.message == "it took longer than 5 s and was stopped; the next run tries again"
    assert heard.ending.tally.done == 5
    assert Counter(bench.labels()) == Counter(ORDER), "none ran twice"
    assert [one for one in heard.sentences if "died" in one] == []
    assert [record.outcome for record in bench.run().records] == ["ok"]


@pytest.mark.parametrize(
    ("ends", "error", "said"),
    [
        (
            "os",
            "WorkerKilledError",
            r"the worker process died \(exit code 3\); code that it called, such as an op",
        ),
        ("sys", "SystemExit", "3"),
    ],
)
def test_a_cell_that_ends_its_process_is_named_and_the_others_go_on(bench, ends, error, said):
    heard = bench.run(ends={"crop": ends})
    [(cell, record)] = heard.ending.tally.failed
    assert (cell.label, record.error.type) == ("crop", error)
    assert re.match(said, record.error.message)
    assert heard.ending.tally.done == 5


def test_what_a_cell_prints_is_not_shown(bench, capfd):
    assert bench.run(prints=1000).ending.tally.done == 6
    assert capfd.readouterr() == ("", "")


def test_a_budget_stops_starting_cells(bench):
    heard = bench.run(workers=1, budget=1.5, seconds=0.4)
    done = len(heard.records)
    assert heard.ending.stopped == "budget"
    assert 1 <= done < 6
    assert bench.labels() == ORDER[:done]


def test_results_do_not_depend_on_the_number_of_workers(one_failed, bench):
    bench.run(workers=2, fails=["crop"])
    tables = [csv(load_results(folder)) for folder in (one_failed.folder, bench.folder)]
    assert tables[0] == tables[1]
    assert tables[0].count(b"\n") == 5


def test_one_run_at_a_time_in_a_folder(bench):
    bench.folder.mkdir()
    with FileLock(bench.folder / ".lock"), pytest.raises(ResultsError, match="another run"):
        bench.run()


def test_a_folder_of_other_files_is_left_alone(bench):
    bench.folder.mkdir()
    (bench.folder / "thesis.docx").write_text("")
    with pytest.raises(ResultsError, match=r"thesis\.docx"):
        bench.run()
    bench.folder = bench.folder / "thesis.docx"
    with pytest.raises(ResultsError, match="--out"):
        bench.run()


def test_results_that_cannot_be_written_end_the_run(bench):
    bench.folder.mkdir()
    (bench.folder / "cells").write_text("in the way")
    with pytest.raises(
        ResultsError, match=r"cannot write results .*\n.* stopped with 0 of 6 jobs in the fol"
    ):
        bench.run()


class Deleting(Heard):
    """Deletes something while the second job after it runs."""

    def __init__(self, delete):
        super().__init__()
        self.delete = delete

    def record(self, record, tally):
        super().record(record, tally)
        if len(self.records) == 2:
            self.delete()


@pytest.mark.parametrize("what", ["", "cells"])
def test_results_deleted_during_the_run_are_noticed_at_the_next_job_and_written_again(bench, what):
    heard = Deleting(lambda: shutil.rmtree(bench.folder / what))
    bench.run(workers=1, seconds=0.1, heard=heard)
    assert heard.sentences == [
        "decoding shapes …",
        CLASSES,
        f"{bench.folder}: was deleted during the run, wholly or in part; it is written again with "
        "2 finished jobs (without their predictions and pictures, which are lost)",
    ]
    assert heard.ending.heatmap
    kept = [read_record(bench.folder, record.id) for record in heard.records]
    assert [one.scores for one in kept] == [record.scores for record in heard.records]
    assert [one.arrays is None for one in kept] == [True, True, False, False, False, False]
    assert bench.run().ending.started == 0


def test_decoded_images_deleted_during_the_run_are_decoded_again(bench):
    records = bench.run(deletes=["raw-pixels", "crop"]).records
    assert [record.outcome for record in records] == ["ok"] * 6


def test_decoded_images_damaged_since_the_run_began_are_decoded_again(bench, monkeypatch, capfd):
    def damaged(data, *given):
        folder = prepare(data, *given)
        pixels = folder / "train_images.npy"
        content = bytearray(pixels.read_bytes())
        content[-1] ^= 1
        pixels.write_bytes(content)
        return folder

    monkeypatch.setattr("ablation.data.prepare.prepare", damaged)
    whole = bench.run().records
    assert [record.outcome for record in whole] == ["ok"] * 6
    assert capfd.readouterr().err.count("the decoded images are damaged; decoding them again") == 1


def test_a_study_that_varies_the_images_runs_each_job_on_its_own(bench):
    done = bench.run("data.size=16", 'vary."data.size"=[16, 32]').records
    sides = {record.id: str(record.identity["data"]["size"]) for record in done}
    assert Counter(side for *_, side in bench.started) == Counter(sides.values())
    assert set(sides.values()) == {"16", "32"}


def test_a_run_whose_folder_was_deleted_leaves_it_to_the_run_that_has_it_now(bench):
    with ExitStack() as other:

        def replace():
            shutil.rmtree(bench.folder)
            bench.folder.mkdir()
            other.enter_context(FileLock(bench.folder / ".lock", timeout=0))

        said = "another run is using this folder; this one had it before it was deleted\nthe run has stopped"
        with pytest.raises(ResultsError, match=said):
            bench.run(workers=1, seconds=0.1, heard=Deleting(replace))
    assert not (bench.folder / "grid.toml").exists()


def test_a_disk_that_vanishes_is_named_and_nothing_is_written_in_its_place(tmp_path):
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs two disks")
    link = tmp_path / "results"
    with TemporaryDirectory(dir=memory) as disk:
        link.symlink_to(disk)
        with held(link) as hold:
            assert not (link / "grid.toml").exists()
            link.unlink()
            with pytest.raises(ResultsError, match="results: its disk is no longer there"):
                hold.put_back(Tally([]), describe=pytest.fail)


def test_an_error_before_the_first_cell_leaves_the_folder_as_it_was(resumed, tmp_path, monkeypatch):
    before = resumed.files()
    with pytest.raises(DataError, match="has 1 training image"):
        resumed.run("data.train=10", "pretrain.batch_size=4")
    with pytest.raises(DeviceError, match="needs a CUDA device"):
        resumed.run('pretrain.precision="tf32"')
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "grid.toml"))  # a file: nothing can be decoded
    with pytest.raises(DataError, match="cannot write the decoded images"):
        resumed.run("data.train=30")
    assert resumed.files() == before
    assert resumed.labels() == []


def test_a_stopped_run_does_not_pass_an_old_heatmap_off_as_its_own(resumed, monkeypatch):
    def stopped(*_):
        yield from ()
        raise KeyboardInterrupt

    resumed.run("augmentations.blur={}", budget=0)  # draws
    monkeypatch.setattr(launching, "run", stopped)
    ending = resumed.run("augmentations.blur={}").ending
    assert ending.stopped == "interrupt"
    assert (resumed.folder / "heatmap.png").exists()
    assert ending.heatmap is None
    said = _said(lambda show: show.end(ending))
    assert said[0] == "tiny: stopped, 5 of 11 jobs done; run the same command to continue"
    assert said[1].startswith("failed: crop (seed 0): ValueError: no good [red] in crop")
    assert said[2] == f"`ablation report {resumed.folder}` draws the results so far"


def test_a_grid_is_recognised_where_utf8_is_not_the_default(resumed, monkeypatch):
    read, write = Path.read_text, Path.write_text
    monkeypatch.setattr(Path, "read_text", lambda path, encoding="ascii": read(path, encoding))
    monkeypatch.setattr(Path, "write_text", lambda path, text, encoding="ascii": write(path, text, encoding))
    resumed.grid_path.write_text(f"# größer{GRID}", encoding="utf-8")
    resumed.run()
    before = resumed.files()
    assert resumed.run().ending.started == 0
    assert resumed.files() == before


def _said(show):
    with open(os.devnull, "w") as file:  # noqa: PTH123
        console = Console(file=file, record=True, width=200)
        show(TextShow("tiny", console))
        return console.export_text().splitlines()


def test_a_pipe_is_told_between_start_and_end_how_far_the_run_is(one_failed, monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("ablation.cli.counting.time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr("ablation.runner.seldom._FREE", 60.0)  # only the clock decides
    tally, best = Tally(one_failed.heard.ending.tally.cells), []

    def show(text):
        text.start(tally, 2, ("cpu",), ())
        for record in one_failed.heard.records:
            clock.now += 6
            tally.records[record.id] = record
            text.record(record, tally)
            best.append(tally.best)

    said = _said(show)
    assert len(said) == 6  # the start, and every job but the last
    assert said[1] == "1/6 jobs · under 1 s left"
    assert said[3] == "2/6 jobs · under 1 s left · 1 failed"
    fourth = best[4]
    assert said[5] == f"4/6 jobs · under 1 s left · best {fourth.label} {fourth.score:.1%} · 1 failed"


def test_decoding_is_told_only_where_something_is_decoded(bench):
    assert bench.run(budget=0).sentences == ["decoding shapes …", CLASSES]
    assert bench.run(budget=0).sentences == [CLASSES]


def test_the_folder_keeps_the_classes_also_where_nothing_is_left_to_run(bench):
    bench.run()
    classes = open_folder(bench.folder).environment.classes
    assert [(one.name, one.train, one.test) for one in classes[:2]] == [("disc", 4, 2), ("ring", 4, 2)]
    (bench.folder / "environment.json").touch()
    (bench.folder / "grid.toml").write_text((bench.folder / "grid.toml").read_text() + "# edited")
    bench.run()
    assert open_folder(bench.folder).environment.classes == classes


@pytest.mark.parametrize(
    ("label", "advice"), [("crop", "pretrain.batch_size or pretrain.width"), ("raw-pixels", "data.train")]
)
def test_a_killed_cell_is_advised_to_make_smaller_what_it_uses(bench, monkeypatch, label, advice):
    def killed(_job, ask, _workers, limit):
        while cell := ask():
            yield cell, Killed("SIGKILL")

    monkeypatch.setattr("ablation.runner.run.in_processes", killed)
    grid = bench.file().grid
    [cell] = [cell for cell in cells(grid, "shapes-1") if cell.label == label]
    [record] = run(InOrder([cell]), Job(bench.folder, {}, ("cpu",)), workers=1)
    assert record.error.message.endswith(f"make {advice} smaller")


def test_an_error_that_is_not_of_writing_is_not_called_one(bench, monkeypatch):
    def starved(*_, **__):
        raise OSError(12, "Cannot allocate memory")
        yield

    monkeypatch.setattr("ablation.runner.run.in_processes", starved)
    [cell, *_] = cells(bench.file().grid, "shapes-1")
    with pytest.raises(OSError, match="Cannot allocate memory"):
        list(run(InOrder([cell]), Job(bench.folder, {}, ("cpu",)), workers=1))


def _images(labels, unlabelled=None, groups=None):
    split = Split(np.zeros((len(labels), 3, 8, 8), np.uint8), np.array(labels), groups)
    return Dataset(split, split, unlabelled, ("cat", "dog"), ())


def _checked(images, device="cpu", **pretrain):
    grid = {"data": {"source": "shapes"}, "augmentations": {"crop": {}}, "pretrain": pretrain}
    check(Grid.model_validate(grid), images, [device])


def test_a_class_that_cannot_be_split_is_named_before_the_first_cell():
    with pytest.raises(DataError, match="class 'dog' has 1 training image"):
        _checked(_images([0] * 200 + [1]))
    one_dog = np.where(np.arange(200) % 2, 0, np.arange(200))
    with pytest.raises(DataError, match="class 'dog' cannot be on both sides without dividing a group"):
        _checked(_images([0, 1] * 100, groups=one_dog))


def test_no_full_batch_is_told_before_the_first_cell():
    few, many = np.zeros((30, 3, 8, 8), np.uint8), [0, 1] * 20
    _checked(_images(many), batch_size=40)
    with pytest.raises(DataError, match=r"40 images to pretrain .* set pretrain\.batch_size to 40 or less"):
        _checked(_images(many), batch_size=41)
    with pytest.raises(DataError, match="30 images to pretrain"):
        _checked(_images(many, few), batch_size=40)
    with pytest.raises(DataError, match="40 labelled images"):
        _checked(_images(many, np.zeros((99, 3, 8, 8), np.uint8)), batch_size=41)


def test_a_precision_that_the_device_has_not_is_told_before_the_first_cell():
    _checked(_images([0, 1] * 100), device="cuda:0", precision="tf32")
    with pytest.raises(DeviceError, match="needs a CUDA device"):
        _checked(_images([0, 1] * 100), precision="tf32")


def test_plan_checks_before_it_measures(one_failed):
    grid = one_failed.file('pretrain.precision="tf32"').grid
    with pytest.raises(DeviceError, match="needs a CUDA device"):
        show_plan(grid, one_failed.folder, workers=1, device="cpu", measure=lambda *_: {})


def test_pending_is_what_a_run_would_start(one_failed, tmp_path):
    def pending(fingerprint, folder):
        return [cell.label for cell in survey(cells(one_failed.file().grid, fingerprint), folder).pending]

    assert pending("shapes-1", one_failed.folder) == ["crop"]
    assert pending("shapes-1", tmp_path / "none") == ORDER
    assert len(pending("other pictures", one_failed.folder)) == 6


def test_the_best_is_chosen_on_validation_among_pairs_and_singles(one_failed):
    tally = one_failed.heard.ending.tally
    scores = {
        cell.label: tally.records[cell.id].scores.linear_top1_val
        for cell in tally.cells
        if cell.first and cell.label != "crop"
    }
    assert tally.best.label == max(scores, key=scores.get)
    assert tally.best.score == max(scores.values())


def test_plan_says_what_decoding_showed(tmp_path, capsys):
    random = np.random.default_rng(0)
    for number in range(40):
        path = tmp_path / "photos" / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 4096, (16, 16)).astype(np.uint16)).save(path)
    data = {"source": "folder", "path": str(tmp_path / "photos"), "size": 16}
    grid = Grid.model_validate({"data": data, "augmentations": {"crop": {}}, "pretrain": {"batch_size": 16}})

    def measure(planned, datasets, device):
        return {cell.id: 1.0 for cell in planned}

    show_plan(grid, tmp_path / "results", measure=measure)
    assert "note: 16-bit images use values" in (said := capsys.readouterr().out)
    assert said.index("set data.range = [0, 4095]") < said.index("per job")


def test_plan_marks_cells_and_estimates_the_time(one_failed, capsys):
    show_plan(
        one_failed.file().grid,
        one_failed.folder,
        workers=1,
        device="cpu",
        measure=lambda cells, *_: {cell.id: 75.0 for cell in cells},
    )
    said = capsys.readouterr().out
    assert "6 jobs, 5 done" in said
    assert ["crop", "✗", "✓"] in [line.split() for line in said.splitlines()]
    assert "raw-pixels ✓, random-init ✓" in said
    assert "about 1 min 15 s with 1 worker" in said


def test_plan_and_run_refuse_a_disk_that_is_too_small_before_anything_is_decoded(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000))
    (tmp_path / "tiny.toml").write_text(GRID)
    file = load_grid(tmp_path / "tiny.toml")
    for refusing in (
        lambda: show_plan(file.grid, tmp_path / "results", measure=None),
        lambda: launch(file, tmp_path / "results", TextShow("tiny")),
    ):
        with pytest.raises(DataError, match="the decoded images need 1 MB more"):
            refusing()
    assert "Disk: the decoded images take 1 MB in" in capsys.readouterr().out
    assert not (tmp_path / "cache" / "data").exists()


def test_status_counts_every_folder_and_names_a_damaged_one(one_failed, capsys, tmp_path, monkeypatch):
    (tmp_path / "whole").symlink_to(one_failed.folder)
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "grid.toml").write_text("[[")
    monkeypatch.chdir(tmp_path)
    show_status(Path())
    said = " ".join(capsys.readouterr().out.split())
    assert "whole 5/6 1 0 " in said
    assert "torn: " in said
    with pytest.raises(ResultsError, match="not a results folder"):
        show_status(one_failed.log)


def test_status_shows_the_whole_of_a_long_path_where_the_terminal_is_narrow(one_failed, capsys, tmp_path):
    long = tmp_path / "results-of-a-long-name" / "with-an-ending-that-tells-it-from-others"
    long.parent.mkdir()
    long.symlink_to(one_failed.folder)
    show_status(long.parent)
    said = capsys.readouterr().out.split("\n")
    column = said[0].index("done")
    assert str(long) in "".join(line[:column].strip() for line in said)


def test_workers_that_are_free_take_the_next_cell():
    assert wall_seconds([3, 1, 1, 1], workers=2) == 3
    assert wall_seconds([1, 1, 1, 3], workers=2) == 4


@pytest.mark.parametrize("text", ["", "30", "m", "1m1h", "-3m", "0s", "3 m 2"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_damaged_jobs_are_said_and_run_again(resumed):
    resumed.run()  # the one that failed
    whole = {path: path.read_bytes() for path in (resumed.folder / "cells").iterdir()}
    rotten, torn = sorted(path for path in whole if path.suffix == ".npz")[:2]
    rotten.write_bytes(whole[rotten][:100] + bytes([whole[rotten][100] ^ 1]) + whole[rotten][101:])
    torn.with_suffix(".json").write_bytes(b"{}")
    heard = resumed.run()
    assert len(resumed.started) == 2
    [sentence] = [one for one in heard.sentences if "damaged" in one]
    assert sentence.startswith("2 damaged jobs, to be run again: ")
    assert rotten.name in sentence
    assert f"{torn.stem}.json" in sentence
    assert heard.ending.tally.done == 6
    assert {path.read_bytes() == whole[path] for path in whole if path.suffix == ".npz"} == {True}
    assert not resumed.run().sentences


def test_damaged_pictures_of_a_finished_grid_are_made_again(resumed):
    resumed.run()
    pictures = resumed.folder / "pictures.npz"
    pictures.write_bytes(b"half")
    heard = resumed.run()
    assert [one for one in heard.sentences if "pictures.npz: is damaged" in one and "made again" in one]
    assert read_pictures(resumed.folder) is not None
    assert not resumed.run().sentences
