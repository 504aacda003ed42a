"""Hard negatives: similar ones count more (Robinson et al., 2021, arXiv 2010.04592, equation 4)."""

from functools import partial

from ablation.grid.objectives import HardNegatives
from ablation.grid.recipe import Pretrain
from ablation.pretrain.network import Network
from ablation.pretrain.objectives.base import Objective
from ablation.pretrain.objectives.debiased import debiased
from ablation.pretrain.objectives.pairwise import Pairwise


def build(settings: Pretrain, chosen: HardNegatives, net: Network) -> Objective:  # noqa: ARG001
    """Build the objective of a job."""
    given = chosen.model_dump(exclude={"objective"})
    return Pairwise(settings, partial(debiased, **given))
