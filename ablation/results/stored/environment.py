"""Where a run took place, and whether cells of one heatmap ran in different places."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from platform import python_version
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from ablation.grid.cells import PROTOCOL_VERSION
from ablation.private import shown_path, without_paths
from ablation.results.stored.class_images import ClassImages
from ablation.results.stored.record import Record
from ablation.version import version as ablation
from ablation.words import counted


def _typed(argument: str) -> str:
    """Write an argument as others may read it; a path may hold spaces, and stand after `=` (`--set`)."""
    key, equals, value = argument.rpartition("=")
    plain = value.strip("\"'")
    return f"{key}{equals}{shown_path(plain)}" if plain[:1] in ("/", "~") else without_paths(argument)


class Environment(BaseModel):
    """Everything about a run that its grid file does not say, as it is written to `environment.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    fingerprint: str  # of the data; with the grid and the protocol it gives the ids of the cells
    transfer: str | None = None  # fingerprint of the images of `[transfer]`
    protocol: int = 4  # by which it was run; the first folders did not say
    command: tuple[Annotated[str, AfterValidator(_typed)], ...]  # without the paths of the machine
    started: AwareDatetime
    versions: dict[str, str]  # python, ablation, torch, torchvision, kornia, numpy
    classes: tuple[ClassImages, ...] = ()  # of the images; the first folders did not say


@cache
def versions() -> dict[str, str]:
    """Return the versions of what can change a number; nothing is imported for it.

    Raises:
        ModuleNotFoundError: one is not installed.

    Example:
        >>> list(versions())
        ['python', 'ablation', 'torch', 'torchvision', 'kornia', 'numpy']
    """
    packages = ("torch", "torchvision", "kornia", "numpy")
    ours = {"python": python_version(), "ablation": ablation()}
    return ours | {package: version(package) for package in packages}


def outdated(environment: Environment) -> list[str]:
    """Say, in one sentence, that a folder was run by another protocol than this version's; else nothing."""
    if environment.protocol == PROTOCOL_VERSION:
        return []
    return [
        f"run by protocol {environment.protocol} of ablation, and this version follows {PROTOCOL_VERSION}: "
        "numbers of the two do not compare"
    ]


def mixed_environments(records: Iterable[Record]) -> list[str]:
    """Say in which respects these jobs ran in different environments, one sentence for each.

    Numbers from different devices or library versions may differ for reasons other than the augmentations.
    Failed jobs have no number and are ignored.

    Returns:
        Sentences for people; empty if all environments are alike. Two GPUs of one machine count as alike.
    """
    values: dict[str, Counter[str]] = {}
    for record in records:
        if record.outcome == "failed":
            continue
        for key, value in record.environment.items():
            values.setdefault(key, Counter())[_without_place(key, value)] += 1
    return [
        f"jobs ran {_on(key)}: "
        + ", ".join(f"{value} ({counted(count, 'job')})" for value, count in sorted(counts.items()))
        for key, counts in sorted(values.items())
        if len(counts) > 1
    ]


def _on(key: str) -> str:
    apart = {"device": "on different devices", "cpu": "on processors that round differently"}
    return apart.get(key, f"with different versions of {key}")


@dataclass(frozen=True)
class Likeness:
    """Whether two jobs ran on like machines, as far as their records say.

    Example:
        >>> there = {"device": "cpu (x86_64)", "torch": "2.14.1"}
        >>> here = {"device": "cpu (x86_64)", "torch": "2.13.0", "cpu": "AuthenticAMD AVX512"}
        >>> Likeness.of(there, here)
        Likeness(differing=('torch 2.14.1 there, 2.13.0 here',), untold=('cpu',))
    """

    differing: tuple[str, ...]  # each in words
    untold: tuple[str, ...]  # what only one of them says

    @classmethod
    def of(cls, there: Mapping[str, str], here: Mapping[str, str]) -> Self:
        """Compare the environments of two records; two GPUs of one machine are alike."""
        differing = [
            f"{key} {there[key]} there, {here[key]} here"
            for key in sorted(there.keys() & here.keys())
            if _without_place(key, there[key]) != _without_place(key, here[key])
        ]
        return cls(tuple(differing), tuple(sorted(there.keys() ^ here.keys())))


def _without_place(key: str, value: str) -> str:
    return re.sub(r":\d+$", "", value) if key == "device" else value
