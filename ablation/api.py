"""The commands as Python functions, for notebooks and programs."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from ablation.data.dataset import Dataset
    from ablation.grid.file.load import GridFile
    from ablation.runner.verify import Verification

# As in `ablation.cli.app`, torch is imported where it is used: reports and statistics do not need it.


def run_grid(
    grid: str | Path,
    out: str | Path | None = None,
    *,
    workers: int | None = None,
    device: str = "auto",
    overrides: Sequence[str] = (),
    seeds: int | None = None,
    preset: str | None = None,
) -> Path:
    """Run the missing jobs of a grid, as `ablation run` does, and return the results folder.

    Args:
        grid: path of a grid file.
        out: the results folder; by default `results/<name of the grid>`.
        workers: how many jobs run at once; by default one per core.
        device: `auto`, `cpu`, `cuda` (all devices), or a single device such as `cuda:1`.
        overrides: settings that replace the file's, such as `["pretrain.epochs=2"]`.
        seeds: runs the seeds 0 to seeds - 1 instead of the file's.
        preset: applies a section of the file's `[presets]`, such as `small`.

    Raises:
        AblationError: the grid is wrong, the images or the device cannot be used, or another run is using
            the folder. A failed job raises nothing: it is reported, and leaves a gap in the results.

    Example:
        `results = ab.load_results(ab.run_grid("grids/quick.toml"))`
    """
    from ablation.cli.progress import TextShow
    from ablation.runner.backends import Asked
    from ablation.runner.grow import grow
    from ablation.runner.launch import launch

    file = _load(grid, overrides, seeds, preset)
    name = file.grid.name or Path(grid).stem
    folder = Path("results") / name if out is None else Path(out)
    asked = Asked(device=device, workers=workers)
    with TextShow(name) as show:
        ending = launch(file, folder, show, asked)
    grow(ending, file, TextShow, asked)
    return folder


def preview_grid(
    grid: str | Path,
    out: str | Path,
    *,
    images: int = 8,
    overrides: Sequence[str] = (),
    preset: str | None = None,
) -> list[Path]:
    """Draw what a grid's augmentations do to its images, as `ablation preview` does; nothing is trained.

    Returns:
        The files written: `views.png`, `operations.png`, and `crop.png` if the grid crops.

    Raises:
        AblationError: the grid is wrong, or the images cannot be used.

    Example:
        `ab.preview_grid("grids/quick.toml", "preview", images=4)`
    """
    from ablation.previews.views import write_preview

    return write_preview(_load(grid, overrides, None, preset).grid, Path(out), images)


def load_images(grid: str | Path, *, overrides: Sequence[str] = (), preset: str | None = None) -> "Dataset":
    """Load a grid's images, decoded and resized; `train` and `test` have `images` and `labels`.

    Raises:
        AblationError: the grid is wrong, or the images cannot be used.

    Example:
        `ab.load_images("grids/quick.toml").test.images`, uint8 (N, 3, S, S)
    """
    from ablation.data.fingerprint import data_fingerprint
    from ablation.data.prepare import load, prepare

    data = _load(grid, overrides, None, preset).grid.data
    return load(prepare(data, data_fingerprint(data)))


def map(
    checkpoint: str | Path,
    grid: str | Path | None = None,
    *,
    images: int = 1000,
    device: str = "auto",
    overrides: Sequence[str] = (),
    preset: str | None = None,
) -> "pd.DataFrame":
    """Lay out test images in two dimensions by the h of a saved encoder, as `ablation map` does.

    Args:
        checkpoint: a `.safetensors` file written by a run with `save_encoder = true`.
        grid: supplies the images; by default the grid of the results folder that the file is in.
        images: how many at most, spread over the classes.
        device: as for a run.
        overrides: of the grid file.
        preset: of the grid file.

    Returns:
        One row per image: x, y, colour (its mean, as #rrggbb) and, with labels, class; `ab.map_plot` draws
        it. Its `attrs` hold what the nearest images in h share: `same_class`, `chance`, `colour_r2`.

    Raises:
        AblationError: the grid, the images or the file cannot be used, or openTSNE is not installed.

    Example:
        `ab.map_plot(ab.map("results/quick/cells/<id>.safetensors"), by="colour")`
    """
    from ablation.previews.maps import map_of

    chosen = None if grid is None else _load(grid, overrides, None, preset).grid
    return map_of(Path(checkpoint), chosen, images=images, device=device)


def verify(
    folder: str | Path,
    cells: int = 3,
    *,
    seed: int | None = None,
    device: str | None = None,
    workers: int | None = None,
    overrides: Sequence[str] = (),
) -> "Verification":
    """Run some finished jobs again, and compare all that they stored, as `ablation verify` does.

    Nothing is written into the folder.

    Args:
        folder: a results folder.
        cells: how many jobs, baselines among them.
        seed: chooses them; by default others each time.
        device: as of a run; by default the CPU if the jobs ran there.
        workers: how many jobs run at once.
        overrides: where the images lie here, such as `["data.path=photos"]`.

    Returns:
        `agrees` and `exactly` (bit for bit) over all jobs, and for each of `jobs` its `name`, `verdict`,
        the `numbers` and `arrays` that did not come out again, and how the `machine` differs.

    Raises:
        AblationError: it is no results folder, it has no finished job or another protocol ran it, or the
            images or the device cannot be used.

    Example:
        `ab.verify("results/quick", cells=5).agrees`
    """
    from ablation.runner.verify import verify as run_again

    return run_again(Path(folder), cells, seed, device=device, workers=workers, overrides=overrides)


def two_views(
    augmentations: Mapping[str, Any],
    *,
    size: int,
    branches: Literal["one", "both"] = "both",
    base_crop: Literal["none", "shared", "independent"] = "none",
    seed: int = 0,
) -> "Callable[[Tensor, int], tuple[Tensor, Tensor]]":
    """Build a function that makes the two views of a batch, from augmentations written as in a grid file.

    Args:
        augmentations: applied one after the other, in this order.
        size: side of the images in pixels.
        branches: which views are augmented.
        base_crop: what both views start from.
        seed: seeds all draws.

    Returns:
        A function of uint8 images (N, 3, S, S) and the number of the batch. It returns both views,
        (N, 3, S, S) in [0, 1]; the same number gives the same views. `ab.shortcut.leak` accepts it as it is.

    Raises:
        ValueError: an augmentation is wrong (pydantic's error says where).

    Example:
        >>> import torch
        >>> views = two_views({"crop": {}, "color": {"strength": 0.5}}, size=32)
        >>> first, second = views(torch.zeros(4, 3, 32, 32, dtype=torch.uint8), 0)
        >>> first.shape
        torch.Size([4, 3, 32, 32])
    """
    from ablation.augment.views import TwoViews
    from ablation.grid.models import Grid

    values = {
        "data": {"source": "shapes", "size": size},
        "views": {"branches": branches, "base_crop": base_crop},
        "augmentations": dict(augmentations),
    }
    grid = Grid.model_validate(values)
    steps = [step for one in grid.resolved for step in one.steps]
    return TwoViews.build(steps, grid.views, size, seed)


def _load(grid: str | Path, overrides: Sequence[str], seeds: int | None, preset: str | None) -> "GridFile":
    from ablation.grid.file.load import load_grid
    from ablation.pretrain.inspect import inspect

    return load_grid(grid, overrides, seeds, inspect, preset)
