import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ablation.errors import ResultsError
from ablation.results.stored import cells as store
from ablation.results.stored.arrays import CellArrays, read_arrays
from ablation.results.stored.cells import CellResult, is_finished, read_record, write_cell
from ablation.results.stored.sealed import sealed, unsealed
from tests.results.builder import arrays, edit_record, record

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@pytest.fixture
def written(tmp_path, cell):
    return write_cell(tmp_path, CellResult(record(cell, 0.4), arrays()))


def test_what_is_written_is_read(tmp_path, cell, written):
    assert read_record(tmp_path, cell.id) == written
    assert written == record(cell, 0.4, arrays=(tmp_path / f"cells/{cell.id}.npz").stat().st_size)
    back = read_arrays(tmp_path, written)
    for field in fields(CellArrays):
        np.testing.assert_array_equal(getattr(back, field.name), getattr(arrays(), field.name), strict=True)


def test_a_file_from_before_validation_was_kept_is_read_without_it(tmp_path, cell, written):
    path = tmp_path / f"cells/{cell.id}.npz"
    with np.load(path) as archive:
        older = {name: archive[name] for name in archive.files if not name.startswith("validation_")}
    np.savez(path, **older)
    back = read_arrays(tmp_path, written)
    assert len(back.predictions) == 20
    assert len(back.validation_predictions) == len(back.validation_labels) == 0


def test_the_same_cell_is_the_same_bytes(tmp_path, cell):
    for folder in ("a", "b"):
        write_cell(tmp_path / folder, CellResult(record(cell, 0.4), arrays()))
    for kind in ("npz", "json"):
        first, second = (tmp_path / folder / f"cells/{cell.id}.{kind}" for folder in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()


def test_the_record_is_laid_out_for_people(tmp_path, cell, written):
    text = (tmp_path / f"cells/{cell.id}.json").read_text()
    assert text.endswith("}\n")
    assert max(map(len, text.splitlines())) <= 112
    assert '\n    {"loss": 5.0, "contrastive_top1": 0.0, ' in text, "an epoch should be one line"
    assert list(json.loads(text)) == [*type(written).model_fields, "checksum"]


@in_one_folder
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_layout_changes_no_value(value):
    assert json.loads(sealed({"it": value}))["it"] == unsealed(sealed({"it": value}))["it"] == value


@in_one_folder
@given(keep=st.floats(0, 1, exclude_max=True))
def test_a_torn_record_is_a_cell_still_to_run(tmp_path, cell, keep):
    write_cell(tmp_path, CellResult(record(cell, 0.4), arrays()))
    path = tmp_path / f"cells/{cell.id}.json"
    whole = path.read_bytes()[:-2]  # without its last brace
    path.write_bytes(whole[: int(keep * len(whole))])
    assert read_record(tmp_path, cell.id) is None


@in_one_folder
@given(st.binary() | st.sampled_from([b"[]", b"null", b"{}", b"[" * 100_000, b'{"format": 1}', b"\xff\xfe"]))
def test_a_foreign_file_is_a_cell_still_to_run(tmp_path, cell, content):
    (tmp_path / "cells").mkdir(exist_ok=True)
    (tmp_path / f"cells/{cell.id}.json").write_bytes(content)
    assert read_record(tmp_path, cell.id) is None


@pytest.mark.parametrize(
    "change",
    [{"format": 2}, {"id": "0" * 16}, {"surprise": 1}, {"outcome": "fine"}, {"scores": {"linear_top1": 2}}],
)
def test_a_record_of_another_format_or_cell_is_not_read(tmp_path, cell, written, change):
    path = tmp_path / f"cells/{cell.id}.json"
    edit_record(path, **change)
    assert read_record(tmp_path, cell.id) is None


def test_a_record_without_its_arrays_is_not_read(tmp_path, cell, written):
    path = tmp_path / f"cells/{cell.id}.npz"
    path.write_bytes(path.read_bytes()[:-1])
    assert read_record(tmp_path, cell.id) is None
    with pytest.raises(ResultsError, match=r"npz: is damaged"):
        read_arrays(tmp_path, written)
    path.unlink()
    assert read_record(tmp_path, cell.id) is None
    with pytest.raises(ResultsError, match=r"npz: is damaged"):
        read_arrays(tmp_path, written)


def test_a_link_to_itself_in_place_of_arrays_is_a_cell_still_to_run(tmp_path, cell, written):
    path = tmp_path / "cells" / f"{cell.id}.npz"
    path.unlink()
    path.symlink_to(path.name)
    assert read_record(tmp_path, cell.id) is None


def test_absent_cells_and_folders_are_cells_still_to_run(tmp_path, cell):
    assert read_record(tmp_path / "nowhere", cell.id) is None
    (tmp_path / f"cells/{cell.id}.json").mkdir(parents=True)
    assert read_record(tmp_path, cell.id) is None


def test_a_write_that_fails_between_the_two_files_leaves_no_record(tmp_path, cell, monkeypatch):
    def only_arrays(path, content):
        if path.suffix == ".json":
            raise OSError("no space left")
        path.write_bytes(content)

    monkeypatch.setattr(store, "write_atomically", only_arrays)
    with pytest.raises(OSError, match="no space left"):
        write_cell(tmp_path, CellResult(record(cell, 0.4), arrays()))
    assert (tmp_path / f"cells/{cell.id}.npz").exists()
    assert read_record(tmp_path, cell.id) is None


def test_a_failure_replaces_a_result_and_its_arrays(tmp_path, cell, written):
    failed = write_cell(tmp_path, CellResult(record(cell, None, "failed")))
    assert read_record(tmp_path, cell.id) == failed
    assert [path.name for path in (tmp_path / "cells").iterdir()] == [f"{cell.id}.json"]


def test_not_a_number_is_never_written(tmp_path, cell):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_cell(tmp_path, CellResult(record(cell, 0.4, seconds={"total": float("nan")}), arrays()))
    assert list((tmp_path / "cells").iterdir()) == []


@pytest.mark.parametrize(
    ("outcome", "finished"), [("ok", True), ("collapsed", True), ("diverged", True), ("failed", False)]
)
def test_only_an_error_is_retried(cell, outcome, finished):
    assert is_finished(record(cell, 0.4 if outcome in ("ok", "collapsed") else None, outcome)) == finished


@pytest.mark.parametrize(
    "change",
    [
        {"predictions": np.zeros(20, np.int64)},
        {"views": np.zeros((2, 3, 8, 8), np.uint8)},
        {"labels": np.zeros(19, np.uint16)},
        {"queries": np.zeros(3, np.int32)},
        {"validation_labels": np.zeros(3, np.uint16)},
    ],
)
def test_arrays_of_another_form_are_refused(change):
    with pytest.raises(ValueError, match=r"must (be|have)"):
        replace(arrays(), **change)
