"""What a killed process left goes with the next run, and nothing else does."""

import os

from ablation.results.stored.leftovers import remove_leftovers

TEMPORARY = f".{{}}.{'0f' * 16}.tmp"


def test_only_what_nobody_writes_or_needs_is_removed(tmp_path):
    kept = [".lock", "cells/a.json", "cells/a.npz", "partial/b.safetensors", "figures/.x.tmp", "notes.tmp"]
    young = TEMPORARY.format("report.html")
    gone = [f"{place}/{TEMPORARY.format('a.json')}" for place in ("cells", "failures", "partial")]
    gone += ["partial/a.safetensors", TEMPORARY.format("cells.csv")]
    for name in (*kept, *gone, young):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    os.utime(tmp_path / gone[-1], (0, 0))  # of a report that is not being written any more
    remove_leftovers(tmp_path, unfinished={"b"})
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {*kept, young}


def test_the_folder_of_unfinished_jobs_goes_with_the_last(tmp_path):
    (tmp_path / "partial").mkdir()
    (tmp_path / "partial" / "a.safetensors").write_bytes(b"")
    remove_leftovers(tmp_path, unfinished=())
    assert not list(tmp_path.iterdir())
    remove_leftovers(tmp_path / "none", unfinished=())
