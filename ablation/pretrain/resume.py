"""Where a job stands, in a file, so that one that was stopped goes on and ends with the same bits."""

import json
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ablation.pretrain.uncompiled import Optimizer
from ablation.results.stored.atomic import write_atomically
from ablation.results.stored.environment import versions
from ablation.results.stored.record import Epoch

FORMAT = "ablation unfinished job 1"
OFTEN = 300.0  # seconds between two bookmarks; a shorter job writes none


@dataclass(frozen=True)
class Trained:
    """What changes while a job trains."""

    net: nn.Module
    objective: nn.Module  # with its teacher, queue or centre
    optimizer: Optimizer
    order: torch.Generator  # of the order of the images
    device: torch.device  # from whose generator the encoder draws


@dataclass
class Standing:
    """How far a job is, between two steps."""

    epochs: list[Epoch] = field(default_factory=list)  # that have ended
    losses: list[Tensor] = field(default_factory=list)  # of the steps of the running epoch, scalars
    measured: list[Mapping[str, Tensor]] = field(default_factory=list)  # of the same steps
    seconds: float = 0.0  # that the job took before this process went on with it


@dataclass
class Bookmark:
    """The file in which a job keeps where it stands, every few minutes.

    It is of use to the same job alone, on the same device, with the same version of every package. What a
    user's own operation keeps for itself from batch to batch is not in it.
    """

    path: Path
    job: str  # the id of the cell
    every: float = OFTEN  # seconds

    def __post_init__(self) -> None:
        self._began = self._last = time.monotonic()

    def restore(self, trained: Trained) -> Standing:
        """Put what is trained where the file says; return how far that is: nowhere without a sound one."""
        self._began = self._last = time.monotonic()
        try:
            with safe_open(self.path, framework="pt") as file:
                about = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            text = about.pop("standing", "")
            if about != self._about(text, tensors, trained.device) or not _fits(tensors, trained):
                return Standing()  # it is damaged, or of another job, device or version
            said = json.loads(text)
            epochs = [Epoch.model_validate(one) for one in said["epochs"]]
        except (SafetensorError, OSError, ValueError, LookupError):
            return Standing()
        _put(tensors, trained)
        losses = list(tensors["losses"].to(trained.device)) if said["steps"] else []
        means = {name: list(one.to(trained.device)) for name, one in _under("measured", tensors).items()}
        measured = [{name: one[step] for name, one in means.items()} for step in range(said["steps"])]
        return Standing(epochs, losses, [*measured], said["seconds"])

    def keep(self, trained: Trained, at: Standing, order: Tensor) -> None:
        """Write the file, if it is time to; `order` is its generator's state before the running epoch."""
        now = time.monotonic()
        if now - self._last < self.every:
            return
        self._last = now
        tensors = {
            name: one.detach().cpu().clone(memory_format=torch.contiguous_format)
            for name, one in _taken(trained, at, order).items()
        }
        said = {
            "epochs": [one.model_dump(mode="json") for one in at.epochs],
            "steps": len(at.losses),
            "seconds": at.seconds + now - self._began,
        }
        text = json.dumps(said)
        content = save(tensors, self._about(text, tensors, trained.device) | {"standing": text})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, content)
        except OSError:
            pass  # the job can do without; where the disk is full, its result will say so

    def _about(self, standing: str, tensors: Mapping[str, Tensor], device: torch.device) -> dict[str, str]:
        digest = sha256(standing.encode())
        for name, one in sorted(tensors.items()):
            digest.update(f"{name} {one.dtype} {tuple(one.shape)}".encode())
            digest.update(one.reshape(-1).view(torch.uint8).numpy().tobytes())
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
        return {
            "format": FORMAT,
            "job": self.job,
            "device": f"{device.type} ({name})",
            "versions": json.dumps(versions()),
            "digest": digest.hexdigest(),
        }


def _taken(trained: Trained, at: Standing, order: Tensor) -> dict[str, Tensor]:
    tensors = {"order": order, "draws": torch.get_rng_state()}
    if trained.device.type == "cuda":
        tensors["draws on cuda"] = torch.cuda.get_rng_state(trained.device)
    for name, module in (("net", trained.net), ("objective", trained.objective)):
        tensors |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
    for place, parameter in enumerate(_parameters(trained.optimizer)):
        state = trained.optimizer.state.get(parameter, {})
        tensors |= {f"optimizer.{place}.{key}": value for key, value in state.items()}
    if at.losses:
        tensors["losses"] = torch.stack(at.losses)  # (S,), of the S steps of the running epoch
        for key in at.measured[0]:
            tensors[f"measured.{key}"] = torch.stack([one[key] for one in at.measured])  # (S,)
    return tensors


def _put(tensors: Mapping[str, Tensor], trained: Trained) -> None:
    trained.order.set_state(tensors["order"])
    torch.set_rng_state(tensors["draws"])
    if trained.device.type == "cuda":
        torch.cuda.set_rng_state(tensors["draws on cuda"], trained.device)
    for name, module in (("net", trained.net), ("objective", trained.objective)):
        module.load_state_dict(_under(name, tensors))
    for place, parameter in enumerate(_parameters(trained.optimizer)):
        for key, value in _under(f"optimizer.{place}", tensors).items():
            # Fused optimisers take for granted that a state lies in memory as its parameter does.
            like = parameter if value.shape == parameter.shape else value
            kept = torch.empty_like(like, dtype=value.dtype, device=parameter.device).copy_(value)
            trained.optimizer.state[parameter][key] = kept


def _fits(tensors: Mapping[str, Tensor], trained: Trained) -> bool:
    """Whether the modules have these tensors: they have others where the code has changed."""
    for name, module in (("net", trained.net), ("objective", trained.objective)):
        kept, own = _under(name, tensors), module.state_dict()
        if {key: one.shape for key, one in kept.items()} != {key: one.shape for key, one in own.items()}:
            return False
    return True


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _under(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(f"{name}."): one for key, one in tensors.items() if key.startswith(f"{name}.")}
