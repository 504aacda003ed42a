import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablation.data.copies import Settled, content_numbers, outside_test, pixel_content, settle
from ablation.errors import DataError

CHOICES = ("refuse", "group", "drop", "keep")


def settled(
    choice: str, content: str, classes: str, sides: str = "", groups: str = "", known: str = ""
) -> Settled:
    """Settle images of which each letter is one: content, class, side (t or -), group."""
    return settle(
        choice,
        content_numbers(list(content)),
        content_numbers(list(classes)),
        np.array([side == "t" for side in sides]) if sides else None,
        content_numbers(list(groups)) if groups else None,
        "{}.png".format,
        "photos",
        content_numbers(list(known)) if known else None,
    )


@st.composite
def images(draw) -> dict[str, str]:
    n = draw(st.integers(2, 9))
    some = {
        key: draw(st.text(letters, min_size=n, max_size=n))
        for key, letters in (("content", "abcdef"), ("classes", "xy"), ("sides", "t-"), ("groups", "123456"))
    }
    crossing = {g for g, side in zip(some["groups"], some["sides"], strict=True) if side == "t"} & {
        g for g, side in zip(some["groups"], some["sides"], strict=True) if side == "-"
    }
    for key, unneeded in (("sides", draw(st.booleans())), ("groups", draw(st.booleans()) or crossing)):
        if unneeded:
            some[key] = ""
    return some


@given(images())
def test_what_grouping_keeps_is_on_one_side_of_every_split_of_groups(some):
    done = settled("group", **some)
    used = np.flatnonzero(done.kept)
    for i in used:
        for j in used:
            alike = some["content"][i] == some["content"][j]
            if alike and done.groups is not None:
                assert done.groups[i] == done.groups[j]
            if some["groups"] and some["groups"][i] == some["groups"][j]:
                assert done.groups[i] == done.groups[j]
            if some["sides"] and some["sides"][i] != some["sides"][j]:
                assert not alike
                assert done.groups is None or done.groups[i] != done.groups[j]


@given(images())
def test_dropping_leaves_each_picture_once_and_those_of_two_classes_not_at_all(some):
    kept = settled("drop", **some).kept
    for picture in set(some["content"]):
        rows = [i for i, content in enumerate(some["content"]) if content == picture]
        torn = len({some["classes"][i] for i in rows}) > 1
        assert kept[rows].sum() == (0 if torn else 1)
        if not torn and some["sides"] and any(some["sides"][i] == "t" for i in rows):
            assert all(some["sides"][i] == "t" for i in rows if kept[i])


@given(images())
def test_refused_is_exactly_what_has_two_classes_or_could_be_trained_and_tested_on(some):
    pictures = {p: [i for i, c in enumerate(some["content"]) if c == p] for p in some["content"]}
    stay_together = some["sides"] or some["groups"] or range(len(some["content"]))  # what a split keeps whole
    wrong = any(
        len({stay_together[i] for i in rows}) > 1 or len({some["classes"][i] for i in rows}) > 1
        for rows in pictures.values()
    )
    if wrong:
        with pytest.raises(DataError, match=r'set data.duplicates = "drop"'):
            settled("refuse", **some)
    else:
        assert settled("refuse", **some).kept.all()


@pytest.mark.parametrize("choice", CHOICES)
def test_without_copies_nothing_changes_and_nothing_is_said(choice):
    done = settled(choice, "abcd", "xyxy", "--tt", "1123")
    assert done.kept.all()
    assert done.groups.tolist() == [0, 0, 1, 2]
    assert settled(choice, "abcd", "xyxy").groups is None
    assert not done.notes


def test_what_is_found_is_counted_and_the_first_are_named():
    assert settled("keep", "aabbccddee", "xxxxxxxxxx").notes == (
        "5 pictures occur more than once (0.png = 1.png, 2.png = 3.png, 4.png = 5.png and 2 more) "
        "and all are used; accuracies may be too high",
    )
    with pytest.raises(
        DataError, match=r"^photos: 1 picture is in both the training and the test .* \(1.png = 2.png\)"
    ):
        settled("refuse", "abb", "xxx", "--t")
    with pytest.raises(DataError, match=r"^photos: 1 picture is in more than one class \(0.png = 2.png\)"):
        settled("refuse", "aba", "xyy", "--t")
    assert settled("drop", "aabb", "xxxy").notes[0].endswith("; 3 images left out")
    assert (
        "left 1 image out of training that the test split has, too"
        in settled("group", "aa", "xx", "-t").notes
    )


def test_copies_that_were_settled_before_are_not_told_again():
    assert not settled("keep", "aabc", "xxxx", known="aabc").notes
    assert len(settled("keep", "aabb", "xxxx", known="aabc").notes) == 1
    assert settled("group", "aabc", "xxxx", known="aabc").groups.tolist() == [0, 0, 1, 2]


def test_equal_pixels_are_equal_content_across_arrays():
    x = np.random.default_rng(0).integers(0, 256, (4, 3, 8, 8), np.uint8)
    ids = pixel_content(x, x[2:3], x[:, :, ::-1])
    assert ids[4] == ids[2]
    assert len(set(ids)) == 8


def test_unlabelled_images_of_the_test_split_are_refused_left_out_or_told_of():
    unlabelled, test = np.array([0, 1, 2, 1]), np.array([1, 5])
    with pytest.raises(
        DataError, match=r"^photos: 2 unlabelled images are in the test split, too \(u1, u3\)"
    ):
        outside_test("refuse", unlabelled, test, "u{}".format, "photos")
    assert outside_test("group", unlabelled, test, "u{}".format, "photos").kept.tolist() == [
        True,
        False,
        True,
        False,
    ]
    assert outside_test("keep", unlabelled, test, "u{}".format, "photos").kept.all()
    assert not outside_test("refuse", unlabelled, np.array([9]), "u{}".format, "photos").notes
