"""What is loaded from a results folder, named by its path; each call reads it anew.

`ab.open_study` reads a folder once for all of them.
"""

from pathlib import Path

import pandas as pd

from ablation.results.findings.lengths import LengthStudy
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
