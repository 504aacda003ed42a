"""Encoders that are not ours: models of timm, and a user's own module."""

import difflib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ablation.augment import arguments as args
from ablation.augment.python_modules import load, output_aside, where
from ablation.data.extras import install, installed
from ablation.data.weights import weights_file
from ablation.errors import GridError
from ablation.grid.encoders import PythonModule, Timm
from ablation.grid.entries import Python
from ablation.pretrain.weights import WeightsError, read_weights
from ablation.words import counted


class Foreign(nn.Module):
    """Somebody else's module as an encoder: it knows how many features the module returns.

    What the module prints goes to standard error.

    Args:
        module: of normalised images (N, C, S, S) to features (N, d).
        channels: C.
        size: S.

    Raises:
        GridError: it returns something else.
        RuntimeError: its code exits the process (`sys.exit`).

    Example:
        >>> f = Foreign(nn.Flatten(), channels=3, size=8)
        >>> f.dimension, f(torch.zeros(2, 3, 8, 8)).shape
        (192, torch.Size([2, 192]))
    """

    def __init__(self, module: nn.Module, channels: int, size: int) -> None:
        super().__init__()
        self.module = module
        training = module.training
        module.eval()
        with torch.no_grad():
            h: object = self(torch.zeros(2, channels, size, size))
        module.train(training)
        if not isinstance(h, Tensor) or h.ndim != 2 or len(h) != 2:
            told = tuple(h.shape) if isinstance(h, Tensor) else type(h).__name__
            raise GridError(f"returns {told} for two images; it must return their features, (2, d)")
        self.dimension = h.shape[1]

    def forward(self, x: Tensor) -> Tensor:
        """Return h, (N, d)."""
        try:
            with output_aside():
                h: Tensor = self.module(x)
        except SystemExit as error:  # would silently end a worker and its jobs
            raise RuntimeError(f"the encoder's code exits the process: {args.one_line(error)}") from error
        return h


class ForeignTokens(Foreign):
    """The same of a module that has `tokens`, too."""

    def tokens(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return tokens (N, T, d): all of them, or only those with the indices `keep`, (N, T)."""
        with output_aside():
            tokens: Tensor = self.module.tokens(x, keep)  # type: ignore[operator]
        return tokens


def timm_model(settings: Timm, channels: int, size: int) -> Foreign:
    """Build a model of timm without its classifier, for images of this size where it needs to know.

    Raises:
        GridError: timm is not installed or has no such model, or the model cannot take these images.
        WeightsError: weights that timm can read lack some of the model's.
    """
    timm = _timm()
    _refuse_unknown(timm, settings.model)
    told: dict[str, Any] = {"num_classes": 0, "in_chans": channels, "pretrained": False}
    plain = None
    if settings.weights is not None:
        path = _weights(settings)
        tensors, ours = read_weights(path)
        if not ours:
            # timm itself fits weights of another size, or of other channels, to the model.
            plain = tensors
            told |= {"pretrained": True, "pretrained_cfg_overlay": {"file": str(path)}}
    try:
        try:
            model = timm.create_model(settings.model, img_size=size, **told)
        except TypeError as error:  # not all models take a size
            if "img_size" not in str(error):
                raise
            model = timm.create_model(settings.model, **told)
        encoder = Foreign(model, channels, size)
    except Exception as error:  # of many kinds
        if plain is not None:
            misfits = f"{settings.weights} does not fit timm:{settings.model}: {args.one_line(error)}"
            raise WeightsError(misfits) from error
        raise GridError(f"timm:{settings.model} {_fault(error, channels, size)}") from error
    missing = [name for name in model.state_dict() if plain is not None and name not in plain]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        what = f"{', '.join(missing[:3])}{more} {'is' if len(missing) == 1 else 'are'} missing"
        raise WeightsError(f"{settings.weights} does not fit timm:{settings.model}: {what}")
    return encoder


def python_module(settings: PythonModule, channels: int, size: int) -> Foreign:
    """Build a user's own module; it is told `channels` and `size` if it has parameters of these names.

    Raises:
        GridError: it cannot be imported or built, or cannot take these images.
    """
    folder = Path(settings.folder)
    target = load(Python(python=settings.model, source=settings.source, folder=settings.folder))
    known = {"channels": channels, "size": size}
    taken = {name: known[name] for name in args.parameters(target) if name in known}
    if lacking := [name for name in args.required(target) if name not in known]:
        raise GridError(
            f"python:{settings.model} needs {', '.join(lacking)}; an encoder is given channels and size"
        )
    try:
        with output_aside():
            module = target(**taken)
        if not isinstance(module, nn.Module):
            raise GridError(f"must create a torch.nn.Module, not {type(module).__name__}")
        kind = ForeignTokens if callable(getattr(module, "tokens", None)) else Foreign
        encoder = kind(module, channels, size)
    except (Exception, SystemExit) as error:
        fault = _fault(error, channels, size)
        raise GridError(f"python:{settings.model} {fault}{where(error, folder)}") from error
    said = getattr(module, "dimension", encoder.dimension)
    if said != encoder.dimension:
        told = f"returns {counted(encoder.dimension, 'feature')}, but its dimension is {said}"
        raise GridError(f"python:{settings.model} {told}")
    return encoder


def _timm() -> Any:
    if not installed("timm"):
        raise GridError(f"timm is not installed: {install('timm')}")
    import timm  # late: it takes seconds

    return timm


def _refuse_unknown(timm: Any, model: str) -> None:
    name, _, tag = model.partition(".")
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=3)
        hint = f"; did you mean {_either(near)}?" if near else "; timm.list_models() lists them"
        raise GridError(f'timm {timm.__version__} has no model "{name}"{hint}')
    tags = timm.list_pretrained(f"{name}.*")
    if tag and model not in tags:
        hint = f"; it has {', '.join(tags)}" if tags else ""
        raise GridError(f'timm {timm.__version__} has no weights "{tag}" of {name}{hint}')


def _either(names: list[str]) -> str:
    quoted = [f'"timm:{name}"' for name in names]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def _weights(settings: Timm) -> Path:
    try:
        return weights_file(settings)
    except GridError as error:
        raise WeightsError(str(error)) from None


def _fault(error: BaseException, channels: int, size: int) -> str:
    if isinstance(error, GridError):
        return str(error)
    images = f"images of {size}×{size} pixels and {counted(channels, 'channel')}"
    return f"fails on {images}: {args.one_line(error)}"
