"""What the page says, of whole and of partial studies, and of hostile ones."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from ablation.grid.cells import cells
from ablation.report.caption import ALIKE, BEST
from ablation.report.page.content import content
from ablation.report.page.render import render
from ablation.results.stored.cells import CellResult, write_cell
from ablation.results.stored.class_images import class_images
from ablation.results.stored.folder import open_folder
from ablation.results.stored.paths import map_file
from ablation.results.stored.pictures import Pictures, write_pictures
from ablation.results.stored.record import Failure
from ablation.results.study import read_study
from tests.results.builder import build, label_free, record

EVIL = "</script><script>alert('\"&')</script><img src=x onerror=alert(1)>"


def score(first, second, seed):
    own = 0.002 if second == "crop" else (0.0, 0.008, -0.008)[seed]
    return {"crop": 0.3, "color": 0.6}[first] + seed / 100 + own


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return read_study(build(tmp_path_factory.mktemp("page"), ["crop", "color"], score, seeds=[0, 1, 2]))


@pytest.fixture(scope="module")
def page(study):
    return content(study)


def test_the_heatmap_holds_means_in_percent_and_row_means(page):
    (crop, color) = page.accuracy.rows
    assert [cell.content.text for cell in crop.cells] == ["31.2", "31.0"]
    assert crop.mean.content.text == "31.1"
    assert color.cells[0].content.below == "±1.0"
    assert color.cells[0].spoken == "color → crop: 61.2 %, ±1.0"


def test_the_best_and_what_is_as_good_are_marked_and_the_others_are_not(page):
    marks = [cell.content.marks for row in page.accuracy.rows for cell in row.cells]
    assert marks[2] == BEST
    assert marks[3] == ALIKE
    assert not {BEST, ALIKE} & set("".join(marks[:2]))
    assert [(one.label, one.gap) for one in page.alike] == [("color → crop", "best"), ("color", "0.2")]


def test_the_leak_stands_beside_it_in_bits(page):
    assert [[cell.content.text for cell in row.cells] for row in page.leak.rows] == [
        ["6.00", "2.00"],
        ["2.00", "2.00"],
    ]


def test_floors_and_ceiling_are_named(page):
    assert ("random init", "25.0 %") in page.floors
    assert ("supervised", "71.0 %") in page.floors


def test_other_lengths_have_a_section_of_their_own(tmp_path):
    extra = "[pretrain]\nepochs = 4\n[lengths]\nepochs = [2, 20]"
    build(tmp_path, ["crop", "color"], score, extra=extra, length=lambda *at: score(*at[:3]))
    study = read_study(tmp_path)
    page = content(study)
    assert [row[0] for row in page.length_rows] == ["2", "4"]
    html = render(study)
    assert "<h2>How short is too short</h2>" in html
    assert "<h2>Does the answer change with the epochs?</h2>" in html
    assert len(page.details) == 4


def test_scores_without_labels_have_a_section_where_they_are_stored(tmp_path, page):
    assert page.proxies == ""

    def stored(cell, top1):
        return record(cell, top1, label_free=label_free(10 * top1))

    scored = read_study(build(tmp_path, ["crop", "color"], score, baselines={}, result=stored))
    found = content(scored)
    assert found.choosers[-1].name == "validation kNN top-1"
    assert {one.lost for one in found.choosers if "RankMe" in one.name} == {"0.0"}
    assert "<h2>Could you have chosen without labels?</h2>" in render(scored)


def test_details_are_of_their_cell(page):
    details = {one.label: one for one in page.details}
    assert list(details) == ["crop", "crop → color", "color → crop", "color"]
    one = details["color → crop"]
    assert [run.numbers[:2] for run in one.runs] == [("60.2", "59.2"), ("61.2", "60.2"), ("62.2", "61.2")]
    assert any("points compared with crop → color" in line for line in one.summary)
    assert [curve.title for curve in one.curves] == ["loss", "contrastive top-1", "effective rank of h"]
    assert one.views is not None
    assert one.neighbours is None
    assert "again to store them" in one.neighbours_words


def test_classes_are_counted_over_all_seeds(study):
    one = content(study).details[0].classes
    share = np.array(one.confusion)
    assert np.allclose(share.sum(axis=1), 100)
    assert one.recall == pytest.approx(np.diag(share).tolist())
    assert one.names[0] == "class 0"


def test_neighbours_are_shown_and_counted_where_their_pictures_were_kept(tmp_path):
    folder = build(tmp_path, ["crop", "color"], score, seeds=[0, 1, 2])
    images = np.zeros((20, 3, 8, 8), np.uint8)
    kept = Pictures(np.arange(20, dtype=np.int32), images, tuple(f"name {k}" for k in range(9)))
    write_pictures(folder, kept)
    one = content(read_study(folder)).details[0]
    assert one.neighbours.uri.startswith("data:image/webp;base64,")
    assert re.search(
        r"name 2, name 3\. \d+ of 20 neighbours have the same class as their query", one.neighbours_words
    )
    assert one.classes.names[0] == "name 0"
    write_pictures(folder, replace(kept, indices=np.arange(100, 120, dtype=np.int32)))
    assert content(read_study(folder)).details[0].neighbours is None


def test_a_map_of_h_is_shown_with_its_cell_and_a_damaged_one_is_said(tmp_path):
    folder = build(tmp_path, ["crop", "color"], score, seeds=[0])
    study = read_study(folder)
    assert not any(one.map or one.map_words for one in content(study).details)
    (_, first), (_, second) = (one for one in study.records if one[0].kind == "single")
    map_file(folder, first.id).parent.mkdir()
    Image.new("RGB", (200, 100)).save(map_file(folder, first.id))
    map_file(folder, second.id).write_bytes(b"no picture")
    shown = {one.label: one for one in content(study).details}
    assert shown["crop"].map.width == 100
    assert shown["color"].map is None
    assert shown["color"].map_words.startswith(f"maps/{second.id}.png cannot be read")


def test_the_same_results_give_the_same_page(study):
    assert render(study) == render(study)


@pytest.mark.parametrize("what", [None, "failed", "diverged", 0.4])
@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_a_page_is_made_of_whatever_there_is(tmp_path, what, seeds):
    study = read_study(build(tmp_path, ["crop", "color", "sobel"], lambda *_: what, seeds=seeds))
    text = render(study)
    assert text.count('<section class="cell"') == 9
    if what is None or isinstance(what, str):
        assert f"<b>{what or 'pending'}</b>" in text


def test_single_cells_alone_have_a_page_without_row_means(tmp_path):
    study = read_study(build(tmp_path, ["crop", "blur"], lambda *_: 0.4, first_lines="pairs = []"))
    page = content(study)
    assert page.accuracy.columns == ["alone"]
    assert not page.accuracy.has_means
    assert "<section" in render(study)


def test_what_a_reader_must_know_of_the_images_and_their_classes_are_facts(tmp_path):
    def noted(cell, top1):
        return record(cell, top1, notes=("skipped 2 unreadable train images: a/1.png (not an image)",))

    study = read_study(build(tmp_path, ["crop", "blur"], lambda *_: 0.4, result=noted))
    classes = class_images(["cat", "dog"], [64, 60], [16, 15])
    folder = replace(
        study.folder, environment=study.folder.environment.model_copy(update={"classes": classes})
    )
    facts = content(replace(study, folder=folder)).facts
    assert [text for name, text in facts if name == "Note"] == [
        "skipped 2 unreadable train images: a/1.png (not an image)"
    ]
    assert ("Classes", "2 classes (training + test images): cat 64 + 16, dog 60 + 15") in facts


def test_one_seed_is_said_to_be_one_with_what_three_would_cost(tmp_path):
    text = render(read_study(build(tmp_path, ["crop", "color"], score)))
    assert "One seed cannot tell which other cells are as good" in text
    assert "Three seeds (--seeds 3) would take about" in text


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data):
        self.text.append(data)


def test_hostile_names_classes_and_errors_are_text(tmp_path):
    lines = f"# {EVIL}"
    folder = build(tmp_path / "x", ["crop", "color"], score, first_lines=lines)
    opened = open_folder(folder)
    cell = next(cell for cell in cells(opened.grid, opened.environment.fingerprint) if cell.first)
    error = Failure(type=EVIL, message=EVIL)
    write_cell(folder, CellResult(record(cell, None, "failed", error=error)))
    names = (EVIL, *(f"class {k}" for k in range(8)))
    write_pictures(folder, Pictures(np.arange(20, dtype=np.int32), np.zeros((20, 3, 8, 8), np.uint8), names))
    study = read_study(folder)
    study.results.attrs["name"] = EVIL
    parsed = _Tags()
    parsed.feed(render(study))
    assert parsed.tags.count("script") == 1
    assert not [one for one in parsed.attributes if one[1].startswith("on")]
    assert {
        value for tag, name, value in parsed.attributes if name == "src" and not value.startswith("data:")
    } == set()
    assert sum(EVIL in text for text in parsed.text) > 5  # the error, the grid file, the class


def test_nothing_is_loaded_from_anywhere(study):
    parsed = _Tags()
    parsed.feed(render(study))
    loading = [
        value for _, name, value in parsed.attributes if name in ("src", "href", "xlink:href", "srcset")
    ]
    assert loading
    assert all(value.startswith(("#", "data:")) for value in loading)


def test_every_link_within_the_page_leads_somewhere(study):
    parsed = _Tags()
    parsed.feed(render(study))
    ids = {value for _, name, value in parsed.attributes if name == "id"}
    links = {value[1:] for tag, name, value in parsed.attributes if (tag, name) == ("a", "href")}
    assert "heatmap" in links
    assert links <= ids
