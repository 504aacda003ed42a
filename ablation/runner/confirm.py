"""The grid that confirms a recommendation: whole policies, both branches augmented, three seeds."""

from collections.abc import Iterable

from ablation.grid.augmentations import Step
from ablation.grid.file.load import GridFile
from ablation.results.findings.recommend import Choice, candidates
from ablation.results.study import Study
from ablation.runner.policies import named, policy_grid, simclr, titled

FEW, SEEDS = 3, 3


def confirmation(study: Study) -> GridFile:
    """Write the grid that `recommend --confirm` runs.

    Its policies are the three cells with the highest validation top-1; the union of their operations, in
    the order of the best; and SimCLR's own. Each is one augmentation of several steps; no pairs are run.

    Raises:
        ValueError: no cell has a validation accuracy yet.
        ResultsError: arrays of a cell are damaged.
    """
    folder = study.folder
    few = candidates(folder, study.validation)[:FEW]
    return policy_grid(
        folder,
        named([*(choice.steps for choice in few), union(few), simclr(folder.grid)]),
        "Policies as they are used in training: on both branches, three seeds.",
        name=titled(folder.name, "confirmed"),
        seeds=list(range(SEEDS)),
    )


def union(choices: Iterable[Choice]) -> list[Step]:
    """Return the steps of several policies, each operation once, in the order in which they first appear.

    Example:
        >>> from ablation.grid.operations import Blur, Color, Crop
        >>> crop, color, blur = Step("crop", Crop()), Step("color", Color()), Step("blur", Blur())
        >>> few = [Choice("", steps, 0.5, None, None, 0) for steps in ((crop, color), (color, blur))]
        >>> [step.name for step in union(few)]
        ['crop', 'color', 'blur']
    """
    found: list[Step] = []
    for choice in choices:
        found += [step for step in choice.steps if step not in found]
    return found
