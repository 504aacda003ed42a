import pytest

from ablation.grid.file import lines as places
from ablation.grid.file.lines import key_lines


def test_every_key_and_section_has_the_line_where_its_statement_begins() -> None:
    text = """\
# comment
views.branches = "one"
seeds = [
  0,
  1,
]

[augmentations]
crop = { scale = [0.1, 1.0], flip = 0.5 }
"my name" = {}

[augmentations.blur]  # a section of its own
p = 0.5
[data]
source = "shapes"
"""
    assert dict(key_lines(text)) == {
        ("views",): 2,
        ("views", "branches"): 2,
        ("seeds",): 3,
        ("augmentations",): 8,
        ("augmentations", "crop"): 9,
        ("augmentations", "crop", "scale"): 9,
        ("augmentations", "crop", "flip"): 9,
        ("augmentations", "my name"): 10,
        ("augmentations", "blur"): 12,
        ("augmentations", "blur", "p"): 13,
        ("data",): 14,
        ("data", "source"): 15,
    }


def test_what_merely_looks_like_a_key_is_none() -> None:
    text = 'name = """\n[data]\nsource = 1\n"""\n[data]\nsource = "[x]\\ny = 1"\n'
    assert dict(key_lines(text)) == {("name",): 1, ("data",): 5, ("data", "source"): 6}


def test_other_line_separators_of_unicode_are_no_line_ends() -> None:
    assert key_lines('a = "\u2028"\nb = "\x85"\nc = 1')[("c",)] == 3


def test_a_very_long_text_has_no_line_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_LINES", 2)
    assert key_lines("a = 1\nb = 2")
    assert not key_lines("a = 1\nb = 2\nc = 3")
