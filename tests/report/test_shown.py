"""What a notebook shows of a study: the answer, the heatmap, the verdict, and every name as text."""

from html.parser import HTMLParser

import pytest

import ablation as ab
from ablation.errors import ResultsError
from tests.browser import chromium, needs_chromium, opened, scrolls_sideways
from tests.results.builder import build

EVIL = "a$b_c$d $x^$ &amp;"  # $x^$ is no formula: drawn as one, it is an error


def score(first, second, seed):
    return 0.3 + 0.1 * (first == "color") + 0.01 * seed


class _Shown(HTMLParser):
    def __init__(self, study):
        super().__init__()
        self.tags, self.text, self.images, self.classes = [], [], [], []
        self.feed(study._repr_html_())
        self.words = " ".join(" ".join(self.text).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.images += [value for name, value in attrs if name == "src"]
        self.classes += [value for name, value in attrs if name == "class"]

    def handle_data(self, data):
        self.text.append(data)


def renamed(folder, name):
    text = (folder / "grid.toml").read_text()
    (folder / "grid.toml").write_text(text.replace('name = "tiny"', f"name = '{name}'"))
    return folder


def test_the_answer_the_heatmap_and_the_verdict_are_shown(tmp_path):
    study = ab.open_study(build(tmp_path, ["crop", "color"], score, seeds=[0, 1, 2]))
    shown = _Shown(study)
    assert (
        "tiny 23 jobs, all done · 3 seeds Best of 4 cells: color, validation linear top-1 40.0 % (95 %"
        in shown.words
    )
    assert "On the test split, which played no part in the choice, color reaches 41.0 % (95 %" in shown.words
    assert shown.words.endswith(study.judgement.sentence)
    (image,) = shown.images
    assert image.startswith("data:image/png;base64,")


def test_what_was_confirmed_is_shown_with_its_own_test_score(tmp_path):
    folder = build(tmp_path, ["crop", "color"], score, seeds=[0, 1, 2])
    lines, both = 'pairs = []\nviews.branches = "both"', '"crop + color" = ["crop", "color"]'
    build(folder / "confirm", [], lambda *_: 0.7, [0, 1, 2], {}, extra=both, first_lines=lines)
    assert "in the choice, crop + color reaches 70.0 %" in _Shown(ab.open_study(folder)).words


@pytest.mark.parametrize("what", [None, 0.4])
def test_names_and_paths_are_text_whatever_they_hold(tmp_path, what):
    hostile = tmp_path / "<script>alert(1)<"
    shown = _Shown(ab.open_study(renamed(build(hostile, ["crop"], lambda *_: what, baselines={}), EVIL)))
    assert "script" not in shown.tags
    assert EVIL in shown.words
    assert str(hostile) in shown.words or what
    # MathJax typesets what stands between two dollars, but for what lies in elements of these classes.
    assert shown.tags[0] == "div"
    assert shown.classes[0].split() == ["mathjax_ignore", "tex2jax_ignore"]


def test_without_results_it_says_how_to_get_some(tmp_path):
    shown = _Shown(ab.open_study(build(tmp_path, ["crop"], lambda *_: None, baselines={})))
    assert "No cell has a number to choose by yet, so there is nothing to recommend" in shown.words
    assert f"ablation run GRID --out {tmp_path}" in shown.words
    assert "No verdict: there are no results yet." in shown.words
    assert shown.images == []


@pytest.mark.parametrize("outcome", ["failed", "diverged"])
def test_an_unfinished_grid_shows_what_there_is(tmp_path, outcome):
    other = {"crop": 0.4, "color": outcome}
    study = ab.open_study(build(tmp_path / "half", ["crop", "color"], lambda first, *_: other[first]))
    shown = _Shown(study)
    assert "Best of 2 cells: crop, validation linear top-1 39.0 %" in shown.words
    assert len(shown.images) == 1
    nothing = ab.open_study(build(tmp_path / "none", ["crop"], lambda *_: outcome, baselines={}))
    assert "nothing to recommend" in _Shown(nothing).words


def test_a_damaged_record_is_said_instead_of_the_study(tmp_path):
    folder = build(tmp_path, ["crop"], score)
    damaged = next((folder / "cells").glob("*.json"))
    damaged.write_text("<b>")
    study = ab.open_study(folder)
    assert f"{damaged.name}: is damaged" in study._repr_html_()
    assert f"{damaged.name}: is damaged" in repr(study)


def test_damaged_arrays_are_said_and_hide_nothing_else(tmp_path):
    folder = build(tmp_path, ["crop", "color"], score)
    damaged = next((folder / "cells").glob("*.npz"))
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    shown = _Shown(ab.open_study(folder))
    assert f"No recommendation: {damaged}: is damaged (File is not a zip file)" in shown.words
    assert len(shown.images) == 1


def test_a_folder_that_is_none_is_refused_at_once(tmp_path):
    with pytest.raises(ResultsError, match="no such results folder"):
        ab.open_study(tmp_path / "nowhere")


@pytest.mark.slow
@needs_chromium
def test_a_narrow_notebook_does_not_scroll_sideways(tmp_path):
    study = ab.open_study(build(tmp_path / "a", ["crop", "color"], score))
    (tmp_path / "shown.html").write_text(f'<meta charset="utf-8">{study._repr_html_()}')
    with chromium() as browser:
        page, said = opened(browser, (tmp_path / "shown.html").as_uri(), width=390)
        assert page.locator("img").evaluate("image => image.complete && image.naturalWidth > 0")
        assert not scrolls_sideways(page)
        assert said == []
