"""Arguments of a grid file become what a signature asks for."""

from collections.abc import Sequence

import pytest
import torch

from ablation.augment.arguments import adapted, problems


def target(
    plain=None,
    lists: list[list[int]] | float | None = None,
    tuples: tuple[int, int] | list[int] = (0, 0),
    any_sequence: Sequence[int] = (),
    tensor: torch.Tensor | None = None,
):
    pass


@pytest.mark.parametrize(
    ("name", "otherwise", "found"),
    [
        ("plain", tuple, ((1, 2), (3, 4))),
        ("plain", list, [[1, 2], [3, 4]]),
        ("lists", tuple, [[1, 2], [3, 4]]),
        ("tuples", tuple, ((1, 2), (3, 4))),
        ("any_sequence", tuple, ((1, 2), (3, 4))),
    ],
)
def test_a_list_becomes_what_is_asked_for(name, otherwise, found):
    assert adapted({name: [[1, 2], [3, 4]]}, target, otherwise) == {name: found}


def test_a_list_becomes_a_tensor_where_that_is_asked_for():
    assert adapted({"tensor": [[1, 2]]}, target)["tensor"].shape == (1, 2)


def test_a_table_is_shown_as_it_was_written():
    found = problems({"lists": {"a": 1, "b c": [True]}}, target)
    assert found["lists"].endswith('not { a = 1, "b c" = [true] }')
