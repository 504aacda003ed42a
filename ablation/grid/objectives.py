"""What a job can minimise, as settings: one model an objective, told apart by its name."""

from typing import Annotated, Literal

from pydantic import Field

from ablation.grid.settings import Count, Positive, Settings


class NTXent(Settings):
    """Contrastive: each view must find its partner among all others (SimCLR, equation 1)."""

    objective: Literal["nt-xent"] = "nt-xent"
    temperature: Positive = 0.2  # divides the cosine similarities


class BYOL(Settings):
    """Without negatives: predict what a slow teacher makes of the other view (Grill et al., 2020)."""

    objective: Literal["byol"] = "byol"
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.9  # of the teacher: what it keeps of itself in a step
    momentum_schedule: Literal["cosine", "constant"] = "cosine"  # cosine rises to 1 by the last step
    predictor_width: Count = 512  # channels of the predictor's hidden layer


Objective = NTXent | BYOL
