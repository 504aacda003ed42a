"""An encoder in a file: its weights as safetensors, never as a pickle, and what is needed to use it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ablation.data.device import Normalize
from ablation.errors import GridError, ResultsError
from ablation.grid.cells import Cell
from ablation.grid.recipe import Pretrain
from ablation.pretrain.encoders import built
from ablation.pretrain.heads import build_head
from ablation.pretrain.model import Model
from ablation.pretrain.network import Encoder
from ablation.pretrain.weights import FORMAT


@dataclass(frozen=True)
class Checkpoint:
    """A frozen model, and the cell that trained it."""

    model: Model
    normalize: Normalize  # of the images of training
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
        "size": cell.recipe.data.size,
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
        return _checkpoint(path, json.loads(metadata["cell"]), tensors, device)
    except GridError as error:
        raise ResultsError(f"{path}: {error}") from error
    except (ValueError, LookupError, RuntimeError, TypeError) as error:
        raise ResultsError(
            f"{path}: saved by another version of ablation, or damaged; save the encoder again"
        ) from error


def _checkpoint(
    path: Path, about: dict[str, Any], tensors: dict[str, Tensor], device: torch.device
) -> Checkpoint:
    settings = Pretrain.model_validate(about["pretrain"])
    if settings.encoder.is_foreign:  # code and digests of weights lie in the results folder, above `cells`
        own = settings.encoder.model_copy(update={"folder": str(path.absolute().parents[1])})
        settings = settings.model_copy(update={"encoder": own})
    # Every weight is in the file, wherever those that it started from are.
    plain = settings.encoder.model_copy(update={"weights": None})
    channels, size = tensors["normalize.mean"].shape[1], about.get("size", 32)  # before, no encoder needed it
    encoder = built(plain, channels, size)
    head = build_head(cast(Encoder, encoder).dimension, settings) if about["head"] else None
    for name, module in (("encoder", encoder), ("head", head)):
        if module is not None:
            module.load_state_dict(
                {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}
            )
            module.to(device).eval()
    normalize = Normalize(tensors["normalize.mean"], tensors["normalize.std"])
    return Checkpoint(Model.of(encoder, head, normalize), normalize, about["label"], about["seed"], settings)


class SavedEncoder(nn.Module):
    """A saved encoder f with its normalisation inside: images to features h, (N, d).

    Args:
        encoder: f, of normalised images.
        normalize: what f was trained with.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, encoder: nn.Module, normalize: Normalize) -> None:
        super().__init__()
        self.encoder = encoder
        self.dimension = cast(Encoder, encoder).dimension  # d
        self.register_buffer("mean", normalize.mean)
        self.register_buffer("std", normalize.std)

    def forward(self, x: Tensor) -> Tensor:
        """Return h, (N, d) float32, of images (N, C, S, S), uint8 in 0..255 or float in [0, 1]."""
        if x.dtype == torch.uint8:
            x = x.float() / 255
        # As in training, channels are last in memory, so that sums are taken in the same order.
        x = ((x - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        h: Tensor = self.encoder(x)
        return h.float()


def load_encoder(path: str | Path, device: str = "cpu") -> SavedEncoder:
    """Load an encoder that a run with `save_encoder = true` saved, for use anywhere.

    It is in evaluation mode and takes images (N, C, S, S) of the channels and the size it was trained on,
    uint8 in 0..255 or float in [0, 1]; it normalises them itself. It can be trained on like any module.

    Args:
        path: a file `cells/<id>.safetensors`. The code of a user's own encoder is looked for in the results
            folder that it lies in.
        device: where it goes.

    Raises:
        ResultsError: there is no such file, it contains something else, or the encoder cannot be built here.

    Example:
        `f = ab.load_encoder("results/mine/cells/0123456789abcdef.safetensors"); h = f(images)`
    """
    kept = load_checkpoint(Path(path), torch.device(device))
    assert kept.model.encoder is not None, "a checkpoint has an encoder"
    return SavedEncoder(kept.model.encoder, kept.normalize).eval()
