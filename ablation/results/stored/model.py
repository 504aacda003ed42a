"""What models in stored files have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LARGEST = 3.5e38  # of numbers of 32 bits, which all that is measured comes from
IMAGES = 2**31 - 1  # at most: their places are numbers of 32 bits

Fraction = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Amount = Annotated[float, Field(ge=0, le=LARGEST)]
Explained = Annotated[float, Field(ge=-LARGEST, le=1)]  # an R²
Images = Annotated[int, Field(ge=1, le=IMAGES)]


class Stored(BaseModel):
    """Part of a file of results: it cannot be changed, and what it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
