"""What models in stored files have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0, le=1)]


class Stored(BaseModel):
    """Part of a file of results: it cannot be changed, and what it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
