"""What a job can minimise, as settings: one model an objective, told apart by its name."""

from typing import Literal

from ablation.grid.settings import Positive, Settings


class NTXent(Settings):
    """Contrastive: each view must find its partner among all others (SimCLR, equation 1)."""

    objective: Literal["nt-xent"] = "nt-xent"
    temperature: Positive = 0.2  # divides the cosine similarities


Objective = NTXent
