import os
from pathlib import Path

import pytest

from ablation.private import shown_path, without_environment, without_install_paths, without_paths


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    home = tmp_path / "Anna Smith"
    (home / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home / "work")
    return home


def test_a_path_is_shown_relative_to_the_working_directory_or_by_its_last_part(at_home):
    assert shown_path(at_home / "work/data/photos") == "data/photos"
    assert shown_path(at_home / "work") == "."
    assert shown_path(at_home / "photos") == shown_path("~/photos") == shown_path("../photos") == "photos"
    assert shown_path(at_home) == shown_path("/home/bob") == shown_path(r"C:\Users\bob") == "~"
    assert shown_path("data/photos") == "data/photos"
    assert shown_path(r"C:\Users\bob\photos") == "photos"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{home}/photos/my cat.jpg: broken", "my cat.jpg: broken"),
        ("{home}/work/photos/1.jpg: broken", "photos/1.jpg: broken"),
        ("[Errno 2] No such file: '/mnt/My Data/a.npz'", "[Errno 2] No such file: 'a.npz'"),
        ("(/opt/venv/lib/python3.11/site-packages/PIL/Image.py:3)", "(Image.py:3)"),
        ("PATH=/usr/bin:/home/bob/bin", "PATH=bin:bin"),
        ("file:///srv/data/a.csv", "a.csv"),
        ("no room in {home}", "no room in ~"),
        ("1/2 of crop/color at https://host/a/b, second(first(x)), N/A, (N, 3)", None),
    ],
)
def test_absolute_paths_in_a_text_are_shortened_and_nothing_else_is_changed(at_home, text, shown):
    told = without_paths(text.format(home=at_home))
    assert told == (text if shown is None else shown)
    assert without_paths(told) == told


def test_a_traceback_keeps_what_tells_files_apart(at_home):
    lines = [f'File "{path}", line 1' for path in (pytest.__file__, at_home / "work/my.py", at_home / "x.py")]
    assert without_install_paths("\n".join(lines)).splitlines() == [
        'File "site-packages/pytest/__init__.py", line 1',
        'File "my.py", line 1',
        'File "~/x.py", line 1',
    ]


def test_a_value_of_the_environment_is_named_and_not_quoted(monkeypatch):
    monkeypatch.setenv("PLANTED_TOKEN", "s3cr3t/with+signs==")
    monkeypatch.setenv("PLANTED_SHORT", "cpu")
    said = without_environment("401: token=s3cr3t/with+signs== on cpu")
    assert said == "401: token=$PLANTED_TOKEN on cpu"
    assert without_environment(f"in {os.environ['HOME']}") == f"in {Path.home()}"
