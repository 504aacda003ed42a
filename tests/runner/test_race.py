import json
import shutil
import sys
from functools import partial
from types import SimpleNamespace

import pytest

from ablation.grid.file.load import load_grid
from ablation.results.findings.trend_words import length_words
from ablation.results.frames.tables import csv
from ablation.results.stored.cells import read_record
from ablation.results.stored.folder import open_folder
from ablation.results.stored.race import RaceState, read_race, write_race
from ablation.results.study import read_study
from ablation.runner.backends import Asked
from ablation.runner.launch import launch
from tests.fake_experiments import curve
from tests.runner.test_launch import Heard
from tests.tiny import TINY
from tests.undrawn import draw_nothing

RACE = (
    '\nname = "raced"\nseeds = [0, 1, 2]\nbaselines = ["random-init", "no-augmentation"]'
    + TINY.replace("crop = {}", "crop = {}\nblur = {}").replace("batch_size", "epochs = 16\nbatch_size")
    + "[race]\nepochs = [1, 4]\nshare = 0.8\n"
)


@pytest.fixture(scope="module")
def race(tmp_path_factory):
    file = tmp_path_factory.mktemp("grid") / "grid.toml"
    file.write_text(RACE)
    return load_grid(file)


def run(race, folder, log, workers=1, budget=None, **kwargs):
    log.mkdir(exist_ok=True)
    heard = Heard()
    asked = Asked(workers=workers, budget=budget)
    ending = launch(race, folder, heard, asked, partial(curve, log=log, **kwargs))
    return ending, heard


@pytest.fixture(autouse=True, scope="module")
def nothing_is_drawn():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "ablation.report.write", SimpleNamespace(write_report=draw_nothing))
        yield


def bytes_of(folder):
    study = read_study(folder)
    return (folder / "race.json").read_bytes(), csv(study.results), csv(study.trends)


@pytest.fixture(scope="module")
def whole(race, tmp_path_factory, nothing_is_drawn):
    folder = tmp_path_factory.mktemp("whole")
    return folder / "raced", *run(race, folder / "raced", folder / "log")


def test_all_cells_run_the_first_rung_and_the_late_bloomer_wins_the_last(whole):
    folder, ending, heard = whole
    rungs = read_race(folder).rungs
    assert [rung.epochs for rung in rungs] == [1, 4, 16]
    assert len(rungs[0].cells) == 9
    assert rungs[0].cells[0].pair == ("crop", "crop")
    assert rungs[-1].cells[0].pair == ("crop", "color")
    assert ("blur", "blur") not in rungs[1].stay
    assert [line.partition(":")[0] for line in heard.sentences if "rung" in line] == [
        "rung 1 of 3 (1 epoch)",
        "rung 2 of 3 (4 epochs)",
        "rung 3 of 3 (16 epochs)",
    ]
    assert not ending.tally.pending
    assert ending.best.label == "crop → color"
    assert read_study(folder).recommendation.best.name == "crop → color"


def test_where_the_short_grid_errs_the_race_does_not_and_says_that_it_depends_on_the_length(whole):
    study = read_study(whole[0])
    assert study.by_epochs[1].recommendation.best.name == "crop"
    assert study.by_epochs[1].judgement.verdict.evidence.interval[1] < 0
    assert study.recommendation.best.name == "crop → color"
    assert study.judgement.verdict.word == "depends on length"
    assert "leads at 1" in " ".join(study.recommendation.lengths)
    effects = study.colour_trend.frame.query("beside == ''").set_index("epochs")["effect"]
    assert effects[1] < 0 < effects[16]


def test_what_the_grid_keeps_runs_to_the_end_beyond_the_places_unless_it_fails(tmp_path):
    color = ("color", "color")
    few = RACE.replace("share = 0.8", "share = 0.3")
    rungs = {}
    for name, text, fails in (
        ("plain", "", ()),
        ("kept", 'keep = ["color"]\n', ()),
        ("failing", 'keep = ["color"]\n', ["color"]),
    ):
        (tmp_path / "grid.toml").write_text(few + text)
        run(load_grid(tmp_path / "grid.toml"), tmp_path / name, tmp_path / "log", fails=fails)
        rungs[name] = read_race(tmp_path / name).rungs
    for plain, kept in zip(rungs["plain"][:2], rungs["kept"][:2], strict=True):
        assert {*kept.stay} - {*plain.stay} == {color}
        assert {*plain.stay} <= {*kept.stay}
    assert color not in rungs["failing"][0].stay
    study = read_study(tmp_path / "kept")
    assert "Kept for comparison (race.keep): color." in study.raced
    assert [over.name for over in study.recommendation.over] == ["color"]
    assert study.recommendation.over[0].low > 0.1


def test_what_another_run_stored_of_cells_that_left_counts_for_nothing(race, whole, tmp_path):
    folder = tmp_path / "known"
    (tmp_path / "whole.toml").write_text(RACE.replace("share = 0.8", "share = 1.0"))
    run(load_grid(tmp_path / "whole.toml"), folder, tmp_path / "log")
    assert len(read_race(folder).rungs[-1].cells) > len(read_race(whole[0]).rungs[-1].cells)
    run(race, folder, tmp_path / "log")
    assert bytes_of(folder) == bytes_of(whole[0])


def test_what_led_before_and_has_left_is_not_said_to_be_as_good(race, whole):
    trends = read_study(whole[0]).trends
    gone = trends[(trends["first"] != "crop") | (trends["second"] != "crop") | (trends["epochs"] < 16)]
    [said] = length_words(gone, race.grid, 16)
    assert "run at two lengths or more" in said
    assert said.endswith("crop did not run that long.")


