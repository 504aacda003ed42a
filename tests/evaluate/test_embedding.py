"""What neighbours in h share, and their layout in two dimensions."""

import numpy as np
import pytest
import torch

from ablation.errors import DataError
from ablation.evaluate.embedding import embedded, mean_colours, neighbourhood


def grouped(by, noise=0.01):
    """Representations of which those with the same number in `by` are alike."""
    random = torch.Generator().manual_seed(0)
    centres = torch.randn(int(by.max()) + 1, 16, generator=random)
    return centres[by] + noise * torch.randn(len(by), 16, generator=random)


def test_it_is_told_whether_neighbours_share_class_or_colour():
    classes, hues = torch.arange(120) % 4, torch.arange(120) // 4 % 3
    colours = torch.eye(3)[hues]
    by_class = neighbourhood(grouped(classes), colours, classes)
    by_colour = neighbourhood(grouped(hues), colours, classes)
    assert by_class.same_class == 1
    assert by_class.colour_r2 < 0.1
    assert by_colour.same_class < 0.4
    assert by_colour.colour_r2 > 0.99
    assert by_colour.chance == pytest.approx(29 / 119)


def test_without_labels_only_colour_is_measured():
    by = torch.arange(20) % 4
    found = neighbourhood(grouped(by), torch.eye(4)[by], None)
    assert (found.same_class, found.chance) == (None, None)
    assert found.colour_r2 < 0.9, "ten neighbours of groups of five"


def test_the_mean_colour_of_an_image_is_that_of_its_pixels():
    pixels = torch.zeros(1, 2, 2, 2, dtype=torch.uint8)
    pixels[0, 1, 0] = 255
    assert mean_colours(pixels).tolist() == [[0.0, 0.5]]


def test_a_map_keeps_groups_together_and_repeats_itself():
    pytest.importorskip("openTSNE")
    by = torch.arange(90) % 3
    layout = embedded(grouped(by))
    distances = np.linalg.norm(layout[:, None] - layout[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert (by[distances.argmin(axis=1)] == by).all()
    np.testing.assert_array_equal(layout, embedded(grouped(by)))


def test_too_few_images_are_told(monkeypatch):
    monkeypatch.setattr("ablation.evaluate.embedding.installed", lambda _: True)
    with pytest.raises(DataError, match="at least four images"):
        embedded(torch.zeros(3, 4))


def test_what_to_install_is_told(monkeypatch):
    monkeypatch.setattr("ablation.evaluate.embedding.installed", lambda _: False)
    with pytest.raises(DataError, match=r"pip install '.*\[map\]'"):
        embedded(torch.zeros(9, 4))
