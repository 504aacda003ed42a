import random

import pandas as pd
import pytest

from ablation.results.frames.frame import baselines_frame, results_frame
from ablation.results.frames.tables import csv, timings
from ablation.results.study import read_study
from tests.results.builder import build


@pytest.fixture
def study(tmp_path):
    return read_study(
        build(tmp_path, ["crop", "color"], lambda first, *_: 1 / 3 if first == "crop" else "failed")
    )


def test_the_order_in_which_cells_ended_does_not_show(study):
    folder, records = study.folder, study.records
    shuffled = random.Random(0).sample(records, len(records))
    assert csv(results_frame(folder, shuffled)) == csv(results_frame(folder, records))
    assert csv(baselines_frame(folder, shuffled)) == csv(baselines_frame(folder, records))


def test_accuracies_are_fractions_in_full_precision_and_gaps_are_empty(study):
    lines = csv(study.results).decode().split("\n")
    assert lines[0].startswith("first,second,seed,kind,outcome,linear_top1,")
    assert lines[1].startswith("crop,crop,0,single,ok,0.3333333333333333,")
    assert lines[3].startswith("color,crop,0,pair,failed,,,")


def test_times_stand_in_the_timings_alone(study):
    folder, records = study.folder, study.records
    assert "second," in csv(results_frame(folder, records)).decode()
    assert not [name for name in results_frame(folder, records) if "seconds" in name]
    table = timings(records)
    assert len(table) == len(records)
    assert set(table["seconds_total"]) == {23.1}
    assert set(table["images_per_second"]) == {1000.0}


def test_the_header_is_there_without_any_record():
    assert (
        csv(timings([])).decode()
        == "kind,first,second,seed,outcome,images_per_second,peak_memory,device,id\n"
    )
    assert isinstance(timings([]), pd.DataFrame)
