"""`ablation status` says of each folder how far it is, or what is wrong with it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from ablation.cli.app import app
from tests.results.builder import build


def deny(monkeypatch):
    """Nobody may look into folders named `denied`; as root, a test cannot have that for real."""
    looked = Path.stat

    def stat(path, **options):
        if "denied" in path.parts[-3:-1]:
            raise PermissionError(13, "Permission denied", str(path))
        return looked(path, **options)

    monkeypatch.setattr(Path, "stat", stat)


def test_each_folder_answers_for_itself(tmp_path, monkeypatch):
    for name in ("a-whole", "broken", "cut", "deep", "denied", "z-whole"):
        build(tmp_path / name, ["crop"], lambda *_: 0.5, baselines={})
    (tmp_path / "broken" / "environment.json").write_text("{")
    (tmp_path / "cut" / "environment.json").unlink()
    (tmp_path / "cut" / "environment.json").mkdir()
    (tmp_path / "deep" / "grid.toml").write_text("a = " + "[" * 5000)
    (tmp_path / "looping").mkdir()
    (tmp_path / "looping" / "grid.toml").symlink_to("grid.toml")  # never was a grid
    (tmp_path / "notes.txt").write_text("no folder")
    deny(monkeypatch)
    result = CliRunner().invoke(app, ["status", str(tmp_path)], env={"COLUMNS": "300"})
    assert result.exit_code == 0
    rows = [line.split()[0].rpartition("/")[2] for line in result.stdout.splitlines()[1:7]]
    assert rows == ["a-whole", "broken", "cut", "deep", "denied", "z-whole"]
    assert result.stdout.count("1/1") == 2
    assert result.stdout.count("cannot be read; see below") == 4
    for said in (
        "broken/environment.json: is damaged",
        "cut/environment.json: is damaged",
        "nested deeper",
        "denied/grid.toml: Permission denied",
    ):
        assert result.stdout.count(said) == 1


def test_json_holds_the_counts_and_the_reason_of_a_folder_that_cannot_be_read(tmp_path):
    build(
        tmp_path / "a-whole",
        ["crop", "color"],
        lambda first, *_: 0.5 if first == "crop" else 0.4,
        baselines={},
    )
    build(tmp_path / "broken", ["crop"], lambda *_: 0.5, baselines={})
    (tmp_path / "broken" / "environment.json").write_text("{")
    found = json.loads(CliRunner().invoke(app, ["status", str(tmp_path), "--json"]).stdout)
    whole, broken = found["folders"]
    assert [whole[key] for key in ("done", "failed", "pending", "total")] == [4, 0, 0, 4]
    assert whole["best"]["metric"] == "linear_top1_val"
    assert whole["best"]["label"].startswith("crop")
    assert broken.keys() == {"folder", "error"}
    assert "is damaged" in broken["error"]
