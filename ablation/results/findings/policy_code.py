"""A recommended policy as code to paste."""

from ablation.grid.paste import kornia_code, torchvision_code
from ablation.results.findings.recommend import Choice, Recommendation


def policy_code(found: Recommendation, choice: Choice) -> dict[str, str | None]:
    """Write the code of a policy for `kornia` and `torchvision`; None where a library has no counterpart.

    Args:
        found: the recommendation; its views and image size are those of the code.
        choice: one of its policies.
    """
    views, size = found.folder.grid.views, found.folder.grid.data.size
    return {
        "kornia": kornia_code(choice.steps, views, size),
        "torchvision": torchvision_code(choice.steps, views, size),
    }
