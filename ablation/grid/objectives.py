"""What a job can minimise, as settings: one model an objective, told apart by its name."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from ablation.grid.settings import AsBefore, Count, Interval, Positive, Settings, Shares

Momentum = Annotated[float, Field(ge=0, le=1)]  # what a teacher keeps of itself in a step
HEAD = 32  # channels of an attention head; a transformer has a multiple of them
Prior = Annotated[float, Field(ge=0, lt=1)]
Tempered = Annotated[float, Field(ge=0.02)]  # a temperature below would overflow


class NTXent(Settings):
    """Contrastive: each view must find its partner among all others (SimCLR, equation 1)."""

    objective: Literal["nt-xent"] = "nt-xent"
    temperature: Positive = 0.2  # divides the cosine similarities
    l2: Annotated[bool, AsBefore(True)] = True  # false: dot products instead of cosines (Table 5)


class Decoupled(Settings):
    """NT-Xent without the partner in the denominator (Yeh et al., 2022)."""

    objective: Literal["dcl"] = "dcl"
    temperature: Positive = 0.2


class Debiased(Settings):
    """NT-Xent less what negatives of the same class are expected to add (Chuang et al., 2020)."""

    objective: Literal["debiased"] = "debiased"
    temperature: Tempered = 0.2
    same_class: Prior = 0.1  # probability that a negative is of the same class


class HardNegatives(Settings):
    """Debiased, with negatives weighted by how similar they are (Robinson et al., 2021)."""

    objective: Literal["hard-negatives"] = "hard-negatives"
    temperature: Tempered = 0.2
    same_class: Prior = 0.1
    concentration: Annotated[float, Field(ge=0)] = 0.5  # 0 weighs all alike


class NTLogistic(Settings):
    """Each pair of views by itself: partners or not (SimCLR, Table 2)."""

    objective: Literal["nt-logistic"] = "nt-logistic"
    temperature: Positive = 0.2
    semi_hard: bool = False  # one negative a view, the nearest that is farther than the partner


class Triplet(Settings):
    """A partner must be nearer than a negative by a margin (SimCLR, Table 2)."""

    objective: Literal["triplet"] = "triplet"
    margin: Annotated[float, Field(ge=0, le=4)] = 0.4
    semi_hard: bool = False


class MoCo(Settings):
    """Contrastive, with a queue of a slow teacher's projections as negatives (He et al., 2020)."""

    objective: Literal["moco"] = "moco"
    temperature: Positive = 0.2
    queue: Count = 4096  # projections
    momentum: Momentum = 0.99


class BYOL(Settings):
    """Without negatives: predict what a slow teacher makes of the other view (Grill et al., 2020)."""

    objective: Literal["byol"] = "byol"
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.9  # of the teacher: what it keeps of itself in a step
    momentum_schedule: Literal["cosine", "constant"] = "cosine"  # cosine rises to 1 by the last step
    predictor_width: Count = 512  # channels of the predictor's hidden layer


_LOCAL_SCALE, _LOCAL_SIZE = (0.05, 0.4), 16


class DINO(Settings):
    """Without negatives: share out images among prototypes as a slow teacher does (Caron et al., 2021)."""

    objective: Literal["dino"] = "dino"
    temperature: Tempered = 0.1  # of the network's shares
    teacher_temperature: Tempered = 0.04  # lower: sharper; the centre alone would even all shares out
    prototypes: Count = 1024  # the paper: 65,536, for ImageNet
    center_momentum: Momentum = 0.9  # of the mean of the teacher's outputs, which is taken from them
    momentum: Momentum = 0.9
    momentum_schedule: Literal["cosine", "constant"] = "cosine"
    local_crops: Annotated[Annotated[int, Field(ge=0)], AsBefore(0)] = (
        0  # small crops of the views (multi-crop)
    )
    local_scale: Annotated[Shares, AsBefore(_LOCAL_SCALE)] = _LOCAL_SCALE  # share of the view's area
    local_size: Annotated[Count, AsBefore(_LOCAL_SIZE)] = _LOCAL_SIZE  # side in pixels

    @field_validator("local_scale", "local_size")
    @classmethod
    def _of_local_crops(cls, value: Any, info: ValidationInfo) -> Any:
        if info.data.get("local_crops") == 0 and value not in (_LOCAL_SCALE, _LOCAL_SIZE):
            raise ValueError("there are no small crops; set local_crops as well, such as local_crops = 4")
        return value


class IJEPA(Settings):
    """One view: predict a slow teacher's tokens of hidden blocks from the rest (Assran et al., 2023)."""

    objective: Literal["i-jepa"] = "i-jepa"
    targets: Count = 4  # blocks
    target_scale: Shares = (0.15, 0.2)  # share of the image's area, of each of them
    target_ratio: Interval = (0.75, 1.5)  # height / width
    context_scale: Shares = (0.85, 1.0)  # of the block that is seen, less the targets
    predictor_width: Annotated[int, Field(ge=HEAD, multiple_of=HEAD)] = 32
    predictor_depth: Count = 2  # blocks of the predictor
    momentum: Momentum = 0.98
    momentum_schedule: Literal["cosine", "constant"] = "cosine"


class SimSiam(Settings):
    """Without negatives or teacher: predict the other view's projection, held still (Chen and He, 2021)."""

    objective: Literal["simsiam"] = "simsiam"
    predictor_width: Count = 512


class BarlowTwins(Settings):
    """Without negatives: dimensions of z agree over the views, and with no other (Zbontar et al., 2021)."""

    objective: Literal["barlow-twins"] = "barlow-twins"
    # weight of correlations between dimensions; the paper: 0.005, of a z of 8,192 dimensions
    redundancy: Annotated[float, Field(ge=0)] = 0.001


class VICReg(Settings):
    """Without negatives: views agree, dimensions of z vary and do not covary (Bardes et al., 2022)."""

    objective: Literal["vicreg"] = "vicreg"
    invariance: Annotated[float, Field(ge=0)] = 25.0
    variance: Annotated[float, Field(ge=0)] = 25.0
    covariance: Annotated[float, Field(ge=0)] = 4.0  # the paper: 1, of a z of 8,192 dimensions


class Supervised(Settings):
    """With labels: cross-entropy of one augmented view, for comparison (SimCLR, Table 1)."""

    objective: Literal["supervised"] = "supervised"


Objective = (
    NTXent
    | Decoupled
    | Debiased
    | HardNegatives
    | NTLogistic
    | Triplet
    | MoCo
    | BYOL
    | DINO
    | IJEPA
    | SimSiam
    | BarlowTwins
    | VICReg
    | Supervised
)
