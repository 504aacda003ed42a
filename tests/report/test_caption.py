import pandas as pd
import pytest

from ablation.grid.models import Grid
from ablation.report import caption


def grid(data=None, views=None, **augmentations):
    values = {"data": data or {"source": "shapes"}, "augmentations": augmentations or {"crop": {}}}
    return Grid.model_validate(values | {"views": views or {}}).model_dump(mode="json")


@pytest.mark.parametrize(
    ("branches", "base_crop", "faithful"),
    [
        ("one", "none", True),
        ("one", "shared", True),
        ("one", "independent", False),
        ("both", "none", False),
        ("both", "shared", False),
    ],
)
def test_only_one_branch_with_base_crop_none_or_shared_is_a_figure_5_grid(branches, base_crop, faithful):
    words = caption.protocol(grid(views={"branches": branches, "base_crop": base_crop}))
    assert words.endswith(": a Figure 5 grid" if faithful else ": not a Figure 5 grid")
    assert f"{branches} branch" in words
    assert {"none": "no base crop", "shared": "one base crop for both", "independent": "for each view"}[
        base_crop
    ] in words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"source": "palettes"}, "palettes"),
        ({"source": "shapes", "coloring": "fixed"}, "shapes, one fixed colouring"),
        ({"source": "shapes", "coloring": "gray"}, "shapes, in gray"),
        ({"source": "shapes", "hint": 0.8}, "shapes, 80% coloured by class"),
        ({"source": "cifar10"}, "CIFAR-10"),
        ({"source": "npz", "path": "data/cifar10-10k.npz"}, "cifar10-10k"),
        ({"source": "folder", "path": "photos/birds.v2"}, "birds.v2"),
    ],
)
def test_the_title_names_the_grid_and_its_data(data, words):
    results = pd.DataFrame()
    results.attrs |= {"name": "mine", "grid": grid(data)}
    assert caption.title("knn_top1", results) == f"kNN top-1 (%): mine · {words}"


def test_operations_with_parameters_of_our_own_are_named():
    assert caption.unpublished(grid(crop={}, color={})) == ""
    assert caption.unpublished(grid(edges={"operation": "sobel"}, cutout={})).startswith("cutout, sobel: ")
    assert caption.unpublished(grid(sobel={"operation": "crop"}, both=["sobel", "color"])) == ""
    assert caption.unpublished(grid(both=["color", "sobel"])).startswith("sobel: ")
    assert caption.unpublished(grid(noise={"std": [0.1, 0.2]})).startswith("noise: ")


@pytest.mark.parametrize(
    ("present", "planned", "words"),
    [([0], [0], "seed 0"), ([0], [0, 1], "seed 0 (of 2 planned)"), ([], [0], "no results yet")],
)
def test_seeds_that_are_still_to_come_are_told(present, planned, words):
    assert caption.seeds(present, planned, gaps=False) == words
