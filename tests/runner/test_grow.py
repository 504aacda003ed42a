"""What comes after the pairs: longer policies, other strengths, SimCLR's own."""

import shutil
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import pytest

from ablation.cli.recommend import run_confirmation
from ablation.errors import ResultsError
from ablation.grid.augmentations import Step
from ablation.grid.file.load import load_grid
from ablation.grid.models import Grid
from ablation.grid.operations import Color, Crop
from ablation.report.cells import accuracy_cells, layout
from ablation.report.publish import publish
from ablation.results.findings.best import answer_of
from ablation.results.stored.folder import open_folder
from ablation.results.stored.race import read_race
from ablation.results.study import read_study
from ablation.runner.backends import Asked
from ablation.runner.grow import grow, grown, most_grown
from ablation.runner.launch import launch
from ablation.runner.policies import named, titled
from tests.fake_experiments import curve
from tests.runner.test_launch import Heard
from tests.runner.test_race import RACE, nothing_is_drawn

__all__ = ["nothing_is_drawn"]

GROWING = RACE + "grow = 3\n"


def run(grid, folder, log, workers=1, budget=None, **kwargs):
    log.mkdir(exist_ok=True)
    asked, experiment = Asked(workers=workers, budget=budget), partial(curve, log=log, **kwargs)
    ending = launch(grid, folder, Heard(), asked, experiment)
    return [ending, *grow(ending, grid, lambda _: nullcontext(Heard()), asked, experiment)][-1]


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    file = tmp_path_factory.mktemp("grid") / "grid.toml"
    file.write_text(GROWING)
    return load_grid(file)


@pytest.fixture(scope="module")
def whole(grid, tmp_path_factory, nothing_is_drawn):
    folder = tmp_path_factory.mktemp("whole")
    return folder / "raced", run(grid, folder / "raced", folder / "log")


def policies(file):
    return {
        one.name: [(step.name, getattr(step.operation, "strength", None)) for step in one.steps]
        for one in file.grid.resolved
    }


def test_the_best_get_another_operation_and_another_strength_and_race_beside_simclrs_own(whole):
    folder = open_folder(whole[0])
    file = grown(folder, folder.grid, 3)
    crop, color, blur = ("crop", None), ("color", 0.5), ("blur", None)
    found = policies(file)
    best = [one.pair for one in folder.race.rungs[-1].cells][:2]
    assert best == [("crop", "color"), ("crop", "crop")]
    assert found["SimCLR"] == [crop, color]  # the best pair is SimCLR's own policy
    assert found["crop + color + blur"] == [crop, color, blur]
    assert found["crop + color 0.25"] == [crop, ("color", 0.25)]
    assert found["crop + color 1"] == [crop, ("color", 1.0)]
    assert found["crop + blur"] == [crop, blur]
    assert found["crop"] == [crop]
    assert len(found) <= most_grown(folder.grid, 3)
    assert file.grid.views.branches == "both"
    assert file.grid.pairs == ()
    assert file.grid.rungs == folder.file.grid.rungs
    assert file.grid.race.keep == ("SimCLR",)
    assert file.grid.race.grow is None


def test_no_operation_comes_twice_whatever_it_is_called(whole):
    folder = open_folder(whole[0])
    strong = folder.grid.augmentations["color"].model_copy(update={"strength": 2.0})
    two = folder.grid.model_copy(update={"augmentations": {**folder.grid.augmentations, "strong": strong}})
    found = grown(folder, two, 3)
    assert not any([name for name, _ in steps].count("color") > 1 for steps in policies(found).values())


def test_a_grown_race_speaks_for_its_folder_and_says_what_it_gains(whole):
    root, ending = whole
    assert ending.folder == root / "grown" / "3"
    found = read_study(root).recommendation
    assert (found.best.name, found.grown, found.both_branches) == ("crop + color + blur", True, True)
    assert [over.name for over in found.over] == ["SimCLR"]
    assert 0.01 < found.over[0].gain < 0.05
    study = read_study(root)
    line = answer_of(study.folder, {record.id: record for _, record in study.records})
    assert (line.label, line.grown) == ("crop + color + blur", True)
    assert read_study(ending.folder).recommendation.best.name == found.best.name


def test_what_left_a_race_of_whole_policies_takes_no_room_in_its_pictures(whole):
    study = read_study(whole[1].folder)
    ran = {first for first, _ in (one.pair for one in read_race(whole[1].folder).rungs[-1].cells)}
    assert {*layout(study.results).rows} == ran
    left = len(study.folder.grid.resolved) - len(ran)
    assert left > 0
    legend = accuracy_cells(study.results, found=study.statistics).legend
    assert f"not shown: {left} cells that left the race" in legend


def test_a_published_copy_gives_the_answer_of_what_has_grown(whole, tmp_path):
    study = read_study(whole[0])
    publish(study, tmp_path / "copy")
    assert read_study(tmp_path / "copy").recommendation.best == study.recommendation.best


