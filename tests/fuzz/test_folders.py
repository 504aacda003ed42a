"""Results folders in which anything may lie anywhere: each command says so in a few words, soon."""

import os
import shutil
import time
from collections import Counter

import pytest
from typer.testing import CliRunner

from ablation.cli.app import app
from tests.fuzz.inputs import count, damaged, draws, say
from tests.results.builder import build

COMMANDS = (("status", "."), ("status", "study"), ("recommend", "study"), ("compare", "study", "other"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("study", "other"):
        build(tmp_path / name, ["crop", "color"], lambda *_: 0.4, [0, 1], {"random-init": 0.25})
    return tmp_path


def changed(path, others, draw):
    """Put something else in the place of a file."""
    content = path.read_bytes()
    path.unlink()
    match draw.randrange(7):
        case 0:
            path.write_bytes(damaged(content, draw))
        case 1:
            path.mkdir()
        case 2:
            path.symlink_to(path.name)  # to itself
        case 3:
            os.mkfifo(path)
        case 4:
            path.write_bytes(b"")
        case 5:
            path.symlink_to("/dev/zero")
        case 6:
            shutil.copy(draw.choice(others), path)


def test_every_command_answers_for_a_folder_in_which_anything_may_lie(here):
    found: Counter[str] = Counter()
    shutil.copytree(here / "study", here.parent / "whole", dirs_exist_ok=True)
    others = sorted(file for file in (here / "other").rglob("*") if file.is_file())
    files = sorted(file for file in (here / "study").rglob("*") if file.is_file())
    for draw in draws("folders", count(40)):
        for path in draw.sample(files, draw.randint(1, 3)):
            changed(path, others, draw)
        command = draw.choice(COMMANDS)
        began = time.process_time()
        result = CliRunner().invoke(app, command)
        assert time.process_time() - began < 2, command
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            command,
            result.exception,
        )
        found[f"{command[0]}: {'answered' if result.exit_code == 0 else 'refused'}"] += 1
        if command == ("status", "."):
            assert "other" in result.stdout  # whatever is in one folder, the others are shown
        shutil.rmtree(here / "study")
        shutil.copytree(here.parent / "whole", here / "study")
    say("folders", found)
    assert found["status: answered"]
    assert found["recommend: refused"]