def test_only_the_last_rung_is_measured_whole(whole):
    folder = open_folder(whole[0])
    for cell in folder.raced:
        record = read_record(folder.path, cell.id)
        last = cell.recipe.pretrain.epochs == 16
        assert record.measured == ("whole" if last else "validation")
        assert (record.scores.linear_top1 is not None) == last


def test_two_workers_and_a_race_that_was_stopped_leave_the_same_bytes(race, whole, tmp_path):
    two, stopped = tmp_path / "two", tmp_path / "stopped"
    run(race, two, tmp_path / "log", workers=2)
    ending, _ = run(race, stopped, tmp_path / "log", budget=1.5, seconds=0.1)
    assert ending.stopped == "budget"
    run(race, stopped, tmp_path / "log", kills={"crop": 1})
    for folder in (two, stopped):
        assert bytes_of(folder) == bytes_of(whole[0])
        assert {file.name for file in (folder / "cells").glob("*.json")} == {
            file.name for file in (whole[0] / "cells").glob("*.json")
        }


def test_a_cell_that_fails_leaves_and_comes_back_when_it_is_run_again(race, whole, tmp_path):
    folder = tmp_path / "failing"
    run(race, folder, tmp_path / "log", fails=["crop → color"])
    assert ("crop", "color") not in read_race(folder).rungs[0].stay
    run(race, folder, tmp_path / "log")
    assert read_race(folder) == read_race(whole[0])


def test_a_race_whose_first_rung_fails_wholly_ends_and_goes_on_when_it_is_run_again(race, whole, tmp_path):
    folder = tmp_path / "failing"
    names = [" → ".join(dict.fromkeys(one.pair)) for one in read_race(whole[0]).rungs[0].cells]
    ending, _ = run(race, folder, tmp_path / "log", fails=names)
    assert len(ending.tally.failed) == 27
    assert ending.stopped is None
    assert read_race(folder).rungs == ()
    run(race, folder, tmp_path / "log")
    assert bytes_of(folder) == bytes_of(whole[0])


def test_a_race_of_one_cell_runs_to_its_end(tmp_path):
    (tmp_path / "grid.toml").write_text(
        RACE.replace("crop = {}\nblur = {}\n", "").replace("[0, 1, 2]", "[0]")
    )
    run(load_grid(tmp_path / "grid.toml"), tmp_path / "one", tmp_path / "log")
    assert [len(rung.cells) for rung in read_race(tmp_path / "one").rungs] == [1, 1, 1]
    assert read_study(tmp_path / "one").recommendation.best.name == "color"


def test_operations_that_are_not_built_in_race_too(tmp_path):
    kornia = 'tone = { kornia = "RandomPosterize", bits = [3.0, 3.0], p = 0.8 }\nblur = {}'
    (tmp_path / "grid.toml").write_text(RACE.replace("blur = {}", kornia).replace("[0, 1, 2]", "[0]"))
    run(load_grid(tmp_path / "grid.toml"), tmp_path / "raced", tmp_path / "log")
    assert len(read_race(tmp_path / "raced").rungs) == 3


def test_what_has_left_is_said_in_the_heatmap_and_is_no_gap(whole):
    study = read_study(whole[0])
    cells = study.statistics.cells
    assert cells.loc[("blur", "blur"), "state"] == "out at 4"
    assert not any("blur" in gap for gap in study.statistics.gaps)
    assert "in a race, not all of these run to the end" in study.judgement.explained
    assert study.raced[0].startswith("This is a race: 9 cells ran 1 epoch")


def test_a_published_copy_and_a_confirmation_of_a_race_are_made(whole, tmp_path):
    from ablation.report.publish import publish
    from ablation.runner.confirm import confirmation

    study = read_study(whole[0])
    publish(study, tmp_path / "copy")
    copy = read_study(tmp_path / "copy")
    assert copy.folder.race == study.folder.race
    assert copy.recommendation.best.name == "crop → color"
    confirming = confirmation(study).grid
    assert confirming.race is None
    assert confirming.pretrain.epochs == 16


def test_a_race_between_rungs_speaks_for_the_longest_that_has_ended(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "begun")
    write_race(tmp_path / "begun", RaceState(rungs=read_race(whole[0]).rungs[:1]))
    cells = tmp_path / "begun" / "cells"
    for path in cells.glob("*.json"):  # else the second rung may be whole: how many run it is luck
        if json.loads(path.read_text())["identity"].get("training", {}).get("epochs", 1) > 1:
            path.unlink()
    study = read_study(tmp_path / "begun")
    assert study.folder.grid.pretrain.epochs == 1
    assert study.reported == study.chosen_by
    assert study.recommendation.best.name == "crop"
    assert "It has not ended: 1 of 3 rungs have." in study.raced


def test_a_grid_of_the_shortest_rung_runs_its_cells_whole(race, whole, tmp_path):
    text = RACE.partition("[race]")[0].replace("epochs = 16", "epochs = 1")
    (tmp_path / "plain.toml").write_text(text)
    shutil.copytree(whole[0], tmp_path / "copy")
    _, heard = run(load_grid(tmp_path / "plain.toml"), tmp_path / "copy", tmp_path / "log")
    assert {record.measured for record in heard.records} == {"whole"}
    assert len(heard.records) == 27 + 3  # random-init is there
