"""What the numbers of a results folder say: statistics, effects, trends, recommendations.

Each takes a study from `ab.open_study`, or reads the folder anew.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ablation.errors import ResultsError
from ablation.grid.points import Axis, Label
from ablation.results.findings.along import Along
from ablation.results.findings.colour_trend import COLOUR_COLUMNS
from ablation.results.findings.compare import Comparison
from ablation.results.findings.proxies import proxies as proxies_of
from ablation.results.findings.recommend import Recommendation
from ablation.results.statistics.classes import CLASS_COLUMNS
from ablation.results.statistics.grid import Statistics
from ablation.results.study import Study, read_study


def statistics_of(folder: str | Path, metric: str | None = None) -> Statistics:
    """Load a results folder and say what its numbers tell, images counted in where predictions are stored.

    Args:
        folder: a results folder.
        metric: as of `statistics`.

    Raises:
        ResultsError: it is no results folder, or arrays are damaged.
        ValueError: no such metric.

    Example:
        `ab.statistics_of("results/quick", "linear_top1_val").not_distinguishable`
    """
    return read_study(folder).statistics_by(metric)


def class_effects(study: Study | str | Path) -> pd.DataFrame:
    """Say what each augmentation adds to the accuracy of each class of the test split.

    Args:
        study: from `ab.open_study`, or a results folder.

    Returns:
        One row for each class and augmentation: `class` (its name), `label` (its number), `augmentation`;
        `effect`, the mean over every other B of (B with it, both orders) − (B alone), on the images of the
        class alone; `se_seeds`, `se_images`, `df`; `low`, `high` and `p`, corrected for all rows (Šidák);
        `significant`, whether the effect is distinguishable from 0; `deviation` from the mean of all classes,
        with `deviation_low`, `deviation_high` and `deviation_p`; `deviates`, whether that is distinguishable
        from 0; `without`, the accuracy of the class before the augmentation is added. With one seed there are
        neither intervals nor p. No rows where no predictions are stored, or nothing is added to another.

    Raises:
        ResultsError: it is no results folder, or arrays or pictures are damaged.

    Example:
        `ab.class_effects("results/quick").query("deviates")`
    """
    opened = study if isinstance(study, Study) else read_study(study)
    found = opened.class_effects
    return pd.DataFrame(columns=list(CLASS_COLUMNS)) if found is None else found.frame


def recommend(folder: str | Path) -> Recommendation:
    """Recommend a policy from a results folder: the best by validation top-1, and the simplest as good.

    The simplest is, of the cells not distinguishable from the best (corrected for their number), the one of
    the fewest operations; of equals, the one with the higher accuracy. Where `race --grow` or
    `--confirm` has run to its end, those policies are compared instead, all of them trained with both
    branches augmented.

    Raises:
        ResultsError: it is no results folder.
        ValueError: no cell has a validation accuracy yet.

    Example:
        `ab.recommend("results/quick").best.name`
    """
    return read_study(folder).recommendation


def doses(study: Study | str | Path) -> pd.DataFrame:
    """Read the dose-response of every sweep of a study: validation accuracy and leak against strength.

    Args:
        study: from `ab.open_study`, or a results folder.

    Returns:
        One row for each dose, averaged over the partners and then beside each; the columns are those of
        `dose_frame` (`ablation.results.findings.doses`). No rows where the grid sweeps nothing.

    Raises:
        ResultsError: it is no results folder, or arrays are damaged.

    Example:
        `ab.doses("results/mine")[["beside", "strength", "effect", "low", "high", "leak_bits"]]`
    """
    return study.doses if isinstance(study, Study) else read_study(study).doses


def trends(study: Study | str | Path) -> pd.DataFrame:
    """Compare the cells that exist at several numbers of epochs with the best of each length.

    Args:
        study: from `ab.open_study`, or a results folder.

    Returns:
        One row for each cell and length, the shortest first, over the seeds that all lengths have: `first`,
        `second`, `epochs`; `n` (seeds), `mean` (the validation accuracy that decides), `gap` to the best of
        that length among these cells (fractions), `low` to `high`, its 95 % interval (paired over seeds; all
        gaps of a length at once), `p`, `distinguishable`; `leader`, whether it is the best. With one seed
        there is no interval. No rows where no cell has two lengths.

    Raises:
        ResultsError: it is no results folder, or arrays are damaged.

    Example:
        `ab.trends("results/mine").query("leader")[["epochs", "first", "second"]]`
    """
    return study.trends if isinstance(study, Study) else read_study(study).trends


def colour_trend(study: Study | str | Path) -> pd.DataFrame:
    """Follow what colour distortion changes over the lengths of jobs, on the same cells and seeds.

    Args:
        study: from `ab.open_study`, or a results folder.

    Returns:
        One row for each length, on average over the augmentations and then beside each: `beside` (empty for
        the average), `epochs`; `effect`, what colour distortion adds to validation accuracy (a fraction), as
        in `ab.verdict`; `low` to `high`, its 95 % interval over seeds (each by itself; none with one seed);
        `verdict`, by the rule for one length. No rows where no cell with and without colour distortion has
        two lengths.

    Raises:
        ResultsError: it is no results folder, or arrays are damaged.

    Example:
        `ab.colour_trend("results/mine").query("beside == ''")`
    """
    found = (study if isinstance(study, Study) else read_study(study)).colour_trend
    return pd.DataFrame(columns=list(COLOUR_COLUMNS)) if found is None else found.frame


def along(
    study: Study | str | Path,
    axis: str | None = None,
    metric: str | None = None,
    at: Mapping[str, Label] | None = None,
) -> Along:
    """Compare the values of a setting that a grid varies, cell by cell and on average.

    Args:
        study: from `ab.open_study`, or a results folder.
        axis: its column in `load_varied`; default: the only one.
        metric: a column of `load_results`, or `seconds` or `peak_memory` (MB) of a job; default: the
            validation accuracy that decides.
        at: where the other axes stand, such as `{"scaling": "sqrt"}`; default: at the grid's own values.

    Returns:
        `frame`, a row for each cell and value, paired over seeds, and `ranks`, how far each value ranks the
        cells as the grid's own does; `ablation.results.findings.along` has their columns.

    Raises:
        ResultsError: it is no results folder, it varies no such setting, or arrays are damaged.
        ValueError: no such metric.

    Example:
        `ab.axis_plot(ab.along("results/mine", "batch_size"))`
    """
    opened, chosen = _opened_at(study, axis, at)
    return opened.axes.by(chosen, metric or opened.chosen_by, at)


def colour_along(
    study: Study | str | Path, axis: str | None = None, at: Mapping[str, Label] | None = None
) -> Along | None:
    """Compare what colour distortion adds to the same augmentations under the values of a setting.

    Args:
        study: as of `along`.
        axis: as of `along`.
        at: as of `along`.

    Returns:
        As from `along`, a row for each augmentation A and value: the validation accuracy of A with colour
        distortion, minus that of A alone. None where no augmentation is there with and without it.

    Raises:
        ResultsError: as of `along`.

    Example:
        `ab.axis_plot(ab.colour_along("results/mine", "objective"))`
    """
    opened, chosen = _opened_at(study, axis, at)
    return opened.axes.colour_by(chosen, at)


def _opened_at(
    study: Study | str | Path, axis: str | None, at: Mapping[str, Label] | None
) -> tuple[Study, Axis]:
    opened = study if isinstance(study, Study) else read_study(study)
    axes = {one.name: one for one in opened.folder.axes}
    chosen = next(iter(axes)) if axis is None and len(axes) == 1 else axis
    if chosen not in axes:
        there = f"its axes are {', '.join(axes)}" if axes else "its grid has no [vary]"
        asked = "name an axis" if axis is None else f"it varies no {axis!r}"
        raise ResultsError(f"{opened.folder.path}: {asked}; {there}")
    for name, value in (at or {}).items():
        if name not in axes or name == chosen or value not in axes[name].labels:
            raise ResultsError(f"{opened.folder.path}: no other axis has {name} = {value!r}")
    return opened, axes[chosen]


def proxies(study: Study | str | Path, metric: str | None = None) -> pd.DataFrame:
    """Compare scores that need no label with the accuracy that a choice is made by.

    Args:
        study: from `open_study`, or a results folder.
        metric: a column of accuracies; default: the validation accuracy that decides.

    Returns:
        A row per score: `ablation.results.findings.proxies` says what is in it.

    Raises:
        ResultsError: it is no results folder.
        ValueError: no such accuracy.

    Example:
        `ab.proxies("results/quick").set_index("score")["lost"]`
    """
    return proxies_of((study if isinstance(study, Study) else read_study(study)).results, metric)


def compare(a: str | Path, b: str | Path, metric: str | None = None) -> Comparison:
    """Compare two grids: another data set, objective, encoder, or strength.

    Cells are matched by the names of their augmentations. Each difference has the variance of both means,
    as `ab.statistics` has them for other seeds on these images, and is corrected for the number of cells
    (Šidák). Seeds are taken for independent, which errs on the safe side where both grids share them.

    Args:
        a: a results folder.
        b: another.
        metric: a column of accuracies.

    Raises:
        ResultsError: one is no results folder, they share no cell, or one has no result in those they share.
        ValueError: no such metric.

    Example:
        `ab.compare("results/quick", "results/quick-20-epochs").moved`
    """
    return read_study(a).compare(read_study(b), metric)
