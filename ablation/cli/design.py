"""What a grid can find out, before it is run: the smallest difference it detects; never imports torch."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from ablation.augment.needs import refuse_channels, refuse_short_clips
from ablation.data.channels import refuse_other_channels
from ablation.data.counts import Counts, class_words, image_counts
from ablation.data.transfer import of_transfer
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import OwnImages
from ablation.grid.models import Grid
from ablation.grid.points import varied
from ablation.results.earlier import earlier_noise
from ablation.results.numbers import counted_seeds
from ablation.results.statistics.noise import CIFAR10, REFERENCE, Noise
from ablation.results.statistics.power import POWER, detectable
from ablation.runner.checks import check_other_size
from ablation.telling import Tell, silent
from ablation.words import counted

_FEWEST = 3  # seeds that a grid of one seed is advised to have


@dataclass(frozen=True)
class Case:
    """The smallest difference from the best cell that so many seeds and images detect."""

    split: Literal["validation", "test"]
    seeds: int
    images: int
    difference: float  # a fraction


@dataclass(frozen=True)
class Design:
    """Which differences a planned grid can detect.

    `cases` are as planned on validation and on test, then with more seeds and with twice the images, on
    validation; of a grid of one seed, all as if it had three. There are none where there is a single cell or
    the images could not be counted.
    """

    cells: int  # that are compared; of a study of one cell, the values of its longest axis
    kind: Literal["cell", "value"]
    seeds: int
    counts: Counts | None
    uncounted: str  # why the images could not be counted
    noise: str  # whose it is taken to be: the path of a results folder, or the name of a reference
    measured: bool  # whether that is a results folder
    cases: tuple[Case, ...]
    transfer: str = ""  # the images of [transfer], in words


def design_of(grid: Grid, folder: Path, fingerprint: str | None = None, tell: Tell = silent) -> Design:
    """Work out which differences a grid can detect; nothing is decoded.

    Args:
        grid: the grid file.
        folder: its results folder; it need not exist.
        fingerprint: of its images, where it is known.
        tell: told how far reading the images is.

    Raises:
        DataError: its images are there, but they cannot be used.
        GridError: its augmentations need other channels than its images have, or its encoder other images
            than those of `[transfer]`.
    """
    cells, seeds, source = len(grid.planned), len(grid.seeds), grid.data.source
    kind: Literal["cell", "value"] = "cell"
    if cells == 1 and (vary := varied(grid)) is not None:
        cells, kind = max(map(len, vary.axes.values())), "value"
        seeds = len(vary.seeds or grid.seeds)
    counts, uncounted = None, ""
    try:
        counts = image_counts(grid.data, grid.evaluate, tell)
    except DataError as error:
        if not isinstance(grid.data, OwnImages) or user_path(grid.data.path).exists():
            raise
        uncounted = str(error)  # a grid can be checked where its images are not
    if counts is not None:
        refuse_channels(grid, counts.channels)
        refuse_short_clips(grid, counts.clips)
    transfer = _transfer(grid, counts, tell)
    if grid.evaluate.labels == "none":  # the noise that is known is that of accuracies
        return Design(cells, kind, seeds, counts, uncounted, "", False, ())
    earlier = earlier_noise(grid, folder, fingerprint, counts.decided_by if counts else None)
    noise = earlier.noise if earlier else REFERENCE.get(source, CIFAR10)
    name = str(earlier.folder) if earlier else source if source in REFERENCE else "CIFAR-10"
    cases = _cases(cells, seeds, counts, noise, measured=earlier is not None) if counts else ()
    return Design(cells, kind, seeds, counts, uncounted, name, earlier is not None, cases, transfer)


def _transfer(grid: Grid, counts: Counts | None, tell: Tell) -> str:
    """Describe the images of `[transfer]`, if there are any.

    Raises:
        DataError: they are there, but they cannot be used.
    """
    if grid.transfer is None:
        return ""
    try:
        with of_transfer(grid.transfer):
            others = image_counts(grid.transfer, grid.evaluate, tell)
    except DataError as error:
        if not isinstance(grid.transfer, OwnImages) or user_path(grid.transfer.path).exists():
            raise
        return f"Images to transfer to cannot be counted: {error}."
    if counts is not None:
        refuse_other_channels(counts.channels, others.channels)
        check_other_size(grid, counts.channels)
    return f"Transfer to {' '.join(class_words(others))}"


def _cases(cells: int, seeds: int, counts: Counts, noise: Noise, *, measured: bool) -> tuple[Case, ...]:
    # Measured noise is that of these very classes; the noise of a reference is that of equal ones.
    worth = (1.0, 1.0) if measured else _worth(counts)
    base = seeds if seeds > 1 else _FEWEST
    more = next((count for count in (_FEWEST, 5) if count > base), 2 * base)
    asked: list[tuple[Literal["validation", "test"], int, int]] = [
        ("validation", base, counts.validation),
        ("test", base, counts.test),
        ("validation", more, counts.validation),
        ("validation", base, 2 * counts.validation),
    ]
    shares = {"validation": worth[0], "test": worth[1]}
    found = [(one, detectable(cells, one[1], shares[one[0]] * one[2], noise)) for one in asked]
    return tuple(Case(*one, difference) for one, difference in found if difference is not None)


def _worth(counts: Counts) -> tuple[float, float]:
    assert counts.worth is not None, "there are accuracies"
    return counts.worth[0] / counts.validation, counts.worth[1] / counts.test


def design_words(design: Design) -> list[str]:
    r"""Say which difference a design detects, what more seeds or images would buy, and by whose noise.

    Example:
        >>> from ablation.grid.models import Grid
    >>> data = {"source": "cifar10", "train": 10000, "test": 4000}
        >>> grid = {"data": data, "augmentations": {"crop": {}, "color": {}, "blur": {}}}
        >>> words = design_words(design_of(Grid.model_validate(grid), Path("no/results/yet")))
        >>> print(words[0], words[2], sep="\n")
        One seed cannot tell any cells apart.
        With 5 seeds: 3.4 points. With twice the images: 3.2 points.
    """
    return [*_detectable(design), *([design.transfer] if design.transfer else [])]


def _detectable(design: Design) -> list[str]:
    if design.cells < 2 and design.counts is not None:
        return ["Detectable difference: none. A single cell has nothing to be compared with."]
    if design.counts is not None and design.counts.decided_by == "rotation":
        return [
            *([f"One seed cannot tell any {design.kind}s apart."] if design.seeds == 1 else []),
            "Detectable difference: unknown, because no labels are used; rotation top-1 decides, a proxy for "
            "accuracy.",
        ]
    if design.counts is None:
        return [f"Detectable difference: unknown, because the images cannot be counted: {design.uncounted}"]
    planned, test, seeds, images = design.cases
    of = f"({100 * planned.images / design.counts.train:.0f} % of {design.counts.train:,})"
    return [
        *([f"One seed cannot tell any {design.kind}s apart."] if design.seeds == 1 else []),
        f"Detectable difference with {counted_seeds(planned.seeds)}: about {_points(planned)} between the "
        f"best of {counted(design.cells, design.kind)} and another on {planned.images:,} validation images "
        f"{of}, {_points(test)} on {test.images:,} test images ({100 * POWER:.0f} % power).",
        *_of_unequal_classes(design.counts),
        f"With {counted_seeds(seeds.seeds)}: {_points(seeds)}. With twice the images: {_points(images)}.",
        _by_whose_noise(design),
    ]


def _of_unequal_classes(counts: Counts) -> list[str]:
    if counts.decided_by == "top1" or counts.worth is None:
        return []
    validation, test = counts.worth
    return [
        "Balanced accuracy decides. With these class sizes it is as certain as on "
        f"{validation:,.0f} validation and {test:,.0f} test images in equal classes."
    ]


def _by_whose_noise(design: Design) -> str:
    if design.measured:
        return f"Based on the noise in {design.noise}."
    if design.noise in REFERENCE:
        return f"Based on the noise in results/reference/{design.noise}."
    return (
        f"Based on the noise of short jobs on {design.noise} (results/reference), as there are no results of "
        "these images with two or more seeds yet; their noise may differ."
    )


def _points(case: Case) -> str:
    return f"{100 * case.difference:.1f} points"


def design_json(grid: Path, jobs: int, design: Design) -> str:
    """Write a valid grid of so many jobs as a JSON object."""
    return json.dumps({"grid": str(grid), "jobs": jobs, "design": {"power": POWER} | asdict(design)})
