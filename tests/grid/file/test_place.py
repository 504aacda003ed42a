"""Places of errors in a file of other models than a grid's: nothing about these is written anywhere else."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, Strict, ValidationError

from ablation.grid.file.place import Unwritten, keys, locate, sections
from ablation.grid.settings import Inline, Settings


class Square(Settings):
    shape: Literal["square", "tile"]
    side: Annotated[int, Field(ge=1)]


class Plain(Settings):
    shape: Literal["round"] = "round"
    rim: Literal["plain"] = "plain"
    radius: int = 1


class Toothed(Settings):
    shape: Literal["round"] = "round"
    rim: Literal["toothed"]
    teeth: tuple[int, int]


Round = Annotated[Plain | Toothed, Field(discriminator="rim")]
Shape = Annotated[Square | Round, Field(discriminator="shape")]


class Several(Settings):
    shapes: Annotated[tuple[Shape, ...], Unwritten()]
    same: Annotated[tuple[Shape, ...], Unwritten(positions=False)] = ()


class Drawing(Settings):
    frame: Shape | None = None
    by_name: dict[str, Shape] = Field(default_factory=dict)
    rows: tuple[tuple[Shape, ...], ...] = ()
    either: Literal["none"] | Annotated[tuple[int, ...], Strict(False)] | Several = "none"
    several: Several = Several(shapes=())
    anything: dict[str, Any] = Field(default_factory=dict)


def wrong(**values: Any) -> list[tuple[str | int, ...]]:
    with pytest.raises(ValidationError) as caught:
        Drawing.model_validate(values)
    return [locate(Drawing, details["loc"]).path for details in caught.value.errors()]


SQUARE, TEETH = {"shape": "square", "side": 0}, {"shape": "round", "rim": "toothed", "teeth": (1, "2")}


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"frame": SQUARE}, ("frame", "side")),
        ({"frame": TEETH}, ("frame", "teeth", 1)),
        ({"frame": {"shape": "star"}}, ("frame",)),
        ({"frame": {"shape": "round", "rim": "worn"}}, ("frame",)),
        ({"by_name": {"a": TEETH}}, ("by_name", "a", "teeth", 1)),
        ({"by_name": {3: SQUARE | {"side": 1}}}, ("by_name", 3)),
        ({"rows": ((SQUARE,),)}, ("rows", 0, 0, "side")),
        ({"several": {"shapes": (SQUARE,)}}, ("several", 0, "side")),
        ({"several": {"shapes": (), "same": (SQUARE,)}}, ("several", "side")),
        ({"anything": {1: {}}}, ("anything", 1)),
    ],
)
def test_a_place_holds_what_is_written_and_no_tag_and_no_unwritten_field(values: Any, path: Any) -> None:
    assert wrong(**values) == [path]


def test_members_of_a_union_that_were_tried_are_no_part_of_a_place() -> None:
    assert set(wrong(either=[1, "2"])) == {("either",), ("either", 1)}
    assert set(wrong(either={"shapes": (SQUARE,)})) == {("either",), ("either", 0, "side")}


def test_the_values_that_may_stand_at_a_place_are_the_models() -> None:
    assert locate(Drawing, ("frame",)).values == ("square", "tile", "round")
    assert locate(Drawing, ("frame", "round")).values == ("plain", "toothed")
    assert locate(Drawing, ("frame", "square", "shape")).values == ("square", "tile")
    assert locate(Drawing, ("frame",)).key == "shape"
    assert locate(Drawing, ("frame", "round")).key == "rim"


def test_the_section_of_a_place_is_the_model_that_was_chosen() -> None:
    found = locate(Drawing, ("by_name", "a", "round", "toothed"))
    assert (found.section, found.choice) == (Toothed, ("rim", "toothed"))
    assert locate(Drawing, ("several",)).section is Several


def test_sections_are_fields_that_are_models() -> None:
    assert sections(Drawing) == {
        "either": (Several,),
        "several": (Several,),
        "frame": (Square, Plain, Toothed),  # may be missing
    }


class Fast(Settings):
    speed: Literal["fast"] = "fast"
    factor: float = 2.0


class Slow(Settings):
    speed: Literal["slow"] = "slow"
    factor: float = 0.5
    rest: int = 1


class Job(Settings):
    epochs: int = 1
    speed: Annotated[Fast | Slow, Field(discriminator="speed"), Inline()] = Fast()


class File(Settings):
    job: Job = Job()


def test_an_inline_field_is_no_part_of_a_place_and_its_section_is_the_one_that_holds_it() -> None:
    assert locate(File, ("job", "speed", "slow", "rest")).path == ("job", "rest")
    found = locate(File, ("job", "speed", "slow"))
    assert (found.path, found.section, found.choice) == (("job",), Job, ("speed", "slow"))
    assert locate(File, ("job", "speed")).path == ("job",)


def test_keys_of_a_section_say_which_choice_they_need() -> None:
    assert keys(Job) == {"epochs": (), "speed": (), "factor": (), "rest": (("speed", "slow"),)}
