"""What is loaded or computed from a results folder that is named by its path; each call reads it anew.

`ab.open_study` reads a folder once for all of them.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ablation.errors import ResultsError
from ablation.grid.points import Axis, Label
from ablation.results.findings.along import Along
from ablation.results.findings.colour_trend import COLOUR_COLUMNS
from ablation.results.findings.compare import Comparison
from ablation.results.findings.lengths import LengthStudy
from ablation.results.findings.proxies import proxies as proxies_of
from ablation.results.findings.recommend import Recommendation
from ablation.results.statistics.classes import CLASS_COLUMNS
from ablation.results.statistics.grid import Statistics
from ablation.results.study import Study, read_study


def load_results(folder: str | Path) -> pd.DataFrame:
    """Load the cells of a results folder: those its `grid.toml` means, and no others.

    Args:
        folder: a results folder.

    Returns:
        One row per cell and seed that has a record, in the order of the grid, then of the seeds: `first`,
        `second` (ordered categoricals holding every operation of the grid), `seed`, `kind`, `outcome`,
        `linear_top1`, `linear_top1_val`, … (fractions in [0, 1]; NaN where `outcome` is "failed" or
        "diverged"), `loss`, `contrastive_top1`, `effective_rank` and what else the objective records (of the
        last epoch), `rankme_h`, … (without labels, as in `ablation.results.stored.label_free`), `color_use`,
        `color_bias`, `gray_drop`, … (of h, and with `_z` of z; as in `ablation.results.stored.color.Use`),
        `sample_top1` (h on the images on which z has `sample_top1_z`), `knows_gray`, … (where the grid asks
        what h and z know of transformations),
        `leak_bits`, … (of the views, whatever the outcome), `id`. A cell that has not been run has no row.
        `attrs["grid"]` is the grid as plain values, `attrs["name"]` its name, `attrs["cells"]` the [first,
        second] of every cell it means, `attrs["sizes"]` of how many classes and images the accuracies are,
        `attrs["seconds_a_seed"]` how long the jobs of one seed take, and `attrs["warnings"]` says in words
        where the cells did not run in one environment. Where no labels were used, there are no columns of
        what needs them.

    Raises:
        ResultsError: it is no results folder.

    Example:
        `df = ablation.load_results("results/quick")`, then `df.groupby("first").linear_top1.mean()`.
    """
    return read_study(folder).results


def load_baselines(folder: str | Path) -> pd.DataFrame:
    """Load the floors and the ceiling of a results folder.

    Returns:
        As `load_results`, without `first` and `second`: `kind` says which baseline a row is. `seed` is
        missing where nothing is drawn (raw pixels, colour histogram).

    Raises:
        ResultsError: it is no results folder.
    """
    return read_study(folder).baselines


def load_curves(folder: str | Path) -> pd.DataFrame:
    """Load how pretraining went in every cell of a results folder.

    Returns:
        `first`, `second`, `seed`, `epoch` (from 1), `loss` (NaN where it was not finite), `contrastive_top1`
        (a fraction: the share of views whose partner is nearest), `effective_rank` of h.

    Raises:
        ResultsError: it is no results folder.

    Example:
        `sns.lineplot(ab.load_curves("results/quick"), x="epoch", y="loss", hue="first")`
    """
    return read_study(folder).curves


def load_probes(folder: str | Path) -> pd.DataFrame:
    """Load what the probes of a grid measured of its encoders: `[few_labels]` and `[transfer]`.

    Returns:
        One row for each cell or baseline, seed, probe and share that has been measured: `cell` (its name),
        `kind`, `first`, `second` (none for a baseline), `seed`, `probe` ("fine-tune", "scratch" for the same
        of the random-initialised encoder, "linear", "transfer"), `share` of the labels (NaN where all are
        used), `labels` (how many), `top1`, `top1_val`, `balanced`, `balanced_val` (fractions), `chosen` on
        validation (learning rate or regularisation), `decided_by` ("top1" or "balanced"), `id` of the cell.
        Where settings vary, a column for each axis; NaN for the grid's own cells.

    Raises:
        ResultsError: it is no results folder, or a file is damaged.

    Example:
        `ab.load_probes("results/few-labels").groupby(["cell", "probe", "share"]).top1.mean()`
    """
    return read_study(folder).probes


def load_correct(folder: str | Path, metric: str | None = None) -> pd.DataFrame:
    """Load which images each cell and baseline of a results folder classified correctly.

    Args:
        folder: a results folder.
        metric: an accuracy of the linear evaluation.

    Returns:
        One row for each cell or baseline and seed that has predictions, by its `id`; one column an image.
        1 where it was classified correctly, else 0; of a balanced accuracy each image counts so much more
        as its class is rarer. The mean of a row is its score. Rows are missing where nothing was stored:
        validation of the supervised ceiling, and of cells that an earlier version ran. `attrs["labels"]` is
        the class of each image.

    Raises:
        ResultsError: it is no results folder, arrays are damaged, or cells were scored on different images.
        ValueError: no such metric, or one of kNN, whose predictions are not stored.

    Example:
        `ab.load_correct("results/quick").mean(axis="columns")`
    """
    return read_study(folder).correct_by(metric)


def load_lengths(folder: str | Path) -> LengthStudy | None:
    """Load what grids of other lengths are worth; `ablation.results.findings.lengths` says how.

    Raises:
        ResultsError: it is no results folder.

    Example:
        `ab.lengths_plot(ab.load_lengths("results/mine"))`
    """
    return read_study(folder).lengths


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


def load_varied(study: Study | str | Path) -> pd.DataFrame:
    """Load the cells that `[vary]` runs with several values of settings, the grid's own among them.

    Args:
        study: from `ab.open_study`, or a results folder.

    Returns:
        One row for each cell, seed and combination of values that has a record: a column for each axis, named
        after its setting, then those of `load_results`. Cells that no value changes stand under each.

    Raises:
        ResultsError: it is no results folder.

    Example:
        `ab.load_varied("results/mine").groupby(["batch_size", "first"]).linear_top1.mean()`
    """
    return (study if isinstance(study, Study) else read_study(study)).axes.table


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
