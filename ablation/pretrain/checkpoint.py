"""An encoder in a file: its weights as safetensors, never as a pickle, and what is needed to use it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ablation.data.device import Normalize
from ablation.errors import ResultsError
from ablation.grid.cells import Cell
from ablation.grid.recipe import Pretrain
from ablation.pretrain.encoders import build_encoder
from ablation.pretrain.heads import build_head
from ablation.pretrain.model import Model

FORMAT = "ablation encoder 1"


@dataclass(frozen=True)
class Checkpoint:
    """A frozen model, and the cell that trained it."""

    model: Model
    label: str  # of the cell: `crop → color`
    seed: int
    settings: Pretrain


def pack(cell: Cell, model: Model, normalize: Normalize) -> bytes:
    """Return the content of a checkpoint file.

    The weights are `encoder.*` and `head.*`, the normalisation `normalize.mean` and `normalize.std`.

    Raises:
        ValueError: the model has no encoder.
    """
    if model.encoder is None:
        raise ValueError(f"{cell.label} has no encoder to keep")
    tensors = {"normalize.mean": normalize.mean, "normalize.std": normalize.std}
    for name, module in (("encoder", model.encoder), ("head", model.head)):
        tensors |= {f"{name}.{key}": value for key, value in (module.state_dict() if module else {}).items()}
    about = {
        "label": cell.label,
        "seed": cell.required_seed,
        "head": model.head is not None,
        "pretrain": cell.recipe.pretrain.model_dump(mode="json"),
    }
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    return save(plain, {"format": FORMAT, "cell": json.dumps(about, ensure_ascii=False)})


def load_checkpoint(path: Path, device: torch.device) -> Checkpoint:
    """Read an encoder saved by a run with `save_encoder = true`.

    Raises:
        ResultsError: there is no such file, or it contains something else.
    """
    try:
        with safe_open(path, framework="pt", device=str(device)) as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise ResultsError(
            f"{path}: no such file; a run with `save_encoder = true` writes cells/<id>.safetensors, "
            "and cells.csv lists the id of each cell"
        ) from None
    except (SafetensorError, OSError) as error:
        raise ResultsError(
            f"{path}: not a safetensors file ({error}); name one that `ablation run` saved"
        ) from error
    if metadata.get("format") != FORMAT:
        raise ResultsError(
            f"{path}: not saved by `ablation run`; for other encoders, use ab.shortcut.colour_use in Python"
        )
    try:
        return _checkpoint(json.loads(metadata["cell"]), tensors, device)
    except (ValueError, LookupError, RuntimeError) as error:
        raise ResultsError(
            f"{path}: saved by another version of ablation, or damaged; save the encoder again"
        ) from error


def _checkpoint(about: dict[str, Any], tensors: dict[str, Tensor], device: torch.device) -> Checkpoint:
    settings = Pretrain.model_validate(about["pretrain"])
    encoder = build_encoder(settings, tensors["normalize.mean"].shape[1])
    head = build_head(encoder.dimension, settings) if about["head"] else None
    for name, module in (("encoder", encoder), ("head", head)):
        if module is not None:
            module.load_state_dict(
                {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}
            )
            module.to(device).eval()
    normalize = Normalize(tensors["normalize.mean"], tensors["normalize.std"])
    return Checkpoint(Model.of(encoder, head, normalize), about["label"], about["seed"], settings)
