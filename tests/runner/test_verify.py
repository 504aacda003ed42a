"""Finished jobs of a results folder run again, in a folder of their own, and are compared."""

import json
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ablation.errors import AblationError
from ablation.grid.file.load import load_grid
from ablation.results.stored.paths import ENVIRONMENT
from ablation.results.stored.sealed import sealed, unsealed
from ablation.runner.backends import Asked
from ablation.runner.launch import launch
from ablation.runner.verify import verify
from tests.tiny import TINY

TESTS = Path(__file__).parents[1]
GRID = '\nname = "tiny"\nbaselines = ["raw-pixels", "random-init"]' + TINY

SILENT = SimpleNamespace(**dict.fromkeys(("start", "record", "tell", "say", "end"), lambda *_: None))


class Checked:
    """A finished run of a tiny grid, and how it is verified."""

    def __init__(self, folder: Path):
        self.grid, self.folder, self.log = folder / "grid.toml", folder / "results", folder / "log"
        self.log.mkdir()
        self.grid.write_text(GRID)
        self.sentences = []

    def run(self, *overrides, **behaviour):
        launch(load_grid(self.grid, overrides), self.folder, SILENT, Asked(device="cpu", workers=1),
               experiment=self.experiment(**behaviour))  # fmt: skip
        return self

    def experiment(self, **behaviour):
        from fake_experiments import right

        return partial(right, log=self.log, **behaviour)

    def verify(self, cells=9, seed=0, overrides=(), **behaviour):
        return verify(
            self.folder, cells, seed, workers=1, overrides=overrides, say=self.sentences.append,
            experiment=self.experiment(**behaviour),
        )  # fmt: skip

    def files(self):
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in self.folder.rglob("*")}

    def edit(self, label, change):
        """Change a record as somebody would who knows of the checksum."""
        for path in sorted(self.folder.glob("cells/*.json")):
            values = unsealed(path.read_bytes())
            if values["kind"] == label:
                change(values)
                path.write_bytes(sealed(values))
                return


@pytest.fixture
def checked(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(TESTS)  # workers inherit it, and find fake_experiments
    monkeypatch.setenv("ABLATION_CACHE", str(tmp_path / "cache"))
    undrawn = SimpleNamespace(write_report=lambda *_, **__: None)  # the real one imports seaborn
    monkeypatch.setitem(sys.modules, "ablation.report.write", undrawn)
    return Checked(tmp_path)


def test_jobs_are_chosen_by_the_seed_and_nothing_is_written_into_the_folder(checked):
    before = checked.run().files()
    found = checked.verify()
    assert found.exactly
    assert found.agrees
    assert (len(found.jobs), found.finished) == (6, 6)
    names = [[job.name for job in checked.verify(cells=2, seed=seed).jobs] for seed in (4, 4, 5)]
    assert names[0] == names[1] != names[2]
    assert checked.files() == before


def test_a_number_that_was_changed_by_hand_is_found(checked):
    checked.run().edit("raw-pixels", lambda values: values["scores"].update(knn_top1=0.75))
    found = checked.verify()
    [differing] = [job for job in found.jobs if job.verdict == "differs"]
    assert differing.name == "raw-pixels"
    assert [(one.name, one.stored, one.again) for one in differing.numbers] == [
        ("scores.knn_top1", 0.75, 1.0)
    ]
    assert not found.agrees

    path = next(checked.folder.glob("cells/*.json"))
    path.write_text(path.read_text().replace('"ok"', '"collapsed"'))  # by somebody who does not
    found = checked.verify(cells=1)
    assert [one.path for one in found.damaged] == [path]
    assert not found.agrees


def test_a_job_that_no_longer_runs_does_not_agree(checked):
    found = checked.run().verify(fails=["crop"])
    [failed] = [job for job in found.jobs if job.verdict == "differs"]
    assert failed.name == "crop (seed 0)"
    assert failed.error.startswith("ValueError: no good")


def test_results_that_cannot_be_made_again_here_are_refused_in_one_sentence(checked):
    checked.run()
    path = checked.folder / ENVIRONMENT
    whole = path.read_text()
    for changes, said in (
        ({"protocol": 5}, "run by protocol 5 of ablation, and this version follows"),
        ({"fingerprint": "shapes-0"}, "has no finished job of its grid.toml, only 6 results of others"),
    ):
        path.write_text(json.dumps(json.loads(whole) | changes))
        with pytest.raises(AblationError, match=said):
            checked.verify()
    path.write_text(whole)
    with pytest.raises(AblationError, match="makes other jobs than those in"):
        checked.verify(overrides=["pretrain.epochs=9"])
    for record in checked.folder.glob("cells/*.json"):
        record.unlink()
    with pytest.raises(AblationError, match=r"has no finished job of its grid\.toml; run the grid first"):
        checked.verify()


def test_images_may_lie_elsewhere_but_must_be_the_same(checked, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), np.uint8)
    labels = np.arange(60) % 2
    path = tmp_path / "here.npz"
    np.savez(path, train_x=pixels[:40], train_y=labels[:40], test_x=pixels[40:], test_y=labels[40:])
    checked.run(f'data={{ source = "npz", path = "{path}", size = 8 }}')
    there = path.rename(tmp_path / "there.npz")
    with pytest.raises(AblationError, match=r"data\.path: no file .*here\.npz"):
        checked.verify()
    elsewhere = [f"data.path={there}"]
    assert checked.verify(overrides=elsewhere).exactly
    np.savez(there, train_x=pixels[20:], train_y=labels[20:], test_x=pixels[:20], test_y=labels[:20])
    with pytest.raises(AblationError, match="was run on other images than are there now"):
        checked.verify(overrides=elsewhere)


def test_code_of_the_folder_is_run_and_must_be_there(checked, tmp_path):
    (tmp_path / "mine.py").write_text("from kornia.augmentation import RandomHorizontalFlip as Mine\n")
    checked.run('augmentations={ mine = { python = "mine:Mine" } }')
    assert checked.verify().exactly
    assert checked.sentences == ["running code of the folder: mine.py"]
    code = checked.folder / "mine.py"
    code.write_text(code.read_text() + "# changed\n")
    found = checked.verify()
    assert found.others == 1, "its job is another now"
    assert "mine (seed 0)" not in [job.name for job in found.jobs]
    code.unlink()
    with pytest.raises(AblationError, match=r"there is no mine\.py in"):
        checked.verify()


def test_a_kept_encoder_is_compared_weight_by_weight(checked):
    checked.run("save_encoder=true", weights=1.0)
    assert checked.verify(weights=1.0).exactly
    found = checked.verify(weights=2.0)
    assert {job.name for job in found.jobs if job.verdict == "bit for bit"} == {"raw-pixels"}, "it has none"
    said = {(one.name, one.differing, one.count) for job in found.jobs for one in job.arrays}
    assert said == {("weights of the encoder", 3, 3)}
