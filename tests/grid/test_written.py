import tomllib

from hypothesis import given
from hypothesis import strategies as st

from ablation.grid.written import dotted, shown


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_path_reads_as_the_key_that_it_names_and_stays_on_one_line(path: list[str]) -> None:
    text = dotted(tuple(path))
    assert text.isprintable()
    values = tomllib.loads(f"{text} = 1")
    for part in path:
        values = values[part]
    assert values == 1


def test_a_long_value_is_shortened() -> None:
    assert len(shown(list(range(100)))) == 60
    assert shown(list(range(100))).endswith("...")
