"""Errors are sentences, whatever the names in them hold."""

import pickle

from ablation.errors import DataError, ResultsError, in_words

NAME = "photos\x1b[2J\n\udcff"


def test_an_error_of_the_images_is_one_line_that_a_terminal_does_not_obey():
    error = DataError(f"{NAME}: no such folder")
    assert str(error) == r"photos\u001b[2J\n\udcff: no such folder"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # between processes


def test_any_error_in_words_has_nothing_that_a_terminal_obeys():
    for error in (OSError(2, "No such file", NAME), ResultsError(f"{NAME}: no results"), KeyError("\x1b")):
        assert in_words(error).replace("\n", "").isprintable()
