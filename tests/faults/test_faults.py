"""A few of the faults of `make soak`: no finished cell is lost or runs twice, and the numbers stay."""

import os
import random
from collections import Counter

import pytest

from tests.faults.hostile import Wholes, tried
from tests.faults.live import Undisturbed, disturbed
from tests.fuzz.inputs import count, draws, say


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="finds processes in /proc")  # noqa: PTH112
@pytest.mark.parametrize(
    ("kind", "faults"),
    [
        ("study", ["tracker of loky killed", "worker killed", "parent killed"]),
        pytest.param("race", ["cache damaged", "Ctrl-C twice"], marks=pytest.mark.slow),
        pytest.param("grid", ["operation exits", "all killed"], marks=pytest.mark.slow),
    ],
)
def test_a_disturbed_run_is_made_whole_by_the_next(undisturbed, tmp_path, kind, faults):
    at = [(0.5 + 0.1 * place, fault) for place, fault in enumerate(faults)]
    happened = disturbed(undisturbed, tmp_path / "place", kind, random.Random(0), [at])
    assert set(happened) & set(faults), happened


def test_a_damaged_folder_is_refused_in_words_or_read_right_and_made_whole(tmp_path):
    whole = Wholes(tmp_path)["study"]
    found = sum(
        (tried(whole, tmp_path / "damaged", draw) for draw in draws("folders", count(12))), start=Counter()
    )
    say("damaged folders", found)
