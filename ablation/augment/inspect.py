"""Finds what is wrong with an operation that is not built in, by running it before any job does."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ablation.augment import arguments as args
from ablation.augment import kornia_classes, python_modules
from ablation.data.channels import RGB
from ablation.errors import GridError
from ablation.grid.entries import Kornia, Python
from ablation.seeds import seeded
from ablation.words import counted

CPU = torch.device("cpu")
TOLERANCE = 1e-5  # for values that must be equal, as sums over a batch may be taken in another order


def inspect(operation: Kornia | Python, size: int, channels: int = RGB) -> dict[str, str]:
    """Say what is wrong with an operation on images with sides of `size` pixels.

    Its arguments are checked against its signature; then it is built, and run on sixteen images. Torch's
    global generators are left as they were.

    Returns:
        Problems by the argument's name, "" for the whole operation; empty if the operation can be used.

    Example:
        >>> inspect(Kornia(kornia="RandomPosterize", arguments={"bits": 3}), 32)
        {}
        >>> inspect(Kornia(kornia="RandomMixUpV2"), 32)
        {'': "RandomMixUpV2 mixes images of a batch, so an image's views would also show other images"}
    """
    images = probe_batch(size, channels)
    with aside():
        return (
            _of_kornia(operation, images) if isinstance(operation, Kornia) else _of_python(operation, images)
        )


def probe_batch(size: int, channels: int = RGB) -> Tensor:
    """Return sixteen images that reveal faults, (16, C, S, S): flat, one hot pixel, ramps, stripes, noise.

    Example:
        >>> probe_batch(8).shape
        torch.Size([16, 3, 8, 8])
    """
    shape = channels, size, size
    hot = torch.zeros(shape)
    hot[:, size // 2, size // 2] = 1
    ramp = torch.linspace(0, 1, size).expand(shape)
    levels = torch.tensor([1.0, 0.5, 0.1]) if channels == RGB else torch.linspace(1, 0.1, channels)
    tint = levels[:, None, None]
    flat = [torch.full(shape, level) for level in (0.0, 1.0, 0.5)]
    drawn = [flat[0], flat[1], hot, flat[2], ramp, ramp.mT * tint, (ramp > 0.5).float(), 1 - ramp * tint]
    with seeded(CPU, "probe"):
        noise = torch.rand(8, *shape)
    return torch.cat([torch.stack(drawn), noise])


def refusal(name: str) -> str | None:
    """Say why a class of `kornia.augmentation` cannot be used with any arguments; None if it can be used.

    Example:
        >>> refusal("RandomTransplantation"), refusal("RandomJigsaw")
        ('needs a mask for each image', None)
    """
    cls = kornia_classes.classes()[name]
    reason = kornia_classes.refusal(name)
    if reason is not None or args.required(cls):
        return reason
    with aside():
        return _kornia_fault(kornia_classes.construct(name, _certain(name, {})), probe_batch(32))


def fault(
    module: nn.Module, images: Tensor, where: Callable[[BaseException], str] = lambda _: ""
) -> str | None:
    """Return the first fault found in a built operation, or None.

    Args:
        module: maps (N, C, S, S) float32 in [0, 1] to the same.
        images: from `probe_batch`.
        where: names the line that raised an error, to follow the message.

    Example:
        >>> fault(nn.AvgPool2d(2), probe_batch(32))
        'returns (16, 3, 16, 16) for (16, 3, 32, 32); it must keep the shape'
    """
    before = images.clone()
    try:
        result = _run(module, images)
        if not torch.equal(images, before):
            return "changes its input, which is also the other view; work on a copy (x = x.clone())"
        if not isinstance(result, Tensor):
            return f"must return a single tensor, not {type(result).__name__}"
        if result.shape != images.shape:
            return f"returns {tuple(result.shape)} for {tuple(images.shape)}; it must keep the shape"
        if result.dtype != images.dtype:
            return f"returns {result.dtype} for torch.float32; it must keep the dtype"
        if not result.isfinite().all():
            return "returns values that are not finite"
        if not _equal(result, _run(module, images)):
            return (
                "returns different results for the same torch seed; draw only from torch's global generator, "
                "and keep no state between batches"
            )
        others = images.clone()
        others[1::2] = 0.5 * images[1::2].flip(0)
        if not _equal(result[::2], _run(module, others)[::2]):
            return "mixes images of a batch, so an image's views would also show other images"
        if _draws_once(module, images):
            return (
                "draws once per batch; it must draw separately for each image "
                "(torch.rand(len(x), ..., device=x.device))"
            )
    except (Exception, SystemExit) as error:
        return f"fails on {len(images)} images of {_shape(images)}: {args.one_line(error)}{where(error)}"
    return None


def _shape(images: Tensor) -> str:
    channels, height, width = images.shape[1:]
    return f"{width}×{height} pixels" + ("" if channels == RGB else f" and {counted(channels, 'channel')}")


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Isolate draws and prints, on one thread: with so few images, more threads are only slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]), python_modules.output_aside():
            yield
    finally:
        torch.set_num_threads(threads)


def _of_kornia(operation: Kornia, images: Tensor) -> dict[str, str]:
    name, arguments = operation.kornia, operation.arguments
    if problems := kornia_classes.problems(name, arguments):
        return problems
    try:
        kornia_classes.construct(name, arguments)
        module = kornia_classes.construct(name, _certain(name, arguments))
    except Exception as error:
        return args.blamed(error, arguments)
    found = _kornia_fault(module, images)
    if found is None and _equal(_run(module, images), images):
        found = "changes no image with these arguments; choose other values"
    return {"": f"{name} {found}"} if found else {}


def _certain(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    # An operation that rarely acts would otherwise pass without acting.
    always = {"p": 1.0} if "p" in args.parameters(kornia_classes.classes()[name]) else {}
    return {**arguments, **always}


def _kornia_fault(module: nn.Module, images: Tensor) -> str | None:
    return "needs a mask for each image" if kornia_classes.needs_a_mask(module) else fault(module, images)


def _of_python(operation: Python, images: Tensor) -> dict[str, str]:
    def where(error: BaseException) -> str:
        return python_modules.where(error, Path(operation.folder))

    try:
        target = python_modules.load(operation)
        if problems := args.problems(operation.arguments, target):
            if "" in problems and not isinstance(target, type):
                problems[""] += "; a function is called without images and must return a torch.nn.Module"
            return problems
        module = python_modules.construct(operation)
    except GridError as error:
        return {"": str(error)}
    except (Exception, SystemExit) as error:
        return {key: text + where(error) for key, text in args.blamed(error, operation.arguments).items()}
    found = fault(module, images, where) or _leaves_range(module, images)
    return {"": f"{operation.python} {found}"} if found else {}


def _leaves_range(module: nn.Module, images: Tensor) -> str | None:
    result = _run(module, images)
    low, high = float(result.min()), float(result.max())
    if low >= -1e-6 and high <= 1 + 1e-6:
        return None
    return f"returns values from {low:.2f} to {high:.2f}; they must stay in [0, 1] (x.clamp(0, 1))"


def _draws_once(module: nn.Module, images: Tensor) -> bool:
    if not any(_draws(module, images[-1:], key) for key in range(2)):
        return False
    # Large images are slow, and four are enough to see whether they differ.
    count = len(images) if images.shape[-1] <= 128 else 4
    same = images[-1:].expand(count, -1, -1, -1).contiguous()  # (count, C, S, S)
    first = None
    differ = False
    for key in range(8):  # a coin tossed once per batch comes up the same eight times in 1 of 128 modules
        result = _run(module, same, key)
        if not _equal(result, result[:1].expand_as(result)):
            return False
        first = result if first is None else first
        differ |= not _equal(first, result)
    return differ


def _draws(module: nn.Module, images: Tensor, key: int) -> bool:
    with seeded(CPU, "inspect", key):
        before = torch.get_rng_state()
        module(images)
        return not torch.equal(before, torch.get_rng_state())


def _equal(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, rtol=0, atol=TOLERANCE)


def _run(module: nn.Module, images: Tensor, key: int = 0) -> Tensor:
    with seeded(CPU, "inspect", key):
        result: Tensor = module(images)
    return result
