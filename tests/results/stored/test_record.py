"""What a record may say: numbers that cannot be are damage, and damage is named."""

import pytest

from ablation.results.answers import recommend
from ablation.results.loading import load_results
from ablation.results.stored.cells import read_record, read_sound
from ablation.results.stored.damage import DamagedError
from tests.results.builder import build, edit_record

NAN, INFINITE = float("nan"), float("inf")


def changed(values, path, value):
    """A copy of nested values with one of them replaced, or removed where it is ...."""
    key, *rest = path
    other = changed(values[key], rest, value) if rest else value
    return {k: v for k, v in (values | {key: other}).items() if v is not ...}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build(tmp_path_factory.mktemp("records"), ["crop"], lambda *_: 0.4, [0])


@pytest.fixture
def path(folder):
    """The record of a pair's job; put back afterwards."""
    id = load_results(folder)["id"][0]
    path = folder / f"cells/{id}.json"
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("seconds", {}),
        ("seconds.total", ...),
        ("seconds.total", NAN),
        ("seconds.pretrain", INFINITE),
        ("seconds.total", -1),
        ("seconds.total", 1e300),
        ("leak", {}),
        ("leak.joint", ...),
        ("leak.joint.bits", NAN),
        ("leak.joint.bits", 7.5),
        ("leak.chroma.chance", 0.5),
        ("leak.joint.candidates", 1),
        ("leak.joint.bits_by_reader", {}),
        ("sizes", None),
        ("sizes.classes", 1),
        ("sizes.classes", 5),
        ("sizes.test", 0),
        ("sizes.test", 19),
        ("sizes.train", 0),
        ("sizes.train", 20),
        ("sizes.validation", 0),
        ("scores", None),
        ("scores.linear_top1", NAN),
        ("scores.linear_top1", 1.01),
        ("scores.knn_top1", -0.01),
        ("scores.linear_top1_val", None),
        ("scores.regularization", INFINITE),
        ("use.h.r2", 1.5),
        ("use.h.bias.n", -1),
        ("outcome", "failed"),
        ("outcome", "diverged"),
        ("error", {"type": "E", "message": "m", "traceback": "t"}),
        ("arrays", 0),
        ("peak_memory", -1),
    ],
)
def test_what_cannot_be_is_damage_of_the_file_that_says_it(folder, path, place, value):
    values = read_sound(folder, path.stem).model_dump(mode="json")
    edit_record(path, **changed(values, place.split("."), value))
    with pytest.raises(
        DamagedError, match=rf"{path.stem}\.(json|npz): is damaged \(.*\); run the grid again"
    ):
        recommend(folder)


def test_a_changed_digit_is_seen_and_another_layout_is_not(folder, path):
    whole, text = read_sound(folder, path.stem), path.read_text()
    path.write_text(" ".join(text.split()))
    assert read_sound(folder, path.stem) == whole
    path.write_text(text.replace('"linear_top1": 0.4', '"linear_top1": 0.9'))
    assert read_record(folder, path.stem) is None
    with pytest.raises(DamagedError, match="changed since it was written"):
        read_sound(folder, path.stem)


def test_a_record_of_an_earlier_version_has_no_checksum(folder, path):
    whole = read_sound(folder, path.stem)
    edit_record(path)
    assert read_sound(folder, path.stem) == whole