def test_of_another_grid_or_before_its_end_it_does_not_speak(whole, grid, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(whole[0], folder)
    (folder / "grown" / "3" / "race.json").unlink()
    assert read_study(folder).grown is None
    shutil.copytree(whole[0] / "grown", folder / "grown", dirs_exist_ok=True)
    assert read_study(folder).grown is not None
    (folder / "race.json").write_bytes(
        (folder / "race.json").read_bytes().replace(b'"gap": 0.0,', b'"gap": 0.001,')
    )
    assert read_study(folder).grown is None  # its parents have run again
    shutil.copy(whole[0] / "race.json", folder)
    longer = (folder / "grid.toml").read_text().replace("epochs = 16", "epochs = 32")
    (folder / "grid.toml").write_text(longer)
    assert read_study(folder).grown is None


def test_two_workers_and_a_stop_lead_to_the_same_cells_and_bytes(whole, grid, tmp_path):
    two, stopped = tmp_path / "two", tmp_path / "stopped"
    run(grid, two, tmp_path / "log", workers=2)
    shutil.copytree(whole[0], stopped, ignore=shutil.ignore_patterns("grown"))
    assert run(grid, stopped, tmp_path / "log", budget=1.0, seconds=0.1).stopped == "budget"
    run(grid, stopped, tmp_path / "log")
    for folder in (two, stopped):
        one, other = folder / "grown" / "3", whole[0] / "grown" / "3"
        assert (one / "grid.toml").read_bytes() == (other / "grid.toml").read_bytes()
        assert read_race(one) == read_race(other)
        assert {file.name for file in (one / "cells").iterdir()} == {
            file.name for file in (other / "cells").iterdir()
        }


def test_nothing_grows_after_a_stop_or_without_being_asked(whole, grid, tmp_path):
    ending = run(grid, tmp_path / "stopped", tmp_path / "log", budget=0.5, seconds=0.1)
    assert ending.stopped == "budget"
    assert not (tmp_path / "stopped" / "grown").exists()
    nowhere = replace(ending, stopped="interrupt", folder=tmp_path / "nowhere")
    assert grow(nowhere, grid, lambda _: nullcontext(Heard())) == []
    race = grid.grid.race.model_copy(update={"grow": None})
    plain = replace(grid, grid=grid.grid.model_copy(update={"race": race}))
    assert grow(ending, plain, lambda _: nullcontext(Heard())) == []


def test_a_users_module_grows_twice_and_is_known_again(tmp_path):
    (tmp_path / "mine.py").write_text("class Aug: ...")
    text = GROWING.replace("grow = 3", "grow = 4").replace("[0, 1, 2]", "[0]")
    (tmp_path / "grid.toml").write_text(
        text.replace("blur = {}", 'blur = {}\nmine = { python = "mine:Aug" }')
    )
    ending = run(load_grid(tmp_path / "grid.toml"), tmp_path / "raced", tmp_path / "log")
    assert ending.folder == tmp_path / "raced" / "grown" / "4"
    names = [one.name for one in open_folder(ending.folder).grid.resolved]
    assert "crop + color + blur + mine" in names
    assert len(names) == len(set(names))
    assert read_study(tmp_path / "raced").grown.folder.path == ending.folder


def test_what_is_only_kept_to_be_compared_with_does_not_grow(tmp_path):
    (tmp_path / "grid.toml").write_text(GROWING.replace("share = 0.8", 'share = 0.3\nkeep = ["color"]'))
    run(load_grid(tmp_path / "grid.toml"), tmp_path / "raced", tmp_path / "log")
    folder = open_folder(tmp_path / "raced")
    assert ("color", "color") in [one.pair for one in folder.race.rungs[-1].cells]
    assert "color" not in policies(grown(folder, folder.grid, 3))


def test_policies_that_are_too_long_to_grow_are_refused(tmp_path):
    long = 'long = ["crop", "color", "blur", "noise"]\n[pretrain]'
    text = GROWING.replace("crop = {}\nblur = {}\ncolor = { strength = 0.5 }\n", "")
    (tmp_path / "grid.toml").write_text(text.replace("[pretrain]", long).replace("[0, 1, 2]", "[0]"))
    with pytest.raises(ResultsError, match="use a larger --grow"):
        run(load_grid(tmp_path / "grid.toml"), tmp_path / "raced", tmp_path / "log")


def test_nothing_grows_through_a_link_that_leads_out(grid, whole, tmp_path):
    folder = tmp_path / "raced"
    shutil.copytree(whole[0], folder, ignore=shutil.ignore_patterns("grown"))
    (folder / "grown").mkdir()
    (folder / "grown" / "3").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ResultsError, match="leads out"):
        run(grid, folder, tmp_path / "log")


def test_what_has_grown_needs_no_confirmation(whole):
    with pytest.raises(ResultsError, match="nothing to confirm"):
        run_confirmation(read_study(whole[0]), Heard())


def test_policies_have_names_that_a_grid_file_takes():
    modules = Step("mine:Aug", Crop()), Step("a" * 40, Color())
    assert [*named([modules[:1], modules[1:], modules])] == ["policy 1", "a" * 40, "policy 3"]


@pytest.mark.parametrize("length", range(48, 70))
def test_studies_have_names_that_a_folder_takes(length):
    name = titled(("x" * 9 + " ") * 9, "grown to 3")[:64]
    name = titled(name[:length].rstrip() + "x" * (length % 3), "grown to 3")
    assert name.endswith(" grown to 3")
    assert len(name) <= 64
    Grid.model_validate({"name": name, "data": {"source": "shapes"}, "augmentations": {"crop": {}}})
