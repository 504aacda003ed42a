"""The rows and columns a grid means: each entry resolved to the steps that are run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import prod
from typing import Literal

from ablation.grid.entries import Kornia, Operation, Python, Reference, Steps, Sweep
from ablation.grid.limits import AUGMENTATIONS, STEPS
from ablation.grid.names import nearest
from ablation.grid.operations import OPERATIONS, Time
from ablation.grid.settings import Settings
from ablation.grid.toml import DEEPEST


@dataclass(frozen=True)
class Step:
    """One operation; its name seeds its draws."""

    name: str
    operation: Operation


Swept = tuple[tuple[str, float], ...]  # the parameters of sweeps, each with its value here


@dataclass(frozen=True)
class Augmentation:
    """A row and a column of the grid: one operation, or several one after the other.

    Example:
        >>> from ablation.grid.operations import Noise
        >>> Augmentation.of("noise", Noise()).steps
        (Step(name='noise', operation=Noise(operation='noise', std=0.1)),)
    """

    name: str
    entry: str  # the name in the grid file; a sweep has several augmentations of one entry
    steps: tuple[Step, ...]
    swept: Swept = ()

    @classmethod
    def of(cls, name: str, operation: Operation) -> "Augmentation":
        """Make the augmentation that is one operation."""
        return cls(name, name, (Step(name, operation),))

    @property
    def timed(self) -> bool:
        """Whether the second view is taken from another frame."""
        return any(isinstance(step.operation, Time) for step in self.steps)


class ResolutionError(ValueError):
    """An entry that means nothing; `entry` is its name."""

    def __init__(self, entry: str, message: str) -> None:
        super().__init__(message)
        self.entry = entry


def resolve(entries: Mapping[str, Settings]) -> tuple[Augmentation, ...]:
    """Resolve the entries of a grid, in their order; a sweep becomes as many augmentations as it has values.

    The steps of a sweep share the name of their entry, and so their draws: they differ in the swept
    parameter alone.

    Raises:
        ResolutionError: a sequence names something unknown or itself, two would have one name, or there would
            be more than a grid may have (`ablation.grid.limits`).

    Example:
        >>> from ablation.grid.entries import Steps
        >>> from ablation.grid.operations import Color
        >>> color = Sweep(varied=("strength",), over=(Color(strength=0.5), Color(strength=1.0)))
        >>> policy = Steps(steps=(Reference(to="crop"), Reference(to="color")))
        >>> for augmentation in resolve({"color": color, "simclr": policy}):
        ...     print(augmentation.name, [step.name for step in augmentation.steps], augmentation.swept)
        color 0.5 ['color'] (('strength', 0.5),)
        color 1 ['color'] (('strength', 1.0),)
        simclr 0.5 ['crop', 'color'] (('strength', 0.5),)
        simclr 1 ['crop', 'color'] (('strength', 1.0),)
    """
    found: list[Augmentation] = []
    for name in entries:
        for swept, steps in _variants(entries, name, entries[name], ()):
            if len(found) == AUGMENTATIONS:
                raise ResolutionError(name, f"a grid has at most {AUGMENTATIONS:,} augmentations")
            found.append(Augmentation(name + _suffix(swept), name, steps, swept))
    by_name: dict[str, Augmentation] = {}
    by_steps: dict[str, Augmentation] = {}
    for one in found:
        other = by_name.setdefault(one.name.lower(), one)
        if other is not one:
            what = "appears twice" if other.name == one.name else f'and "{other.name}" differ only by case'
            raise ResolutionError(one.entry, f'"{one.name}" {what}; {_way_out(one, other)}')
        other = by_steps.setdefault(repr(one.steps), one)
        if other is not one:
            raise ResolutionError(one.entry, f'"{one.name}" is the same as "{other.name}"; remove one')
    return tuple(found)


def cell_count(augmentations: Sequence[Augmentation], pairs: tuple[str, ...] | Literal["all"]) -> int:
    """Count the cells of a grid without making them: each augmentation alone, and the pairs that it asks for.

    Example:
        >>> from ablation.grid.operations import Blur, Noise
        >>> both = [Augmentation.of("noise", Noise()), Augmentation.of("blur", Blur())]
        >>> cell_count(both, "all"), cell_count(both, ("blur",)), cell_count(both, ())
        (4, 4, 2)
    """
    unpaired = 0 if pairs == "all" else sum(one.entry not in pairs for one in augmentations)
    return len(augmentations) ** 2 - unpaired**2 + unpaired


def _way_out(one: Augmentation, other: Augmentation) -> str:
    return "give each value of the sweep once" if one.entry == other.entry else "rename one"


Variant = tuple[Swept, tuple[Step, ...]]


def _variants(
    entries: Mapping[str, Settings], name: str, entry: Settings, within: tuple[str, ...]
) -> Iterator[Variant]:
    match entry:
        case Sweep(varied=varied, over=over):
            yield from ((_swept(varied, operation), (Step(name, operation),)) for operation in over)
        case Reference(to=to):
            if to in within:
                raise ResolutionError(within[0], f'"{to}" contains itself: {" → ".join((*within, to))}')
            yield from _variants(entries, to, _named(entries, to, within), within)
        case Steps(steps=steps):
            outermost = within[0] if within else name
            if len(within) == DEEPEST:
                raise ResolutionError(
                    outermost, f"holds sequences within sequences, more than {DEEPEST} deep"
                )
            inside = [list(_variants(entries, own_name(step), step, (*within, name))) for step in steps]
            if sum(len(made) for (_, made), *_ in inside) > STEPS:
                raise ResolutionError(outermost, f"comes to more than {STEPS} operations in a row")
            if (count := prod(map(len, inside))) > AUGMENTATIONS:
                raise ResolutionError(
                    outermost,
                    f"combines its sweeps to {count:,} augmentations; a grid has at most {AUGMENTATIONS:,}",
                )
            for choice in product(*inside):
                yield (
                    tuple(chain(*(swept for swept, _ in choice))),
                    tuple(chain(*(made for _, made in choice))),
                )
        case _:
            yield (), (Step(name, entry),)  # type: ignore[arg-type]


def _named(entries: Mapping[str, Settings], name: str, within: tuple[str, ...]) -> Settings:
    if name in entries:
        return entries[name]
    if name in OPERATIONS:
        return OPERATIONS[name]()
    near = nearest(name, [*entries, *OPERATIONS])
    hint = f'did you mean "{near}"?' if near else "`ablation augmentations` lists them"
    raise ResolutionError(
        within[0], f'"{name}" is neither an entry of this grid nor a built-in operation; {hint}'
    )


def own_name(step: Settings) -> str:
    """Name an operation by what it is, as within a sequence, where it has no name in the grid.

    Example:
        >>> from ablation.grid.operations import Crop
        >>> own_name(Crop()), own_name(Kornia(kornia="RandomPosterize"))
        ('crop', 'RandomPosterize')
    """
    match step:
        case Reference(to=name) | Kornia(kornia=name) | Python(python=name):
            return name
        case Sweep(over=over):
            return own_name(over[0])
    return str(step.operation)  # type: ignore[attr-defined]


def _swept(varied: tuple[str, ...], operation: Settings) -> Swept:
    values = operation.arguments if isinstance(operation, Kornia | Python) else operation.model_dump()
    return tuple((key, values[key]) for key in varied)


def _suffix(swept: Swept) -> str:
    return "".join(f" {'' if key == 'strength' else key + ' '}{_number(value)}" for key, value in swept)


def _number(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
