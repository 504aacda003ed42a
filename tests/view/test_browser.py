"""A running grid in a real browser: it fills in by itself, and ends in its report."""

import pytest

from ablation.grid.cells import cells
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.folder import open_folder
from tests.browser import chromium, needs_chromium, opened, scrolls_sideways, serious_faults
from tests.results.builder import arrays, build, record
from tests.undrawn import draw_nothing
from tests.view.serving import serving

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def test_progress_is_shown_without_a_reload_and_the_report_at_the_end(tmp_path, browser):
    folder = build(tmp_path / "mine", ["crop", "color"], lambda *_: None, baselines={})
    grid = open_folder(folder)
    todo = list(cells(grid.grid, grid.environment.fingerprint))
    with serving(tmp_path) as port:
        page, said = opened(browser, f"http://127.0.0.1:{port}/")
        page.get_by_role("link", name="tiny").click()
        assert page.locator("#words").inner_text() == "0 of 4 jobs done"
        page.evaluate("window.same = true")
        for done, cell in enumerate(todo[:2], start=1):
            write_cell(folder, CellResult(record(cell, 0.5), arrays()))
            page.get_by_text(f"{done} of 4 jobs done").wait_for(timeout=10_000)
        assert page.locator(".heat td:not(.mean) b", has_text="50.0").count() == 2
        write_cell(folder, CellResult(record(todo[2], None, "failed")))
        page.get_by_text(": RuntimeError").wait_for(timeout=10_000)
        assert page.evaluate("window.same")
        assert serious_faults(page) == []
        for cell in todo[2:]:
            write_cell(folder, CellResult(record(cell, 0.5), arrays()))
        draw_nothing(folder, b"<!doctype html><title>t</title><p>the report</p>")
        page.get_by_text("the report").wait_for(timeout=10_000)
        assert said == []


@pytest.mark.parametrize("width", [390, 1320])
@pytest.mark.parametrize("dark", [False, True])
def test_the_index_keeps_nobody_out(tmp_path, browser, width, dark):
    for name in ("one", "another-with-quite-a-long-name-indeed"):
        build(tmp_path / name, ["crop", "color"], lambda *_: 0.5)
    with serving(tmp_path) as port:
        page, said = opened(browser, f"http://127.0.0.1:{port}/", width=width, dark=dark)
        assert serious_faults(page) == []
        assert not scrolls_sideways(page)
        assert said == []
