import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.figure import Figure

import ablation as ab
from tests.results.builder import build
from tests.tiny import TINY


def test_three_lines_give_a_heatmap(tmp_path):
    folder = build(tmp_path, ["crop"], lambda *_: 0.4)
    for path in (folder, str(folder)):
        ax = Figure().add_subplot()
        assert ab.accuracy_heatmap(ab.load_results(path), baselines=ab.load_baselines(path), ax=ax) is ax
    assert ab.load_grid(folder / "grid.toml").grid.name == "tiny"


def test_leak_and_use_take_any_views_and_any_encoder():
    images = torch.randint(0, 256, (96, 3, 8, 8), dtype=torch.uint8)

    def views(pixels, step):
        return pixels / 255, pixels.flip(3) / 255

    found = ab.shortcut.leak(views, images, candidates=32)
    assert found["joint"].top1 == 1
    encoder = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten())
    assert ab.shortcut.colour_use(encoder, images, torch.arange(96) % 3).bias.n == 96


def test_importing_the_package_imports_no_library():
    code = (
        "import sys, ablation; heavy = {'torch', 'pandas', 'numpy', 'seaborn', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", f"{code}; assert not heavy, heavy"], check=True, timeout=60)


def test_the_public_names_are_listed_and_found():
    assert dir(ab) == sorted(ab.__all__)
    assert all(getattr(ab, name) for name in ab.__all__)
    with pytest.raises(AttributeError, match="no attribute 'heatmap_of'"):
        ab.heatmap_of  # noqa: B018


def test_the_examples_of_the_documentation_run(monkeypatch):
    root = Path(__file__).parents[1]
    monkeypatch.chdir(root)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    code = re.findall(r"```python\n(.*?)```", (root / "docs" / "api.md").read_text(), re.DOTALL)
    assert len(code) >= 4
    exec(compile("\n".join(code), "docs/api.md", "exec"), {})
    plt.close("all")


def test_run_grid_runs_what_is_missing_and_returns_the_folder(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("ablation.runner.launch.launch", lambda *args, **kwargs: asked.append((args, kwargs)))
    (tmp_path / "tiny.toml").write_text(TINY)
    assert ab.run_grid(tmp_path / "tiny.toml", tmp_path / "out", workers=1, seeds=2) == tmp_path / "out"
    [((file, folder, _, options), _)] = asked
    assert (file.grid.seeds, folder, options.workers) == ((0, 1), tmp_path / "out", 1)


def test_two_views_are_those_of_a_grid_and_repeat():
    pixels = torch.randint(0, 256, (8, 3, 16, 16), dtype=torch.uint8)
    views = ab.two_views({"crop": {}, "noise": {"std": 0.2}}, size=16, branches="one", seed=3)
    first, second = views(pixels, 5)
    assert torch.equal(second, pixels / 255)
    assert torch.equal(first, views(pixels, 5)[0])
    assert not torch.equal(first, views(pixels, 6)[0])
