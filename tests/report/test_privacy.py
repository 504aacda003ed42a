"""What is sent to others, the page and a published folder, says nothing of the machine it was made on."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ablation.grid.cells import PROTOCOL_VERSION, jobs
from ablation.grid.file.load import load_grid
from ablation.report.page.render import render
from ablation.report.publish import publish
from ablation.report.write import write_report
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.environment import Environment
from ablation.results.stored.folder import open_folder, write_folder
from ablation.results.stored.record import Failure
from ablation.results.study import read_study
from ablation.runner.tally import survey
from ablation.view.pages import update
from ablation.view.state import read_state
from tests.results.builder import arrays, edit_record, record

SECRET = "correct horse battery staple"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A home with a working directory, data outside of it, and results that were run in it."""
    work = tmp_path / "annasmith" / "work"
    work.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "annasmith"))
    monkeypatch.chdir(work)
    data = tmp_path / "annasmith" / "My photos"
    (work / "tiny.toml").write_text(
        f"# Images of {data}: 10 of 2 classes; a copy is in {tmp_path}/backup/photos.\n"
        'baselines = ["raw-pixels"]\n'
        f'[data]\nsource = "folder"\npath = "{data}"  # see {data}/README # and "more"\n'
        f'groups = "{work}/lists/groups.csv"\n[augmentations]\ncrop = {{}}\ncolor = {{}}\n'
    )
    file = load_grid(work / "tiny.toml", [f"data.unlabelled={data}/more"])
    folder = work / "results" / "tiny"
    environment = Environment(
        fingerprint="f" * 16,
        protocol=PROTOCOL_VERSION,
        command=(
            "ablation",
            "run",
            f"{work}/tiny.toml",
            "--set",
            f"data.unlabelled={data}/more",
            f"--out={folder}",
        ),
        started=datetime(2025, 1, 2, tzinfo=UTC),
        versions={"python": "3.12.1"},
    )
    write_folder(folder, file, environment)
    for cell in jobs(file.grid, environment.fingerprint):
        failed = cell.label == "color"
        found = record(cell, None if failed else 0.4, "failed" if failed else "ok")
        trace = f"Traceback (most recent call last):\n  {SECRET} {tmp_path}/venv/site-packages/x.py"
        message = f"cannot open '{data}/1.jpg' of {tmp_path}/venv/lib/site-packages/PIL/Image.py"
        changes = {"error": Failure(type="OSError", message=message)} if failed else {}
        stored = None if failed else arrays()
        write_cell(folder, CellResult(found.model_copy(update=changes), stored, traceback=trace * failed))
    return folder


def _sent(folder, *others):
    files = [path for path in (*folder.rglob("*"), *others) if path.is_file()]
    assert files
    return {path.name: path.read_bytes() for path in files}


def _is_private(files, tmp_path):
    wanted = (str(tmp_path), "annasmith", "site-packages", "Traceback", SECRET)
    return {(name, one) for name, content in files.items() for one in wanted if one.encode() in content}


def _as_older_versions_wrote_it(folder, tmp_path):
    for path in (folder / "cells").glob("*.json"):
        stored = json.loads(path.read_text())
        if stored["error"]:
            error = stored["error"] | {
                "traceback": f"Traceback {SECRET} {tmp_path}/site-packages",
                "message": f"{tmp_path}/annasmith/x.jpg\n" + 2000 * "long ",
            }
            edit_record(path, error=error, notes=[f"skipped {tmp_path}/annasmith/2.jpg"])


@pytest.mark.parametrize("older", [False, True])
def test_neither_the_page_nor_tables_nor_a_published_folder_name_the_machine(machine, tmp_path, older):
    if older:
        _as_older_versions_wrote_it(machine, tmp_path)
    written = write_report(machine, tables=not older)
    assert publish(read_study(machine), tmp_path / "copy")
    assert _is_private({path.name: path.read_bytes() for path in written}, tmp_path) == set()
    assert _is_private(_sent(tmp_path / "copy"), tmp_path) == set()
    assert not (tmp_path / "copy" / "failures").exists()
    own = json.loads((machine / "environment.json").read_text())["command"]
    assert own == ["ablation", "run", "tiny.toml", "--set", "data.unlabelled=more", "--out=results/tiny"]


def test_the_page_says_what_failed_and_in_which_file_the_traceback_is(machine, tmp_path):
    page = render(read_study(machine)).replace("&#34;", '"').replace("&#39;", "'")
    [trace] = (machine / "failures").iterdir()
    assert SECRET in trace.read_text()
    assert "OSError" in page
    assert "cannot open '1.jpg' of Image.py" in page
    assert f"failures/{trace.name}" in page
    assert 'path = "My photos"' in page
    assert 'groups = "lists/groups.csv"' in page
    live = json.dumps(update("tiny", read_state(Path("results/tiny"))))
    assert "cannot open" in live
    assert _is_private({"live": live.encode()}, tmp_path) == set()


def test_a_published_grid_is_the_same_grid_and_the_folder_of_the_run_still_finds_its_data(machine, tmp_path):
    publish(read_study(machine), tmp_path / "copy")
    copy, own = open_folder(tmp_path / "copy"), open_folder(machine)
    assert own.grid.data.path == str(tmp_path / "annasmith" / "My photos")
    assert copy.grid.data.path == "My photos"
    assert [cell.id for cell in copy.cells] == [cell.id for cell in own.cells]
    assert len(survey(copy.cells, copy.path).failed) == 1
    assert "10 of 2 classes; a copy is in photos" in copy.file.text
