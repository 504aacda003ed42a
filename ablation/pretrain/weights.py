"""Weights that an encoder starts from: all that it has, or an error that names those that are missing."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ablation.data.weights import weights_file
from ablation.errors import GridError
from ablation.grid.encoders import Encoder, Timm, spelled

FORMAT = "ablation encoder 1"  # of files that `save_encoder = true` writes
_NAMED = 3  # weights in an error


class WeightsError(GridError):
    """The weights that a grid names cannot be those of its encoder."""


def start(encoder: nn.Module, settings: Encoder) -> None:
    """Give an encoder the weights that its settings name.

    Raises:
        WeightsError: they cannot be read, are not here, or are not those of this encoder.
    """
    try:
        tensors, ours = read_weights(weights_file(settings))
    except WeightsError:
        raise
    except GridError as error:
        raise WeightsError(str(error)) from None
    if isinstance(settings, Timm) and not ours:
        return  # timm has loaded them while it built the model
    # Of a plain file the names are those of the module that somebody else wrote, not of ours around it.
    target = encoder if ours else getattr(encoder, "module", encoder)
    if fault := misfit(tensors, target.state_dict()):
        raise WeightsError(f"{settings.weights} does not fit {spelled(vars(settings))}: {fault}")
    target.load_state_dict(tensors)


def read_weights(path: Path) -> tuple[dict[str, Tensor], bool]:
    """Read the weights of an encoder by name, and whether the file is one that `save_encoder` wrote.

    Raises:
        WeightsError: it is no safetensors file.
    """
    try:
        with safe_open(path, framework="pt") as file:
            ours = (file.metadata() or {}).get("format") == FORMAT
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path.name} is not a safetensors file ({error})") from None
    if ours:
        tensors = {
            name.removeprefix("encoder."): one for name, one in tensors.items() if name.startswith("encoder.")
        }
    return tensors, ours


def misfit(given: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> str:
    """Say which weights are missing, are too many, or have another shape; "" if none.

    Example:
        >>> import torch
        >>> misfit({"a": torch.zeros(2), "c": torch.zeros(1)}, {"a": torch.zeros(3), "b": torch.zeros(1)})
        'b is missing; c is not part of it; a is (2,), not (3,)'
    """
    shapes = [
        f"{name} is {tuple(given[name].shape)}, not {tuple(one.shape)}"
        for name, one in wanted.items()
        if name in given and given[name].shape != one.shape
    ]
    missing = [name for name in wanted if name not in given]
    more = [name for name in given if name not in wanted]
    return "; ".join(
        filter(
            None,
            [
                f"{_some(missing)} {'is' if len(missing) == 1 else 'are'} missing" if missing else "",
                f"{_some(more)} {'is' if len(more) == 1 else 'are'} not part of it" if more else "",
                _some(shapes),
            ],
        )
    )


def _some(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
