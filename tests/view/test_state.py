"""How far a folder is, and whether a run seems to be at work in it."""

import os

import pytest
from rich.console import Console

from ablation.cli.status import show_status
from ablation.view.pages import update
from ablation.view.state import read_state
from tests.results.builder import build
from tests.undrawn import draw_nothing


def folder(path, first_row="crop", every=10.0):
    """A folder whose records were written one every so many seconds, the last 1000 seconds after 1970."""
    build(path, ["crop", "color"], lambda first, *_: 0.5 if first == first_row else None, baselines={})
    for place, file in enumerate(sorted((path / "cells").glob("*.json"), reverse=True)):
        os.utime(file, (1000 - every * place,) * 2)
    return path


def test_a_run_that_wrote_a_short_while_ago_is_at_work_and_its_end_is_told(tmp_path):
    state = read_state(folder(tmp_path), now=1020)
    assert (state.tally.done, state.active) == (2, True)
    assert state.words == "2 of 4 jobs done; about 20 s left"


def test_a_run_that_has_long_written_nothing_is_not(tmp_path):
    state = read_state(folder(tmp_path), now=1000 + 60 + 50)
    assert not state.active
    assert state.words == "2 of 4 jobs done; last result 1 min 50 s ago"


def test_the_table_is_of_the_grids_own_length_and_the_best_of_the_longest(tmp_path):
    lengths = "[pretrain]\nepochs = 4\n[lengths]\nepochs = [2, 20]"
    build(tmp_path, ["crop", "color"], lambda *_: 0.5, baselines={}, extra=lengths, length=lambda *_: 0.9)
    state = read_state(tmp_path)
    assert state.words == "12 jobs, all done"
    assert state.tally.best.score == pytest.approx(0.49)
    assert state.best == "best: crop, 89.0 % validation linear top-1 at 20 epochs"
    table = update("a", state)["table"]
    assert "50.0" in table
    assert "90.0" not in table


def test_slow_jobs_are_waited_for(tmp_path):
    assert read_state(folder(tmp_path, every=300), now=1000 + 1400).active


def test_without_cells_nothing_is_said_of_time(tmp_path):
    state = read_state(folder(tmp_path, first_row="none"), now=1000)
    assert not state.active
    assert state.words == "0 of 4 jobs done"


def test_failed_cells_are_counted_and_a_whole_grid_is_done(tmp_path):
    build(tmp_path / "a", ["crop"], lambda *_: "failed", baselines={})
    assert "0 of 1 job done, 1 failed" in read_state(tmp_path / "a").words
    build(tmp_path / "b", ["crop"], lambda *_: 0.5, baselines={})
    assert read_state(tmp_path / "b").words == "1 job, all done"


def test_a_record_that_changes_is_read_again(tmp_path):
    path = folder(tmp_path)
    assert read_state(path).tally.done == 2
    file = next((path / "cells").glob("*.json"))
    file.write_text("half")
    assert read_state(path).tally.done == 1
    file.unlink()
    assert read_state(path).tally.done == 1


def test_a_report_that_does_not_show_a_cell_is_none(tmp_path):
    path = folder(tmp_path)
    draw_nothing(path)
    for time in (0, 2e9):  # whatever the clock says
        os.utime(path / "heatmap.png", (time, time))
        assert read_state(path).drawn
    file = next((path / "cells").glob("*.json"))
    file.write_text(file.read_text() + " ")
    assert not read_state(path).drawn


def test_what_is_pending_is_what_a_run_would_start(tmp_path):
    # As `ablation status` counts: a cell whose encoder was asked for and not kept is still to be run.
    build(tmp_path, ["crop"], lambda *_: 0.5, baselines={}, first_lines="save_encoder = true")
    assert read_state(tmp_path).words.startswith("0 of 1 job done")


def test_a_damaged_record_is_pending_and_named_on_the_page_and_by_status(tmp_path):
    path = folder(tmp_path / "mine")
    damaged = sorted((path / "cells").glob("*.json"))[0]
    damaged.write_text("{}")
    state = read_state(path, now=9000)
    assert state.words.startswith("1 of 4 jobs done, 1 damaged; ")
    assert f"1 damaged job, to be run again: {damaged} (" in update("a", state)["endings"]
    console = Console(record=True, width=300)
    show_status(path, console)
    assert f"1 damaged job, to be run again: {damaged} (" in console.export_text()
