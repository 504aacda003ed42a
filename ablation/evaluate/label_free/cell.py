"""The label-free scores of one cell, from training images and the views that its job was trained on."""

import torch
from torch import Tensor

from ablation.augment.neighbours import Neighbours
from ablation.augment.views import TwoViews
from ablation.data.device import DeviceDataset
from ablation.data.pixels import indexed_on
from ablation.evaluate.label_free.alpha import alpha_req
from ablation.evaluate.label_free.hypersphere import alignment, uniformity
from ablation.evaluate.label_free.lidar import lidar
from ablation.evaluate.label_free.ranks import rankme
from ablation.evaluate.label_free.rotation import rotation_top1
from ablation.grid.cells import Cell
from ablation.pretrain.features import BLOCK
from ablation.pretrain.model import Model
from ablation.results.stored.label_free import LabelFree
from ablation.seeds import generator, stable_seed

# At most; how many there are depends on the data alone, so cells of a grid are measured alike.
RANK_IMAGES = 25_600  # for RankMe, as in its paper, and α-ReQ
VIEWED = 1_000  # for LiDAR, alignment and uniformity
DRAWS = 10  # views of each of these
TURNED = 2_000  # for the rotation probe


@torch.no_grad()
def label_free_of(cell: Cell, data: DeviceDataset, model: Model, h: Tensor) -> LabelFree | None:
    """Score the model of a cell on the images of pretraining, without a label.

    The images of a seed are the same for all cells. What is measured on positive pairs is None for an encoder
    that was trained on none.

    Args:
        cell: any cell.
        data: the data set.
        model: the trained model.
        h: features of the labelled training images, (N, d), which mostly are those of pretraining too.

    Returns:
        None where the grid switches them off, there is no projection head, or the features are not finite.
    """
    if model.head is None or not cell.recipe.label_free:
        return None
    images, seed = data.pretrain, cell.required_seed
    order = torch.randperm(len(images), generator=generator(seed, "label-free")).to(indexed_on(images))
    ranked = order[:RANK_IMAGES]
    h = h[ranked] if images is data.train.pixels else model.features(images[ranked])
    z = model.project(h)
    if not bool(h.sum().isfinite() & z.sum().isfinite()):
        return None
    found = LabelFree(
        images=len(h),
        rankme_h=rankme(h),
        rankme_z=rankme(z),
        alpha_req=alpha_req(h),
        rotation_top1=rotation_top1(model.features, images[order[:TURNED]], seed),
    )
    if cell.kind == "random-init":
        return found
    first, second = _viewed(cell, data, order[:VIEWED], model)  # (n, q, d), (n, d)
    one, two = model.project(first[:, 0]), model.project(second)  # (n, p)
    return found.model_copy(
        update={
            "lidar_h": lidar(first),
            "lidar_z": lidar(model.project(first.flatten(0, 1)).unflatten(0, first.shape[:2])),
            "alignment": alignment(one, two),
            "uniformity": (uniformity(one) + uniformity(two)) / 2,
        }
    )


def _viewed(cell: Cell, data: DeviceDataset, rows: Tensor, model: Model) -> tuple[Tensor, Tensor]:
    """Return h of several draws of the first view of images (n, q, d), and of the second view of one draw.

    Where second views are other frames, every other draw is of the second: `time` alone leaves the first as
    it is.
    """
    seed = stable_seed(cell.required_seed, "label-free views")
    views = TwoViews.build(cell.steps, cell.recipe.views, data.size, seed)
    neighbours = Neighbours.of(cell.steps, data.clips, seed)
    first, second = [], []
    for place, block in enumerate(rows.split(max(1, BLOCK // data.size**2))):
        images, drawn = data.pretrain[block], []
        for draw in range(DRAWS):
            step = place * DRAWS + draw
            others = None if neighbours is None else data.pretrain[neighbours(block, step)]
            one, two = views(images, step, others)
            drawn.append(model.features(two if neighbours is not None and draw % 2 else one))
            if draw == 0:
                second.append(model.features(two))
        first.append(torch.stack(drawn, dim=1))
    return torch.cat(first), torch.cat(second)
