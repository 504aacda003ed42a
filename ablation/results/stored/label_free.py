"""What is kept of a cell's label-free scores; `ablation.evaluate.label_free` says how each is measured."""

from ablation.results.stored.model import Amount, Fraction, Images, Number, Stored


class LabelFree(Stored):
    """Scores that no label had a part in, on images of pretraining.

    None for what is measured on positive pairs, if the encoder was trained on none.
    """

    images: Images  # that RankMe and α-ReQ are measured on
    rankme_h: Amount
    rankme_z: Amount
    alpha_req: Number | None  # None where the features have too few dimensions
    rotation_top1: Fraction
    lidar_h: Amount | None = None
    lidar_z: Amount | None = None
    alignment: Amount | None = None
    uniformity: Number | None = None
