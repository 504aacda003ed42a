"""The colour shortcut of one cell: how much its views leak, and how much its model relies on colour."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ablation.augment.neighbours import Neighbours
from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset, load_on
from ablation.data.pixels import Pixels
from ablation.evaluate.evaluation import Evaluation
from ablation.evaluate.linear import fit_classifier
from ablation.grid.cells import Cell
from ablation.grid.objectives import IJEPA, Supervised
from ablation.grid.recipe import Evaluate, Pretrain
from ablation.pretrain.calibration import random_init
from ablation.pretrain.model import Model
from ablation.results.stored.color import Features, HistogramName, Leak, Use, too_few_to_leak
from ablation.shortcut.leakage import ViewsError, distances, draw, read
from ablation.shortcut.targets import R2
from ablation.shortcut.use import CounterfactualFeatures, Counterfactuals


@dataclass(frozen=True)
class CellLeak:
    """What the views of a cell give away, and how far apart their histograms are."""

    leak: dict[HistogramName, Leak]
    distances: NDArray[np.float16]  # (2, K): between views of one image, between views of two images


def leak_of(cell: Cell, images: Pixels, clips: Tensor | None = None) -> tuple[CellLeak | None, str]:
    """Measure the leak of a cell's views, among as many candidates as its batch has images.

    Args:
        cell: a pair or a single.
        images: the images of pretraining, uint8, (M, 3, S, S).
        clips: the clip of each, (M,), if they are frames; second views may be taken from other frames.

    Returns:
        The leak, or None if the cell augments nothing, and the reason in words if no two views are compared,
        there are too few images, or a view has no histogram because it is not finite.
    """
    if not cell.policy:
        return None, ""
    objective = cell.recipe.pretrain.objective
    if isinstance(objective, IJEPA | Supervised):
        return None, f'no leak: "{objective.objective}" looks at one view and finds no partner for it'
    if few := too_few_to_leak(len(images), cell.recipe.pretrain.batch_size):
        return None, few
    views = TwoViews.build(cell.steps, cell.recipe.views, images.shape[-1], cell.required_seed)
    neighbours = Neighbours.of(cell.steps, clips, cell.required_seed)
    try:
        drawn = draw(
            views, images, cell.recipe.pretrain.batch_size, cell.required_seed, neighbours=neighbours
        )
    except ViewsError as error:
        return None, f"no leak: {error}"
    leak = {kind: read(parts, cell.required_seed) for kind, parts in drawn.items()}
    return CellLeak(leak, distances(drawn["joint"].test).to("cpu", torch.float16).numpy()), ""


def use_of(
    cell: Cell,
    dataset: Path,
    data: DeviceDataset,
    model: Model,
    h: tuple[Tensor, Tensor],
    linear: Evaluation | None,
) -> dict[Features, Use] | None:
    """Measure how much h relies on colour, and z if there is a head.

    The accuracy of z is that of a linear classifier with the regularisation that was chosen for h.

    Args:
        cell: any cell.
        dataset: the folder of the data set; with the device, it determines the test images used.
        data: the data set itself.
        model: the trained model.
        h: features of the training and of the test images, (N, d) and (T, d).
        linear: the evaluation of h; None without labels, and what needs them is None, too.

    Returns:
        None if there is no encoder, or there are fewer than two test images.
    """
    if model.encoder is None or len(data.test.pixels) < 2:
        return None
    device = str(h[1].device)
    labelled = linear is not None
    counterfactuals = _counterfactuals(dataset, device, labelled)
    before = _untrained(dataset, device, labelled, cell.recipe.pretrain, cell.required_seed)
    return use_of_model(model, counterfactuals, before, data, h, linear, cell.recipe.evaluate)


def use_of_model(
    model: Model,
    counterfactuals: Counterfactuals,
    untrained: Mapping[Features, R2],
    data: DeviceDataset,
    h: tuple[Tensor, Tensor],
    linear: Evaluation | None,
    settings: Evaluate,
) -> dict[Features, Use]:
    """Measure the same as `use_of`, given the counterfactuals and the R² before training."""
    train, test = h
    seen = CounterfactualFeatures(
        test[counterfactuals.rows],
        model.features(counterfactuals.recolored),
        model.features(counterfactuals.gray),
    )
    use: dict[Features, Use] = {
        "h": counterfactuals.use(seen, untrained["h"], linear.classify if linear else None)
    }
    if model.head is not None:
        classify = None
        if linear is not None:
            z, strength = model.project(train), linear.scores.regularization
            classify = fit_classifier(z, data.train.labels, data.classes, strength, settings)
        use["z"] = counterfactuals.use(seen.mapped(model.project), untrained["z"], classify)
    return use


def untrained_r2(
    counterfactuals: Counterfactuals, data: DeviceDataset, settings: Pretrain, seed: int
) -> dict[Features, R2]:
    """Return what h and z tell about the colour histogram before training, with batch norm calibrated."""
    net = random_init(data, settings, seed)
    model = Model.of(net.encoder, net.head, data.normalize)
    h = model.features(counterfactuals.images)
    return {"h": counterfactuals.targets.r2(h), "z": counterfactuals.targets.r2(model.project(h))}


# The same for all cells of a data set and seed, and as costly as everything else: a worker keeps the last.
@lru_cache(maxsize=1)
def _counterfactuals(dataset: Path, device: str, labelled: bool) -> Counterfactuals:
    test = load_on(dataset, torch.device(device)).test
    return Counterfactuals.of(test.pixels, test.labels if labelled else None)


@lru_cache(maxsize=1)
def _untrained(
    dataset: Path, device: str, labelled: bool, settings: Pretrain, seed: int
) -> dict[Features, R2]:
    data = load_on(dataset, torch.device(device))
    return untrained_r2(_counterfactuals(dataset, device, labelled), data, settings, seed)
