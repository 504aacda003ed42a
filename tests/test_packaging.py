"""What a user installs: the right name, and a wheel that needs no checkout."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from ablation.version import DISTRIBUTION

ROOT = Path(__file__).parents[1]
# `ablation` on the package index is another project: whoever installs it gets somebody else's code.
WRONG = re.compile(
    r"pip install (?:-\S+ )*[\"']?ablation\b|(?<![\w-])ablation\[(?:dask|ray|test|bench|notebooks)\]"
)


def texts():
    folders = ("ablation", "docs", "grids", "notebooks", "results")
    inside = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    kinds = {".py", ".md", ".toml", ".ipynb", ".cff", ".html", ""}
    return [path for path in (*ROOT.glob("*"), *inside) if path.is_file() and path.suffix in kinds]


def test_no_text_tells_users_to_install_the_project_of_a_stranger():
    assert all(
        map(WRONG.search, ('pip install "ablation[dask]"', "pip install -U ablation", "`ablation[dask]`"))
    )
    read = texts()
    assert {ROOT / "README.md", ROOT / "Makefile", ROOT / "docs" / "cluster.md"} <= set(read)
    assert [path for path in read if WRONG.search(path.read_text("utf-8"))] == []
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"] == DISTRIBUTION


SMALL = """\
data={ source = "shapes", train = 64, test = 32, size = 16 }
augmentations={ crop = {} }
baselines=["random-init"]
pretrain.epochs=1
pretrain.width=8
pretrain.batch_size=32
evaluate.regularization=[1.0]"""


@pytest.mark.slow
def test_a_wheel_runs_without_the_checkout(tmp_path):
    def run(*command):
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            list(map(str, command)), cwd=empty, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    empty, home = tmp_path / "empty", tmp_path / "venv"
    empty.mkdir()
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, ROOT)
    [wheel] = tmp_path.glob("augmentation_ablation-*.whl")
    inside = {name for name in ZipFile(wheel).namelist() if name.startswith("ablation/")}
    sources = {f"ablation/grids/{path.name}" for path in (ROOT / "grids").glob("*.toml")}
    for path in (ROOT / "ablation").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            sources.add(path.relative_to(ROOT).as_posix())
    assert inside == sources

    venv.create(home, symlinks=os.name != "nt")
    [site] = home.glob("lib/python*/site-packages") or home.glob("Lib/site-packages")
    # What the wheel needs is installed here; .pth files there, of an editable installation, are not read.
    (site / "present.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
    bin = home / Path(sysconfig.get_path("scripts")).name
    run(*pip, "--python", bin / "python", "install", "--quiet", "--no-deps", "--no-index", wheel)
    where = run(bin / "python", "-c", "import ablation; print(ablation.__file__)")
    assert Path(where.strip()).is_relative_to(site)

    assert "quick  A first heatmap" in run(bin / "ablation", "grids")
    assert "ablation run mine.toml" in run(bin / "ablation", "new", "mine", "--from", "quick")
    settings = [part for line in SMALL.splitlines() for part in ("--set", line)]
    said = run(bin / "ablation", "run", "mine.toml", "--device", "cpu", "--workers", "1", *settings)
    assert "mine: 2 of 2 jobs done" in said
    assert (empty / "results" / "mine" / "report.html").stat().st_size > 10_000
