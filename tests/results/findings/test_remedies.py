"""What to change where jobs did not learn, by the curves that there are."""

import pandas as pd
import pytest

from ablation.grid.models import Grid
from ablation.results.findings.remedies import remedies

CROP = ("crop", "crop")


def told(epochs: int, top1: list[float | None]) -> str:
    grid = Grid.model_validate(
        {"data": {"source": "shapes"}, "augmentations": {"crop": {}}, "pretrain": {"epochs": epochs}}
    )
    curves = pd.DataFrame(
        {"first": "crop", "second": "crop", "seed": 0, "epoch": range(len(top1)), "contrastive_top1": top1}
    ).astype({"contrastive_top1": float})
    return remedies(grid, curves, CROP, images=100_000, detectable=None)[0]


@pytest.mark.parametrize(
    ("epochs", "top1", "words"),
    [
        (2, [0.1, 0.2], "2 epochs are hardly training"),
        (8, [0.1 * epoch for epoch in range(8)], "Train longer: crop finds 70.0 %"),
        (8, [None] * 8, "no curve tells whether 8 epochs are enough (pretrain.epochs = 32)"),
        (2, [None] * 2, "2 epochs are hardly training"),
    ],
)
def test_whether_to_train_longer_is_read_off_the_curve_if_there_is_one(epochs, top1, words):
    assert words in told(epochs, top1)
