"""What the figures of a preview say in words about the grid they show."""

from collections.abc import Mapping, Sequence
from typing import Any

from ablation.grid.augmentations import Augmentation
from ablation.grid.entries import Kornia, Operation, Python
from ablation.grid.models import Grid
from ablation.report import caption as words
from ablation.words import counted

CROP_DEFINITIONS = (
    "global to local: one box lies within the other, or both are equal   "
    "adjacent: the boxes share no area, though they may touch   overlapping: all others\n"
    "These definitions are this project's: the paper (section 3.1, Figure 3) draws the first two and defines "
    "neither."
)


def parameters(augmentation: Augmentation) -> str:
    """Write the parameters of an operation, or the operations of a sequence in order.

    Example:
        >>> from ablation.grid.operations import Crop, Noise
        >>> parameters(Augmentation.of("crop", Crop()))
        'scale 0.08–1, ratio 0.75–1.33, flip 0.5'
        >>> noise = Augmentation.of("noise", Noise())
        >>> parameters(Augmentation("two", "two", noise.steps * 2))
        'noise → noise'
    """
    if len(augmentation.steps) > 1:
        return " → ".join(step.name for step in augmentation.steps)
    return operation_parameters(augmentation.steps[0].operation)


def operation_parameters(operation: Operation) -> str:
    """Write the parameters of an operation, its class first where it is not built in.

    Example:
        >>> operation_parameters(Kornia(kornia="RandomPosterize", arguments={"bits": 3}))
        'RandomPosterize, bits 3'
    """
    match operation:
        case Kornia(kornia=name, arguments=arguments) | Python(python=name, arguments=arguments):
            return ", ".join([name, *_written(arguments)])
    return ", ".join(_written(operation.model_dump(exclude={"operation"})))


def views_caption(grid: Grid, images: int, pairs: tuple[int, int], classes: int) -> str:
    """Say what the contact sheet shows.

    Args:
        grid: the grid.
        images: rows.
        pairs: how many are shown, and of how many.
        classes: of the images; 0 where they have none.
    """
    views, shown, all_pairs = grid.views, *pairs
    other = {
        ("one", "none"): "view 2 is the original, in every column",
        ("one", "shared"): "view 2 is the base crop, the same in every column",
        ("one", "independent"): "view 2 is a separate base crop, the same in every column",
    }.get((views.branches, views.base_crop), "each cell: view 1 left, view 2 right")
    if views.branches == "one" and any(one.timed for one in grid.resolved):
        other += "; with time, view 2 is of another frame, and stands to the right of view 1"
    which = f"all {all_pairs} pairs are" if shown == all_pairs else f"{shown} of the {all_pairs} pairs are"
    which = "the only pair is" if all_pairs == shown == 1 else which
    of_classes = (
        " of different classes"
        if images == classes > 1
        else f" of {classes} {'class' if classes == 1 else 'classes'}"
        if classes
        else ""
    )
    lines = [
        f"{counted(images, 'image')}{of_classes} from the first training batch "
        f"(seed {grid.seeds[0]}, {grid.pretrain.batch_size} images), as the first step sees them, "
        "before normalisation",
        f"{words.protocol(grid.model_dump())}; {other}",
        f"{which} shown" + (", those of the first augmentations" if shown < all_pairs else "")
        if all_pairs
        else "",
        words.unpublished(grid.model_dump(mode="json")),
    ]
    return "\n".join(line for line in lines if line)


def operations_caption(
    grid: Grid, position: int, still: Sequence[str], *, plain: float, hardly: float, tries: tuple[int, int]
) -> str:
    """Say what the figure of the operations shows.

    Args:
        grid: the grid.
        position: of the image in the first batch.
        still: augmentations whose draws change the image hardly or not.
        plain: mean change of the image that ends the search for a draw, a share of full brightness.
        hardly: mean change below which it goes on.
        tries: how many draws are made, and how many where all of them are below `hardly`.
    """
    few, many = tries
    lines = [
        f"one image from the first training batch (seed {grid.seeds[0]}, position {position})"
        + ("" if grid.views.base_crop == "none" else ", without the base crop")
        + f"; each panel is the first training draw that changes it by {100 * plain:g} % of full brightness "
        f"on average, or else the strongest of {few} draws (of {many} if those hardly change it)",
        f"changed by less than {100 * hardly:g} % in {many} draws: {', '.join(still)}" if still else "",
        words.unpublished(grid.model_dump(mode="json")),
    ]
    return "\n".join(line for line in lines if line)


def crop_caption(grid: Grid, draws: int, independent: Sequence[bool]) -> str:
    """Say what the figure of the crops shows.

    Args:
        grid: the grid.
        draws: pairs of boxes that were counted.
        independent: for each crop, whether the grid draws anything other than two independent crops.
    """
    views = grid.views
    second = {
        ("one", "none"): "view 2 is the whole image, so every pair is global to local",
        ("one", "shared"): "view 2 is the base crop and view 1 lies in it, so every pair is global to local",
        ("one", "independent"): "view 2 is a separate base crop",
        ("both", "none"): "both views are cropped, independently",
        ("both", "shared"): "both views are cropped independently, within one base crop",
        ("both", "independent"): "both views are cropped independently, each within its own base crop",
    }[views.branches, views.base_crop]
    what = "this grid draws two independent crops"
    if any(independent):
        what = (
            'two independent crops: what branches = "both" with base_crop = "none" draws at this scale and '
            "ratio"
        )
        what += "" if all(independent) else "; where that bar is missing, this grid draws just that"
    return "\n".join(
        [
            f"{words.protocol(grid.model_dump())}; {second}",
            what,
            f"boxes on images: from the first batch (seed {grid.seeds[0]}), each crop alone"
            f"{'' if views.base_crop == 'none' else ', after the base crop'}; "
            f"bars: {draws:,} pairs, 95 % Wilson intervals",
            CROP_DEFINITIONS,
        ]
    )


def _written(values: Mapping[str, Any]) -> list[str]:
    return [f"{key} {_value(value)}" for key, value in values.items()]


def _value(value: Any) -> str:
    match value:
        case bool() | str():
            return str(value).lower() if isinstance(value, bool) else value
        case int() | float():
            return f"{value:.3g}" if abs(value) < 1000 else f"{value:g}"
        case [int() | float() as low, int() | float() as high]:
            return f"{low:.3g}–{high:.3g}"
        case list() | tuple():
            return "(" + ", ".join(map(_value, value)) + ")"
    return str(value)
