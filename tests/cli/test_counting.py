"""In a pipe, long work says every few per cent how far it is."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from ablation.cli.counting import Counting


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is told to go on."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("ablation.cli.counting.time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def console():
    return Console(record=True, width=80, file=io.StringIO())


def test_a_pipe_is_told_every_few_per_cent(clock, console):
    tell = Counting(console)
    tell("images decoded", 0, 1000)
    for done in range(10, 1001, 10):
        clock.now += 2
        tell("images decoded", done, 1000)
    said = console.export_text().splitlines()
    assert said[0] == "50/1000 images decoded · about 3 min 10 s left"
    assert len(said) == 19  # of the twentieth, the result tells


def test_slow_work_is_told_of_every_five_minutes_and_fast_work_not_at_all(clock, console):
    tell = Counting(console)
    for done in range(1001):
        tell("jobs", done, 1000)
    assert console.export_text() == ""
    tell("jobs", 0, 1000)
    for done in range(1, 5):
        clock.now += 200
        tell("jobs", done, 1000)
    assert [line.split()[0] for line in console.export_text().splitlines()] == ["2/1000", "4/1000"]
