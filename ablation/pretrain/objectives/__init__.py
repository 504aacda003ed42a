"""What a job minimises: one file for each objective, and the table of objectives.

Knows nothing of epochs or optimisers.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch

from ablation.grid.objectives import (
    BYOL,
    DINO,
    IJEPA,
    BarlowTwins,
    Debiased,
    Decoupled,
    HardNegatives,
    MoCo,
    NTLogistic,
    NTXent,
    SimSiam,
    Triplet,
    VICReg,
)
from ablation.grid.recipe import Pretrain
from ablation.grid.settings import Settings
from ablation.pretrain.network import Network
from ablation.pretrain.objectives import (
    barlow_twins,
    dcl,
    debiased,
    hard_negatives,
    nt_logistic,
    nt_xent,
    triplet,
    vicreg,
)
from ablation.pretrain.objectives.base import Objective
from ablation.pretrain.objectives.byol import Bootstrap
from ablation.pretrain.objectives.dino import Distilled
from ablation.pretrain.objectives.ijepa import JointEmbedding
from ablation.pretrain.objectives.moco import Queued
from ablation.pretrain.objectives.simsiam import Siamese
from ablation.seeds import seeded

# By the class of its settings. Each is built from the job's settings, its own, and the untrained network.
OBJECTIVES: Mapping[type[Settings], Callable[[Pretrain, Any, Network], Objective]] = MappingProxyType(
    {
        NTXent: nt_xent.build,
        Decoupled: dcl.build,
        Debiased: debiased.build,
        HardNegatives: hard_negatives.build,
        NTLogistic: nt_logistic.build,
        Triplet: triplet.build,
        MoCo: Queued,
        BYOL: Bootstrap,
        DINO: Distilled,
        IJEPA: JointEmbedding,
        SimSiam: Siamese,
        BarlowTwins: barlow_twins.build,
        VICReg: vicreg.build,
    }
)


def build_objective(settings: Pretrain, net: Network, seed: int) -> Objective:
    """Build the objective that the settings name, on the network's device; the seed draws its own weights.

    Example:
        >>> from ablation.pretrain.network import initial
        >>> net = initial(Pretrain(width=8), seed=0, device=torch.device("cpu"))
        >>> type(build_objective(Pretrain(objective="moco"), net, seed=0)).__name__
        'Queued'
    """
    with seeded(torch.device("cpu"), seed, "objective"):
        objective = OBJECTIVES[type(settings.objective)](settings, settings.objective, net)
    return objective.to(next(net.parameters()).device)
