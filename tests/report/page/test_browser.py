"""The page of a 7×7 grid with three seeds in a real browser."""

import pytest

from ablation.report.write import write_report
from tests.browser import chromium, needs_chromium, opened, scrolls_sideways, serious_faults
from tests.report.page.studies import large_study

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = large_study(tmp_path_factory.mktemp("large"))
    write_report(folder)
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def light(browser, report):
    return opened(browser, report.as_uri())


def focused(page):
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.id")


def test_the_page_is_small_and_loads_nothing_else(report, browser):
    assert report.stat().st_size < 3_000_000
    context = browser.new_context()
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(report.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]


def test_the_console_is_silent_and_the_cells_hold_their_numbers(light):
    page, said = light
    assert said == []
    cells = page.locator(".heat").first.locator("td a")
    assert cells.count() == 49
    assert page.locator(".heat").first.locator("tbody th").all_inner_texts()[0] == "crop"
    best = page.locator(".heat td a", has_text="★").first
    assert best.get_attribute("aria-label").startswith(("crop → color: 5", "color → crop: 5"))


def test_a_cell_is_reached_and_opened_by_the_keyboard_and_left_again(light):
    page, _ = light
    page.locator("body").press("Home")
    for _ in range(12):
        page.keyboard.press("Tab")
        if focused(page).startswith("crop: "):
            break
    assert focused(page).startswith("crop: ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert focused(page).startswith("cutout: ")
    page.keyboard.press("ArrowRight")
    label = focused(page)
    assert label.startswith("cutout → color: ")
    page.keyboard.press("Enter")
    details = page.locator(".cell:target")
    details.wait_for()
    assert details.locator("h3").inner_text() == "cutout → color"
    assert details.locator("tbody tr").first.is_visible()
    assert details.locator("img").count() == 2
    assert focused(page) == details.get_attribute("id")
    page.keyboard.press("Escape")
    details.wait_for(state="hidden")
    assert focused(page) == label


def test_details_open_without_script(browser, report):
    page, _ = opened(browser, report.as_uri(), script=False)
    page.locator(".heat td a").nth(2).click()
    assert page.locator(".cell:target h3").inner_text() == "crop → color"
    page.locator(".cell:target .close").click()
    assert page.locator(".cell:target").count() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_no_serious_fault_of_accessibility(browser, report, dark):
    page, _ = opened(browser, report.as_uri(), dark=dark)
    assert serious_faults(page) == []
    page.goto(f"{report.as_uri()}#cell-3")
    assert serious_faults(page) == []


def test_a_phone_never_scrolls_the_page_sideways(browser, report):
    page, _ = opened(browser, report.as_uri(), width=390)
    assert not scrolls_sideways(page)
    page.locator(".heat td a").nth(2).click()
    assert page.locator(".cell:target").bounding_box()["width"] <= 390
    assert not scrolls_sideways(page)
