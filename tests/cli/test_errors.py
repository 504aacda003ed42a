"""Errors are short, whatever they are about."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from ablation.cli.app import app
from tests.results.builder import build

GRID = '[data]\nsource = "shapes"\n[augmentations]\ncrop = {}\n'
LONG = {"word": "x" * 20_000, "words": "ab cd " * 3_400, "path": "some/" * 4_000}
COMMANDS = [
    ["GIVEN"],
    ["status", "GIVEN"],
    ["status", "--GIVEN"],
    ["view", "GIVEN", "--no-open"],
    ["view", "--port", "GIVEN"],
    ["validate", "GIVEN"],
    ["validate", "grid.toml", "--set", "GIVEN"],
    ["validate", "grid.toml", "--set", "data.GIVEN=1"],
    ["validate", "grid.toml", "--set", "data.source=GIVEN"],
    ["run", "grid.toml", "--out", "GIVEN"],
    ["run", "grid.toml", "--device", "GIVEN"],
    ["run", "grid.toml", "--budget", "GIVEN"],
    ["new", "other.toml", "--from", "GIVEN"],
    ["recommend", "GIVEN"],
    ["compare", "GIVEN", "GIVEN"],
    ["recommend", "results", "--code", "GIVEN"],
    ["compare", "results", "results", "--metric", "GIVEN"],
]
GRIDS = [
    '"GIVEN" = 1\n' + GRID,
    'name = "GIVEN"\n' + GRID,
    GRID + '"GIVEN" = {}\n',
    GRID + 'mine = ["crop", "GIVEN"]\n',
    GRID + 'mine = { operation = "GIVEN" }\n',
    GRID + 'mine = { kornia = "GIVEN" }\n',
    GRID + "".join(f"a{number} = 1\n" for number in range(500)),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("errors")
    (path / "grid.toml").write_text(GRID)
    build(path / "results", ["crop", "color"], lambda *_: 0.5)
    return path


@pytest.mark.parametrize("given", LONG.values(), ids=LONG)
def test_no_error_repeats_what_it_was_given_at_length(folder, monkeypatch, given):
    monkeypatch.chdir(folder)
    for number, text in enumerate(GRIDS):
        (folder / f"{number}.toml").write_text(text.replace("GIVEN", given))
    for command in COMMANDS + [["validate", f"{number}.toml"] for number in range(len(GRIDS))]:
        result = CliRunner().invoke(app, [part.replace("GIVEN", given) for part in command])
        assert (command, result.exit_code) == (command, 2)
        assert 20 < len(result.output) < 2_500, command
        assert max(map(len, result.output.splitlines())) < 700, command


INTERRUPTED_IN_A_DESTRUCTOR = """
import signal, sys, time
import typer
from ablation.cli.errors import Commands

class Interrupted:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
app = typer.Typer(cls=Commands)

@app.callback()
def main(debug: bool = False): ...

@app.command()
def destroy():
    Interrupted()
    time.sleep(600)

app(["destroy"])
"""


def test_ctrl_c_that_came_out_as_another_error_is_a_stop(monkeypatch, folder):
    def dumped(*_):
        raise RuntimeError("Error calling function: KeyboardInterrupt") from KeyboardInterrupt()

    monkeypatch.setattr("ablation.grid.file.load.load_grid", dumped)
    result = CliRunner().invoke(app, ["validate", str(folder / "grid.toml")])
    assert (result.exit_code, result.stderr) == (130, "stopped\n")


def test_no_ctrl_c_is_lost_in_a_destructor():
    command = [sys.executable, "-c", INTERRUPTED_IN_A_DESTRUCTOR]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")
