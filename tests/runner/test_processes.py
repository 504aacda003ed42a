"""Worker processes are asked for more whenever one is free, and once more after each result was looked at."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from ablation.runner.interrupts import interrupts_deferred
from ablation.runner.processes import _Worker, in_processes

INTERRUPTS_ITSELF = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('goes on')"


def test_what_a_result_gives_to_do_is_done():
    todo, results = [3], []

    def ask():
        return todo.pop() if todo else None

    with closing(in_processes(abs, ask, workers=2)) as outcomes:
        for item, _ in outcomes:
            results.append(item)
            if item > 0:  # as a schedule that is told of a result and then knows what comes next
                todo.append(item - 1)
    assert results == [3, 2, 1, 0]


@pytest.fixture
def ctrl_c_interrupts():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # processes of pytest-xdist ignore it
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_interrupts")
def test_ctrl_c_while_a_worker_starts_takes_effect_afterwards_and_spares_the_worker():
    ran = []

    def interrupted():
        with interrupts_deferred():
            os.kill(os.getpid(), signal.SIGINT)
            ran.append(subprocess.check_output([sys.executable, "-c", INTERRUPTS_ITSELF], text=True))

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ran == ["goes on\n"]


@pytest.mark.usefixtures("ctrl_c_interrupts")
def test_ctrl_c_while_an_item_is_handed_over_leaves_no_worker_at_work_on_it(monkeypatch, tmp_path):
    give = _Worker.give

    def interrupted(worker, item):
        given = give(worker, item)
        os.kill(os.getpid(), signal.SIGINT)
        return given

    monkeypatch.setattr(_Worker, "give", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(in_processes(slowly_touch, iter([tmp_path / "done", None]).__next__, workers=1))
    time.sleep(1.5)
    assert not (tmp_path / "done").exists()


def slowly_touch(path):
    time.sleep(1)
    path.touch()


def starved(item):
    raise MemoryError


class Unreadable:
    """What cannot be received where it is sent."""

    def __reduce__(self):
        return int, ("no number",)


@pytest.mark.parametrize(
    ("function", "reason"),
    [(starved, "out of memory"), (Unreadable(), "it could not start: invalid literal")],
)
def test_a_worker_that_cannot_work_has_died_and_says_why(function, reason, capfd):
    (item, killed), *others = in_processes(function, iter([1]).__next__, workers=1)
    assert (item, others) == (1, [])
    assert killed.reason.startswith(reason)
    assert killed.overdue is None
    assert capfd.readouterr().err == ""


def test_what_cannot_be_sent_is_an_error_and_leaves_no_process():
    command = [sys.executable, "-c", UNSENDABLE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.stdout == "function\nitem\n", done.stderr


UNSENDABLE = """
from ablation.runner.processes import in_processes

for what, function, item in (("function", lambda item: item, 1), ("item", abs, lambda: 1)):
    try:
        list(in_processes(function, iter([item]).__next__, workers=1))
    except Exception:
        print(what)
"""
