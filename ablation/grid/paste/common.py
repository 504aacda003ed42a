"""What both kinds of code share."""

from collections.abc import Sequence

from ablation.grid.augmentations import Step
from ablation.grid.operations import Crop, SquareCrop, Time
from ablation.grid.recipe import Views

# The same text in both kinds of code: neither library has such an augmentation.
SOBEL = '''class Sobel(nn.Module):
    """Gradient magnitude of each channel, 1 at the largest edge along an axis."""

    def forward(self, x):
        kernel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], device=x.device)
        kernels = torch.stack([kernel, kernel.T])[:, None]
        flat = x.reshape(-1, 1, *x.shape[-2:])
        edges = F.conv2d(F.pad(flat, (1, 1, 1, 1), mode="replicate"), kernels)
        return edges.square().sum(dim=1).add(1e-6).sqrt().div(4).reshape(x.shape)
'''


def base_crop(views: Views) -> Crop | None:
    """Return the crop that every view starts from; None where there is none."""
    return None if views.base_crop == "none" else Crop(scale=views.base_scale, flip=0.0)


def square_crop(one: SquareCrop) -> Crop:
    """Return the crop that a crop of the image's own aspect is."""
    return Crop(scale=one.scale, ratio=(1.0, 1.0), flip=one.flip)


def jitter(strength: float) -> str:
    """Write brightness, contrast, saturation and hue of a strength (Appendix A).

    Example:
        >>> jitter(0.5)
        '0.4, 0.4, 0.4, 0.1'
    """
    return ", ".join(f"{share * strength:.6g}" for share in (0.8, 0.8, 0.8, 0.2))


def policy_name(steps: Sequence[Step]) -> str:
    """Name a policy by its steps."""
    return " → ".join(step.name for step in steps)


def indented(lines: Sequence[str], by: int) -> str:
    """Join constructors, each with a comma after it, indented; one may have several lines."""
    return "\n".join(" " * by + line.replace("\n", "\n" + " " * by) + "," for line in lines)


def written(blocks: Sequence[str]) -> str:
    """Join the parts of a program, as formatters want them."""
    return "\n\n\n".join(block.strip("\n") for block in blocks if block) + "\n"


def pair(values: tuple[float, float]) -> str:
    """Write an interval; thirds as they are meant.

    Example:
        >>> pair((3 / 4, 4 / 3)), pair((0.08, 1.0))
        ('(3 / 4, 4 / 3)', '(0.08, 1.0)')
    """
    return "(3 / 4, 4 / 3)" if values == (3 / 4, 4 / 3) else str(values)


def frames_apart(steps: Sequence[Step]) -> int:
    """Count how many frames the second view can be away from the first; 0 where it is of the same image."""
    return sum(step.operation.margin for step in steps if isinstance(step.operation, Time))


def two_views(steps: Sequence[Step], views: Views, x: str) -> str:
    """Write the function that makes two views of `x`, both by the policy, from the base crop of the grid.

    Example:
        >>> print(two_views([Step("time", Time(margin=2))], Views(), "x"))
        def two_views(x, near):
            # near: of the same clip, 1 to 2 frames before or after
            return policy(x), policy(near)
    """
    apart = frames_apart(steps)
    near = "near" if apart else x
    lines = [f"def two_views({x}{', near' if apart else ''}):"]
    if apart:
        how_far = f"1 to {apart} frames" if apart > 1 else "the frame"
        lines.append(f"    # near: of the same clip, {how_far} before or after")
    if views.base_crop == "independent" or (apart and views.base_crop == "shared"):
        if views.base_crop == "shared":
            lines.append("    # the grid's jobs cropped both frames alike; here each is cropped by itself")
        lines.append(f"    return policy(base({x})), policy(base({near}))")
    else:
        lines += [f"    {x} = base({x})"] if views.base_crop == "shared" else []
        lines.append(f"    return policy({x}), policy({near})")
    return "\n".join(lines)
