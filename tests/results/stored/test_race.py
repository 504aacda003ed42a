import pytest

from ablation.errors import ResultsError
from ablation.results.stored.paths import RACE
from ablation.results.stored.race import EndedRung, RaceState, Runner, read_race, write_race


def runner(name, why, gap=0.0):
    return Runner(first=name, second=name, gap=gap, margin=None, closed=None, why=why)


STATE = RaceState(
    rungs=(
        EndedRung(epochs=2, rho=None, cells=(runner("a", "best"), runner("b", "behind", 0.2))),
        EndedRung(epochs=8, rho=0.8, cells=(runner("a", "best"),)),
    )
)


def test_what_is_written_is_read_and_nothing_is_no_rung(tmp_path):
    assert read_race(tmp_path) == RaceState()
    write_race(tmp_path, STATE)
    assert read_race(tmp_path) == STATE
    assert STATE.left() == {("b", "b"): 2}
    assert STATE.rungs[0].stay == (("a", "a"),)


@pytest.mark.parametrize("content", [b"", b"{}x", b'{"format": 2}', b'{"rungs": [{"epochs": 2}]}'])
def test_what_is_damaged_is_an_error_that_names_the_file(tmp_path, content):
    (tmp_path / RACE).write_bytes(content)
    with pytest.raises(ResultsError, match=r"race\.json"):
        read_race(tmp_path)


def test_rungs_out_of_order_are_damage():
    with pytest.raises(ValueError, match="more epochs"):
        RaceState(rungs=STATE.rungs[::-1])
