"""`--preset NAME`: settings of `[presets.NAME]` over those of the file, for a smaller version of a grid."""

from collections.abc import Iterator, Mapping
from typing import Any

from ablation.errors import GridError
from ablation.grid.file.overrides import Override
from ablation.grid.names import nearest
from ablation.grid.written import quoted
from ablation.words import printable


def preset_overrides(values: Mapping[str, Any], chosen: str, name: str) -> list[Override]:
    """Return what a preset sets, and another name, so that its results get a folder of their own.

    Args:
        values: of the whole file.
        chosen: the preset.
        name: of the grid without it.

    Raises:
        GridError: the file has no such preset, or what is there is no section.

    Example:
        >>> values = {"presets": {"small": {"pretrain": {"epochs": 2}, "seeds": [0]}}}
        >>> [(one.path, one.value) for one in preset_overrides(values, "small", "mine")]
        [(('pretrain', 'epochs'), 2), (('seeds',), [0]), (('name',), 'mine-small')]
    """
    shown = f"--preset {printable(chosen)}"
    presets = values.get("presets")
    known = {
        one: settings
        for one, settings in (presets.items() if isinstance(presets, Mapping) else ())
        if isinstance(settings, Mapping)
    }
    if not known:
        raise GridError(f"{shown}  this grid file defines no presets")
    if chosen not in known:
        near = nearest(chosen, known)
        hint = f"did you mean {quoted(near)}?" if near else f"one of {', '.join(known)}"
        raise GridError(f"{shown}  this grid file has no such preset; {hint}")
    found = [Override(path, value, shown) for path, value in _settings(known[chosen], ())]
    own_name = any(override.path == ("name",) for override in found)
    return found if own_name else [*found, Override(("name",), f"{name}-{chosen}", shown)]


def _settings(section: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in section.items():
        if isinstance(value, Mapping) and value:
            yield from _settings(value, (*above, key))
        else:
            yield (*above, key), value
