import subprocess
import sys

import pytest
from matplotlib.figure import Figure

import ablation as ab
from tests.results.builder import build


def test_three_lines_give_a_heatmap(tmp_path):
    folder = build(tmp_path, ["crop"], lambda *_: 0.4)
    for path in (folder, str(folder)):
        ax = Figure().add_subplot()
        assert ab.accuracy_heatmap(ab.load_results(path), baselines=ab.load_baselines(path), ax=ax) is ax
    assert ab.load_grid(folder / "grid.toml").grid.name == "tiny"


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
