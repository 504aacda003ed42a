"""The code behind a user's own operation."""

from pathlib import Path

import pytest

from ablation.errors import GridError
from ablation.grid.user_code import read_sources, sources_hash


def write(folder: Path, **files: str) -> None:
    for name, content in files.items():
        file = folder / f"{name.replace('__', '/', 1)}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)


def test_what_a_module_imports_from_its_folder_belongs_to_it(tmp_path: Path) -> None:
    write(
        tmp_path, mine="import torch, one\nfrom two import x", one="def f():\n    import three", two="x = 1"
    )
    write(tmp_path, three="", four="")
    assert list(read_sources(tmp_path, "mine")) == ["mine.py", "one.py", "three.py", "two.py"]


def test_packages_and_relative_imports_are_followed(tmp_path: Path) -> None:
    write(tmp_path, package____init__="from . import inner", package__inner="from .deeper import x")
    write(tmp_path, package__deeper="x = 1", package__mine="from .. import other", package__unused="")
    assert list(read_sources(tmp_path, "package.inner")) == [
        *("package/__init__.py", "package/deeper.py", "package/inner.py"),
    ]
    write(tmp_path, user="from package import inner")
    assert list(read_sources(tmp_path, "user")) == [
        *("package/__init__.py", "package/deeper.py", "package/inner.py", "user.py"),
    ]


def test_what_is_installed_is_not_taken_from_the_folder(tmp_path: Path) -> None:
    write(tmp_path, mine="import random, numpy, helper\nfrom ablation.augment.paper import kernel_size")
    write(tmp_path, random="", numpy="", helper="", ablation____init__="", ablation__augment="")
    assert list(read_sources(tmp_path, "mine")) == ["helper.py", "mine.py"]


def test_modules_may_import_each_other(tmp_path: Path) -> None:
    write(tmp_path, one="import two", two="import one")
    assert list(read_sources(tmp_path, "one")) == ["one.py", "two.py"]


def test_the_hash_changes_with_the_code_and_not_with_the_folder(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        write(tmp_path / place, mine="import helper", helper="x = 1")
    here, there = (sources_hash(read_sources(tmp_path / place, "mine")) for place in ("here", "there"))
    assert here == there
    write(tmp_path / "there", helper="x = 2")
    assert sources_hash(read_sources(tmp_path / "there", "mine")) != here


def test_a_missing_module_and_one_that_is_no_python_are_told(tmp_path: Path) -> None:
    with pytest.raises(GridError, match=r"there is no mine\.py in "):
        read_sources(tmp_path, "mine")
    write(tmp_path, mine="import broken", broken="x = 1\ndef")
    with pytest.raises(GridError, match=r"broken\.py:2 is no Python: "):
        read_sources(tmp_path, "mine")
