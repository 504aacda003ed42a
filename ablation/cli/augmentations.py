"""Lists what `[augmentations]` can contain, each entry as a grid file would write it."""

from typing import Any

import tomlkit
from rich.console import Console
from rich.markup import escape

from ablation.grid.operations import OPERATIONS


def show_augmentations(console: Console | None = None) -> None:
    """Print the built-in operations with their defaults, what they do, and where the defaults come from."""
    console = console or Console()
    for name, model in OPERATIONS.items():
        fields = [(key, field.default) for key, field in model.model_fields.items() if key != "operation"]
        values = ", ".join(f"{key} = {_toml(value)}" for key, value in fields)
        _entry(console, name, f"= {{ {values} }}" if values else "= {}", f"{model.__doc__} ({model.source})")
    console.print(
        '\nAlso: name = { kornia = "RandomPosterize", bits = 3 } for any class of kornia.augmentation '
        '(ablation augmentations --kornia), name = { python = "my_module:MyAugmentation" } for your own '
        'module, and name = ["crop", "color"] for a sequence.',
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip


def show_kornia(console: Console | None = None) -> None:
    """Print the classes of `kornia.augmentation` with their defaults, and why some cannot be used."""
    from ablation.augment import arguments, kornia_classes
    from ablation.augment.inspect import refusal

    console = console or Console()
    refused = {}
    for name, cls in kornia_classes.classes().items():
        if reason := refusal(name):
            refused[name] = reason
            continue
        given = ", ".join(
            key if known.default is known.empty else f"{key} = {arguments.shown(known.default)}"
            for key, known in arguments.parameters(cls).items()
            if key not in ("same_on_batch", "p_batch", "keepdim", "data_keys")
        )
        once = kornia_classes.DRAWN_ONCE.get(name)
        _entry(console, name, f"{{ {given} }}", f"Drawn once per batch: {once}." if once else "")
    console.print(
        '\nWrite name = { kornia = "RandomRotation", degrees = 30 }; arguments without a default are '
        "required.\n\nThese classes cannot be used:",
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip
    for name, reason in refused.items():
        _entry(console, name, reason, "")


def _entry(console: Console, name: str, values: str, note: str) -> None:
    console.print(f"[bold]{escape(name)}[/bold] {escape(values)}", highlight=False, soft_wrap=True)
    if note:
        console.print(f"    [dim]{escape(note)}[/dim]", highlight=False, soft_wrap=True)


def _toml(value: Any) -> str:
    values = value if isinstance(value, tuple) else (value,)
    rounded = [float(f"{item:.4g}") if isinstance(item, float) else item for item in values]
    text: str = tomlkit.item(rounded if isinstance(value, tuple) else rounded[0]).as_string()
    return text
