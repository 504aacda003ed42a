"""What is kept of a cell's label-free scores; `ablation.evaluate.label_free` says how each is measured."""

from ablation.results.stored.model import Fraction, Stored


class LabelFree(Stored):
    """Scores that no label had a part in, on images of pretraining.

    None for what is measured on positive pairs, if the encoder was trained on none.
    """

    images: int  # that RankMe and α-ReQ are measured on
    rankme_h: float
    rankme_z: float
    alpha_req: float | None  # None where the features have too few dimensions
    rotation_top1: Fraction
    lidar_h: float | None = None
    lidar_z: float | None = None
    alignment: float | None = None
    uniformity: float | None = None
