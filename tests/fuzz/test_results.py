"""Damaged files of results: the same numbers come out, or an error that says which file; nothing else."""

import io
import json
import tracemalloc
import zipfile
from collections import Counter

import numpy as np
import pytest

from ablation.errors import AblationError
from ablation.results.stored.arrays import read_arrays
from ablation.results.stored.cells import read_sound
from ablation.results.stored.folder import open_folder
from ablation.results.stored.pictures import Pictures, write_pictures
from ablation.results.study import Study, read_study
from tests.fuzz.inputs import count, damaged, draws, say
from tests.results.builder import build

# What JSON can say and a record should not.
VALUES = (
    None,
    True,
    -1,
    0,
    1,
    2**40,
    -0.5,
    1e300,
    float("nan"),
    float("inf"),
    "",
    "x" * 999,
    [],
    {},
    [[]],
    {"a": 1},
)
HEADERS = (
    "{'descr': '<u2', 'fortran_order': False, 'shape': (40000000000,), }",
    "{'descr': '<u2', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<u2', 'fortran_order': False, 'shape': (20L,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (20,), }",
    "{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (20,), }",
    "{'descr': '>u2', 'fortran_order': True, 'shape': (4, 5), }",
    "{'descr': '<u2', 'fortran_order': False, 'shape': (" + "1, " * 99 + "20), }",
    "{'descr': '<u2'}",
    "(" * 500,
    "'",
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Two jobs and a floor, with pictures."""
    folder = build(tmp_path_factory.mktemp("fuzz"), ["crop"], lambda *_: 0.4, [0, 1], {"random-init": 0.25})
    images = np.arange(2 * 3 * 16, dtype=np.uint8).reshape(2, 3, 4, 4)
    write_pictures(folder, Pictures(np.array([3, 7], np.int32), images, ("cat", "dog")))
    return open_folder(folder)


def numbers(folder):
    """Everything that a report reads of a folder, as text that can be compared."""
    study = Study(folder)
    arrays = [study.arrays(record.id) for _, record in study.records if record.arrays is not None]
    parts = [vars(one) for one in (*arrays, study.pictures)]
    return "\n".join(
        [
            *(
                study.results.to_csv(),
                study.baselines.to_csv(),
                study.curves.to_csv(),
                study.correct.to_csv(),
            ),
            *(repr(record.model_dump()) for _, record in study.records),
            *(repr([(key, np.asarray(value).tolist()) for key, value in part.items()]) for part in parts),
        ]
    )


def tried(path, content, read, found, whole):
    """Read what is damaged; the file is as before afterwards."""
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        assert read() == whole, "a wrong number"
        found["read as written"] += 1
    except AblationError as error:
        found["refused" if str(path.parent) in str(error) and len(str(error)) < 600 else str(error)] += 1
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("kind", ["cells/*.npz", "cells/*.json", "pictures.npz"])
def test_damaged_bytes_give_the_same_numbers_or_an_error(study, kind):
    found = Counter()
    files = sorted(study.path.glob(kind))
    whole = numbers(study)
    for draw in draws(kind, count(40)):
        path = draw.choice(files)
        tried(path, damaged(path.read_bytes(), draw), lambda: numbers(study), found, whole)
    say(f"damaged {kind}", found)
    assert {*found} == {"read as written", "refused"}


def test_a_record_that_says_what_cannot_be_is_refused_or_harmless(study):
    """Values replaced in a record without a checksum, as earlier versions wrote them."""
    found = Counter()
    files = sorted(study.path.glob("cells/*.json"))
    for draw in draws("values", count(25)):
        path = draw.choice(files)
        before = path.read_bytes()
        values = json.loads(before)
        del values["checksum"]
        inside, key = draw.choice(list(places(values)))
        inside[key] = draw.choice(VALUES)
        path.write_text(json.dumps(values))
        try:
            numbers(study)
            read_study(study.path).recommendation  # noqa: B018
            found["read"] += 1
        except AblationError as error:
            found["refused" if path.stem in str(error) else str(error)] += 1
        finally:
            path.write_bytes(before)
    say("values of records", found)
    assert {*found} == {"read", "refused"}


def test_a_made_up_npz_is_refused_and_takes_no_memory(study):
    """Headers, claims and contents that contradict each other."""
    found = Counter()
    path = sorted(study.path.glob("cells/*.npz"))[0]
    record = read_sound(study.path, path.stem)

    def read():  # past the record, which says how long the file is
        return repr({name: array.tolist() for name, array in vars(read_arrays(study.path, record)).items()})

    whole = read()
    tracemalloc.start()
    for draw in draws("made up", count(30)):
        tried(path, made_up(path.read_bytes(), draw), read, found, whole)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    say("made-up npz", found)
    assert {*found} <= {"read as written", "refused"}
    assert peak < 64e6


def places(value):
    """Every place in a record, with what holds it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if key not in ("id", "identity"):
            yield value, key
            yield from places(inner)


def made_up(content, draw):
    """The arrays of a cell, one of which is not what it says."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    victim = draw.choice(list(members))
    how = draw.choice(("header", "bomb", "shape", "name", "method", "claim"))
    if how == "header":
        members[victim] = npy(draw.choice(HEADERS), members[victim][128:])
    elif how == "bomb":
        members[victim] = npy(
            "{'descr': '|u1', 'fortran_order': False, 'shape': (4000000,), }", bytes(4_000_000)
        )
    elif how == "shape":
        members[victim] = npy("{'descr': '<u2', 'fortran_order': False, 'shape': (19,), }", bytes(38))
    elif how == "name":
        members[draw.choice(("a", "../x.npy", victim[:-1]))] = members.pop(victim)
    method = zipfile.ZIP_BZIP2 if how == "method" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    made = bytearray(buffer.getvalue())
    if how == "claim":  # sizes in the list of members that are not those of the members
        entry = made.rindex(b"PK\x01\x02")
        made[entry + draw.choice((8, 10, 20, 24)) + draw.randrange(3)] ^= 1 << draw.randrange(8)
    return bytes(made)


def npy(header, content):
    """A .npy file with any header."""
    text = header.encode().ljust(118 - 1) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content
