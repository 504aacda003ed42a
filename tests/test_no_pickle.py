"""Nothing in the package reads files that could run code; what ruff can say of it (S102, S301, …), it does.

The processes of one run do send each other pickles, as `multiprocessing`, Dask and Ray do.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "ablation"
BETWEEN_PROCESSES = {"runner/processes.py", "runner/cluster/driver.py"}
PICKLES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


def faults(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in PICKLES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in PICKLES:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            named = {one.arg: ast.unparse(one.value) for one in node.keywords}
            if ast.unparse(node.func) == "torch.load" and named.get("weights_only") != "True":
                yield "torch.load"
            if named.get("allow_pickle", "False") != "False":
                yield "allow_pickle"


def test_what_would_read_pickles_is_seen():
    code = "import pickle.x; from joblib import load; torch.load(p); np.load(p, allow_pickle=a)"
    assert sorted(faults(code)) == ["allow_pickle", "joblib", "pickle.x", "torch.load"]
    assert not list(faults("torch.load(p, weights_only=True); np.load(p); np.load(p, allow_pickle=False)"))


def test_nothing_in_the_package_reads_pickles():
    found = {
        path.relative_to(PACKAGE).as_posix(): list(faults(path.read_text(encoding="utf-8")))
        for path in PACKAGE.rglob("*.py")
    }
    assert {path for path, one in found.items() if one} == BETWEEN_PROCESSES
    assert {fault for one in found.values() for fault in one} == {"pickle"}
    assert len(found) > 400
