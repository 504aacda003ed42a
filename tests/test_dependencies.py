"""What is installed is locked, its licence is listed, and its known vulnerabilities are looked up."""

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import audit
from tests.licences import PAGE, ROOT, dependencies, rows

LOCK = ROOT / "requirements.lock"
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def locked():
    lines = [line.partition("#")[0].strip() for line in LOCK.read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line]


def test_every_package_that_the_project_names_is_locked_to_a_version_that_it_admits():
    versions = {}
    for one in locked():
        versions.setdefault(canonicalize_name(one.name), []).append(str(one.specifier).removeprefix("=="))
    for line in re.findall(r'^    "([^"]+)",', PROJECT, re.MULTILINE):
        wanted = Requirement(line) if re.match(r"[A-Za-z0-9._-]+[><=]", line) else None
        if wanted is not None:
            found = versions.get(canonicalize_name(wanted.name), [])
            assert found, f"{wanted.name} is not in requirements.lock; `make lock UPGRADE=` adds it"
            assert all(wanted.specifier.contains(version) for version in found)


def test_the_lock_binds_neither_to_an_index_nor_to_a_build():
    text = LOCK.read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--hash|index", "\n".join(map(str, locked())))
    assert not re.search(r"==[^ ]+\+", text), "such as torch==2.14.1+cpu"
    assert not re.search(r"^(nvidia|cuda)-", text, re.MULTILINE), "each build of torch pins its own"


def test_the_page_has_the_licence_of_every_package_that_the_project_names():
    listed = rows(PAGE.read_text(encoding="utf-8"))
    assert [one.name for one in dependencies(PROJECT)] == list(listed), "`make licences` writes it again"
    assert all(listed.values())


VULNERABLE = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.10.1"]}]}
SKIPPED = {"name": "jinja2", "skip_reason": "Dependency not found on PyPI and could not be audited"}
SAFE = {"name": "numpy", "version": "2.4.6", "vulns": []}


def answers(*packages):
    return SimpleNamespace(stdout=json.dumps({"dependencies": packages}))


@pytest.mark.parametrize(
    ("replies", "said", "code"),
    [
        ([SimpleNamespace(stdout="")], "were not looked up", 0),
        ([subprocess.TimeoutExpired("pip_audit", 20)], "were not looked up", 0),
        ([answers(SKIPPED)], "were not looked up", 0),
        ([answers(VULNERABLE), answers(SAFE)], "", 0),
        ([answers(VULNERABLE), answers(SAFE, VULNERABLE)], "jinja2 2.10: PYSEC-1, fixed in 2.10.1", 1),
    ],
)
def test_a_lookup_fails_on_what_is_vulnerable_and_never_for_want_of_a_network(
    monkeypatch, capsys, replies, said, code
):
    left = list(replies)

    def run(*_, **__):
        reply = left.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    monkeypatch.setattr(audit.subprocess, "run", run)
    assert audit.main(Path("requirements.lock"), []) == code
    assert said in capsys.readouterr().out
    assert left == []
