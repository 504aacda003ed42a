"""What every model of a grid file shares: frozen, typed strictly, unknown keys refused."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Strict


class Settings(BaseModel):
    """A frozen section of a grid file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _ascending(interval: tuple[float, float]) -> tuple[float, float]:
    low, high = interval
    if not 0 < low <= high:
        raise ValueError(f"must be [low, high] with 0 < low <= high, not [{low}, {high}]")
    return interval


def _share(interval: tuple[float, float]) -> tuple[float, float]:
    if interval[1] > 1:
        raise ValueError(f"must be shares of the image's area, at most 1, not {list(interval)}")
    return interval


# TOML knows arrays only, hence the one place where strictness is lifted.
Interval = Annotated[tuple[float, float], Strict(False), AfterValidator(_ascending)]
Shares = Annotated[Interval, AfterValidator(_share)]
