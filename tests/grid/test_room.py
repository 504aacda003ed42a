import pkgutil
import subprocess
import sys

import ablation.grid


def test_the_room_loads_neither_torch_nor_pandas() -> None:
    modules = [module.name for module in pkgutil.walk_packages(ablation.grid.__path__, "ablation.grid.")]
    assert "ablation.grid.file.load" in modules
    code = f"import sys, {', '.join(modules)}; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"torch", "torchvision", "kornia", "pandas", "numpy", "matplotlib"} & set(loaded.split())
