"""Any class of `kornia.augmentation`: found by name, checked, and built, or refused with a reason."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import kornia.augmentation as K
from kornia.augmentation import auto
from kornia.constants import DataKey
from torch import nn

from ablation.augment import arguments as args
from ablation.errors import GridError
from ablation.grid.entries import Kornia
from ablation.grid.names import nearest

# What Kornia draws once per batch even though `same_on_batch` is false.
DRAWN_ONCE: Mapping[str, str] = MappingProxyType(
    {
        "ColorJiggle": "the order of its four parts",
        "ColorJitter": "the order of its four parts",
        "RandomMotionBlur": "the size of the kernel, if that is a range",
    }
)


def classes() -> dict[str, type[nn.Module]]:
    """Return every module that `kornia.augmentation` and its `auto` export, by name, sorted.

    Example:
        >>> "RandomPosterize" in classes(), "RandAugment" in classes()
        (True, True)
    """
    found = {name: value for room in (K, auto) for name, value in vars(room).items()}
    return {
        name: found[name]
        for name in sorted(found)
        if isinstance(found[name], type) and issubclass(found[name], nn.Module)
    }


def refusal(name: str) -> str | None:
    """Say why a class cannot augment single images; None if there is no reason yet.

    Reasons that show only when it runs (it mixes images, or resizes them) are for `ablation.augment.inspect`.

    Example:
        >>> refusal("RandomAffine3D"), refusal("RandomAffine")
        ('is for volumes, not for images', None)
    """
    cls = classes()[name]
    if cls.__module__.endswith(".base"):
        return "is a base class, without an operation of its own"
    if issubclass(cls, auto.PolicyAugmentBase):
        return f'draws one policy per batch; operation = "{name.lower()}" draws one for each image'
    if issubclass(cls, nn.Sequential) or ".container." in cls.__module__:
        return 'contains other operations; write those as a list, ["crop", "blur"]'
    if issubclass(cls, K.AugmentationBase3D):
        return "is for volumes, not for images"
    if issubclass(cls, K.Normalize | K.Denormalize):
        return "moves images out of [0, 1]; they are normalised after augmentation anyway"
    if issubclass(cls, K.RandomDissolving):
        return "downloads a diffusion model, and draws its step once per batch"
    return None


def problems(name: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Say what is wrong with a class and its arguments before it is built: by argument, "" for the class.

    Example:
        >>> problems("RandomPosterise", {})
        {'': 'kornia.augmentation has no "RandomPosterise"; did you mean "RandomPosterize"?'}
        >>> problems("RandomPosterize", {"bit": 3})
        {'bit': 'unknown; did you mean "bits"?'}
        >>> problems("RandomPosterize", {"same_on_batch": True})
        {'same_on_batch': 'must be false, so that each image draws its own view'}
    """
    known = classes()
    if name not in known:
        near = nearest(name, known)
        hint = f'did you mean "{near}"?' if near else "`ablation augmentations --kornia` lists its classes"
        return {"": f'kornia.augmentation has no "{name}"; {hint}'}
    if reason := refusal(name):
        return {"": f"{name} {reason}"}
    found = args.problems(arguments, known[name])
    if arguments.get("same_on_batch", False) is not False:
        found["same_on_batch"] = "must be false, so that each image draws its own view"
    p = arguments.get("p", 1)
    if "p" not in found and isinstance(p, int | float) and not 0 <= p <= 1:  # Kornia takes any number
        found["p"] = f"must be a probability from 0 to 1, not {p}"
    if arguments.get("p_batch", 1) != 1:
        found["p_batch"] = "must be 1, so that each image draws its own view; p is the probability per image"
    return found


def construct(name: str, arguments: Mapping[str, Any]) -> nn.Module:
    """Build a class with arguments in which `problems` found nothing wrong.

    Raises:
        Exception: whatever Kornia's constructor raises for a value that it does not accept.
    """
    cls = classes()[name]
    return cls(**args.adapted(arguments, cls))


def build(operation: Kornia, _: int) -> nn.Module:
    """Build the class that an entry names.

    Raises:
        GridError: it cannot be built.

    Example:
        >>> build(Kornia(kornia="RandomInvert", arguments={"p": 1.0}), 32).p
        1.0
    """
    found = problems(operation.kornia, operation.arguments)
    if not found:
        try:
            return construct(operation.kornia, operation.arguments)
        except Exception as error:
            found = args.blamed(error, operation.arguments)
    said = "; ".join(f"{key} {text}" if key else text for key, text in found.items())
    raise GridError(f"{operation.kornia}: {said}")


def needs_a_mask(module: nn.Module) -> bool:
    """Whether a built class works on masks as well as on images."""
    return DataKey.MASK in getattr(module, "data_keys", ())
