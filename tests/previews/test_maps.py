"""From a saved encoder to a map of test images."""

import pytest
from PIL import Image

from ablation.errors import ResultsError
from ablation.previews.maps import map_of, map_words, write_map
from ablation.report.plots.map import map_plot
from tests.previews.test_swaps import saved  # noqa: F401
from tests.previews.test_views import grid


@pytest.fixture(autouse=True)
def _needs():
    pytest.importorskip("openTSNE")


def test_test_images_are_laid_out_with_their_class_and_colour(saved, tmp_path):  # noqa: F811
    record, path = saved["crop"]
    frame = map_of(path, grid(), images=40, device="cpu")
    assert list(frame) == ["x", "y", "colour", "class"]
    assert len(frame) == min(40, record.sizes.test)
    assert frame.attrs["label"] == "crop"
    assert frame["class"].nunique() == record.sizes.classes
    assert "mean colour predicts its own with an R² of" in map_words(frame)
    assert Image.open(write_map(path, frame, tmp_path)).width > 600


def test_a_file_outside_a_results_folder_needs_a_grid(saved):  # noqa: F811
    with pytest.raises(ResultsError, match="--grid"):
        map_of(saved["crop"][1], device="cpu")


def test_without_labels_there_is_a_map_by_colour_alone(saved, tmp_path):  # noqa: F811
    _, path = saved["crop"]
    frame = map_of(path, grid(), images=20, device="cpu").drop(columns="class")
    frame.attrs["same_class"] = None
    assert Image.open(write_map(path, frame, tmp_path)).width > 300
    with pytest.raises(ValueError, match="no labels"):
        map_plot(frame, "class")
