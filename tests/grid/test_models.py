import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ablation.grid.data import Data
from ablation.grid.models import Grid, Name, Title
from ablation.grid.recipe import Pretrain


@pytest.mark.parametrize("name", ["crop", "Strong color", "a", "x_1+2.3-4", "a" * 48])
def test_a_name_may_stand_in_files_and_figures(name: str) -> None:
    assert TypeAdapter(Name).validate_python(name) == name


@pytest.mark.parametrize("name", ["", "1crop", "crop ", " crop", "a/b", "a\nb", "é", "a" * 49, "<b>"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(name)


@pytest.mark.parametrize("title", ["quick", "quick (1)", "2024-05 Kätzchen", "a.b"])
def test_a_grid_may_be_called_like_any_file(title: str) -> None:
    assert TypeAdapter(Title).validate_python(title) == title


@pytest.mark.parametrize(
    "title", ["", ".", "..", ".toml", "a/b", "a\\b", "a:b", "a ", "a.", "a\nb", "a" * 101]
)
def test_titles_that_name_no_folder_are_refused(title: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Title).validate_python(title)


def grid(data: dict[str, Any] | None = None, **sections: Any) -> Grid:
    settings = {"data": {"source": "shapes"} | (data or {}), "augmentations": {"crop": {}}}
    return Grid.model_validate(settings | sections)


def test_a_batch_may_hold_all_images_and_no_more() -> None:
    assert grid({"train": 64}, pretrain={"batch_size": 64})
    with pytest.raises(ValidationError, match="65 is more than the 64 images"):
        grid({"train": 64}, pretrain={"batch_size": 65})
    assert grid({"source": "cifar10"}, pretrain={"batch_size": 4096})  # how many there are is not known yet


def test_only_the_patch_stem_needs_sizes_that_divide_by_4() -> None:
    assert grid({"size": 30}, pretrain={"stem": "cifar"})
    with pytest.raises(ValidationError, match=r"data\.size must divide by 4, not 30"):
        grid({"size": 30})


def test_grids_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        grid().pretrain.epochs = 3  # type: ignore[misc]


def test_numbers_are_not_read_from_text_and_seeds_not_from_truth_values() -> None:
    for wrong in ({"pretrain": {"epochs": "3"}}, {"seeds": [True]}, {"pretrain": {"temperature": True}}):
        with pytest.raises(ValidationError):
            grid(**wrong)


def test_every_source_is_described_by_its_defaults() -> None:
    data: Any = TypeAdapter(Data)
    assert data.validate_python({"source": "shapes"}).train == 5000
    assert data.validate_python({"source": "cifar10"}).train is None


def test_width_and_stem_default_to_those_an_encoder_is_known_with() -> None:
    def form(**pretrain: Any) -> tuple[int, str]:
        job = grid(pretrain=pretrain).pretrain
        return job.encoder.width, job.encoder.stem

    assert form() == (32, "patch")
    assert form(encoder="resnet18") == (64, "imagenet")
    assert form(encoder="resnet50", width=128, stem="cifar") == (128, "cifar")
    assert grid(pretrain={"encoder": "vit-micro"}).pretrain.encoder.width == 16


@pytest.mark.parametrize(
    ("pretrain", "size", "why"),
    [
        ({"encoder": "vit-micro", "width": 12}, 32, "width .*multiple of 8 with vit-micro, not 12"),
        ({"encoder": "vit-micro", "stem": "cifar"}, 32, "stem .*not permitted"),
        ({"encoder": "vit-micro"}, 30, "vit-micro.* data.size must divide by 4, not 30"),
        ({"encoder": "resnet18", "objective": "i-jepa"}, 32, 'set encoder = "vit-micro"'),
        ({"encoder": "vit-micro", "objective": "i-jepa", "head": "mlp"}, 32, 'remove head = "mlp"'),
        ({"encoder": "vit-micro", "objective": "i-jepa", "chunk": 16}, 32, "smaller batch_size"),
        ({"encoder": "vit-micro", "objective": "i-jepa"}, 8, "data.size must be 12 at least, not 8"),
        ({"encoder": "vit-micro", "objective": "i-jepa", "predictor_width": 40}, 32, "multiple of 32"),
        ({"encoder": "vit-micro", "objective": "dino", "local_crops": 2, "local_size": 18}, 32, "not 18"),
        ({"objective": "dino", "local_size": 12}, 32, "set local_crops as well"),
        ({"world_size": 2, "batch_size": 33}, 32, "cannot share a batch of 33 evenly"),
        ({"world_size": 2, "chunk": 16}, 32, "remove chunk"),
        ({"world_size": 2, "encoder": "timm:resnet18"}, 32, "each process has only a part"),
    ],
)
def test_encoders_and_objectives_that_do_not_go_together_are_refused(
    pretrain: dict[str, Any], size: int, why: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        grid(data={"source": "shapes", "size": size}, pretrain=pretrain)
    told = "; ".join(f"{'.'.join(map(str, one['loc']))} {one['msg']}" for one in refused.value.errors())
    assert re.search(why, told), told


def test_i_jepa_has_no_head_and_says_so_again_when_it_is_read_back() -> None:
    job = grid(pretrain={"encoder": "vit-micro", "objective": "i-jepa"}).pretrain
    assert job.head == "none"
    assert Pretrain.model_validate(job.model_dump()) == job


def test_a_share_of_the_area_is_at_most_all_of_it() -> None:
    with pytest.raises(ValidationError, match="at most 1"):
        grid(views={"base_scale": [0.5, 5.0]})
