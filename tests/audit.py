"""Asks whether the locked packages have known vulnerabilities: `python tests/audit.py requirements.lock`.

Where nobody can be asked, it says so and passes: a network is no condition of a check.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# It has known vulnerabilities. A mirror of the index, which knows packages only, reports none.
CANARY = "jinja2==2.10\n"
_SOON, _WHOLE = 20.0, 120.0  # seconds: for the canary, for everything


def vulnerable(locked: Path, seconds: float, options: Sequence[str] = ()) -> list[dict[str, Any]] | None:
    """List the packages with known vulnerabilities; None where there was no answer in this time."""
    # Everything is pinned, so that pip has nothing to resolve.
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(locked), "--no-deps", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "5", *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):  # it prints no JSON where it fails
        return None
    return [package for package in packages if package.get("vulns")]


def main(locked: Path, options: Sequence[str]) -> int:
    """Print what is vulnerable; the exit code is 1 if anything is."""
    with TemporaryDirectory() as folder:
        canary = Path(folder) / "canary.txt"
        canary.write_text(CANARY)
        answered = bool(vulnerable(canary, _SOON))
    found = vulnerable(locked, _WHOLE, options) if answered else None
    if found is None:
        print("known vulnerabilities were not looked up: no service that knows them answers")
        return 0
    for package in found:
        for one in package["vulns"]:
            fixed = ", ".join(one["fix_versions"]) or "no version yet"
            print(
                f"{package['name']} {package['version']}: {one['id']}, fixed in {fixed}; `make lock` upgrades"
            )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
