"""`ablation new`: a grid file to begin with, copied from a built-in grid or made for a folder of images."""

from dataclasses import dataclass
from pathlib import Path

import tomlkit

from ablation.data.channels import RGB
from ablation.data.sources.survey import Survey, survey_folder
from ablation.errors import DataError, GridError
from ablation.grid.file.builtin import copied
from ablation.grid.file.load import parse_grid
from ablation.words import counted, printable

_VIEWS = 80_000  # images that a job sees, as in grids/cifar10.toml; fewer do not tell augmentations apart
_SUBSET = 10_000
_TEST_FRACTION = 0.2
_SECONDS = 1 / 1200  # per image of 64 pixels on one core, forwards and backwards
_CELLS, _BASELINES = 48, 12  # of three seeds; half of the six baselines have none
_TRAINED = 6  # baselines that cost a job


_COLOR = """\
color = { strength = 0.5 }      # colour jitter and random grayscale; on ImageNet, the paper's is 1.0
"""
_CHANNELS = """\
channel-jitter = { strength = 0.5 }  # brightness and contrast of each channel, since these are not RGB
"""


@dataclass(frozen=True)
class Recipe:
    """The settings of a first grid that depend on the images."""

    size: int
    train: int | None  # a class-balanced subset; None for all
    epochs: int
    batch_size: int
    minutes: int  # on two cores


def write_new(name: str, builtin: str | None, data: Path | None) -> Path:
    """Write a new grid file, and return its path.

    Args:
        name: its path; `.toml` is added where it is missing.
        builtin: the built-in grid to copy, or
        data: the folder of class folders to make a grid for.

    Raises:
        GridError: the file exists already, or there is no such built-in grid.
        DataError: the folder is not one of class folders.
    """
    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    if path.exists():
        raise GridError(f"{path}  exists already and was left as it is; choose another name")
    if (builtin is None) == (data is None):
        raise GridError(
            "ablation new needs either --data DIR or --from GRID; `ablation grids` lists the grids"
        )
    text = own_grid(data) if data is not None else copied(builtin or "", path)
    parse_grid(text, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path


def recipe(found: Survey) -> Recipe:
    """Choose settings with which a grid of 4 x 4 cells takes minutes to an hour on two cores.

    Example:
        >>> flowers = Survey(("daisy", "rose"), (1835, 1835), None, (143, 240, 500), False, ())
        >>> recipe(flowers)
        Recipe(size=64, train=None, epochs=27, batch_size=128, minutes=30)
    """
    kept = 1 - _TEST_FRACTION if found.test is None else 1.0
    images, smallest = int(kept * sum(found.counts)), int(kept * min(found.counts))
    balanced = len(found.counts) * min(_SUBSET // len(found.counts), smallest)
    train = balanced if images > _SUBSET and balanced >= _SUBSET // 2 else None
    used = train or images
    size = min(max(found.sides[len(found.sides) // 2] // 4 * 4, 16), 64)
    epochs = min(max(round(_VIEWS / used), 2), 100)
    batch_size = next((one for one in (128, 64, 32, 16, 8, 4) if one * 8 <= used), 2)
    seconds = 3 + epochs * used * _SECONDS * (size / 64) ** 1.5
    minutes = (_CELLS + _TRAINED) * seconds / 2 / 60
    return Recipe(size, train, epochs, batch_size, max(5, 5 * round(minutes / 5)))


def own_grid(data: Path) -> str:
    """Write the text of a grid for a folder of class folders.

    Raises:
        DataError: the folder is not one of class folders, or no TOML file can name it.
    """
    found = survey_folder(data)
    chosen = recipe(found)
    try:
        data.as_posix().encode()
    except UnicodeEncodeError:
        raise DataError(f"{printable(str(data))}: the name is not UTF-8; rename the folder") from None
    named = f"path = {tomlkit.item(data.as_posix()).as_string()} "
    subset = f"train = {chosen.train}".ljust(32) + "# a class-balanced subset\n" if chosen.train else ""
    show = "# show = [1, 2, 3]              # the channels that figures show as red, green and blue\n"
    show = show if found.channels > RGB else ""
    count = f"{_CELLS} cells and {_BASELINES} baselines"
    split = f"test_fraction = {_TEST_FRACTION}             # the share of each class that is the test split\n"
    return f"""\
# Which augmentations to pretrain with on {printable(str(data))}: {_images(found)}.
# Cost: about {chosen.minutes} minutes on two cores for three seeds ({count}).
#
{_remarks(found, chosen)}
seeds = [0, 1, 2]               # one seed cannot tell which differences are real

[data]
source = "folder"
{named.ljust(32)}# relative to where you run `ablation`
size = {chosen.size}                       # pixels; cost grows with the square
{show}{subset}{split if found.test is None else ""}\
# groups = "groups.csv"         # if several images show one patient or scene: columns file, group

[views]
branches = "one"                # one view is augmented, as in SimCLR's Figure 5; the other stays as it is
base_crop = "none"

[augmentations]                 # rows are applied first, columns second: second(first(image))
crop = {{}}                       # a random part, 8 to 100 % of the area
{_COLOR if found.channels == RGB else _CHANNELS}\
blur = {{}}
cutout = {{}}                     # a square hole that covers a quarter of the image
# rotate = {{}}                   # not where direction tells classes apart, as with 6 and 9
# sobel = {{}}                    # `ablation augmentations` lists all that can stand here

[pretrain]
epochs = {str(chosen.epochs).ljust(22)} # if scores stay near the floors, try twice as many
batch_size = {chosen.batch_size}
"""


def _images(found: Survey) -> str:
    total = f"{sum(found.counts):,} images"
    if found.test is not None:
        total = f"{sum(found.counts):,} training and {found.test:,} test images"
    least, most = min(found.counts), max(found.counts)
    each = f"{least:,} each" if least == most else f"{least:,} to {most:,} each"
    return f"{total} of {len(found.counts)} classes ({each})"


def _remarks(found: Survey, chosen: Recipe) -> str:
    least, most = found.sides[0], found.sides[-1]
    sides = f"{least}" if least == most else f"{least} to {most}"
    lines = [
        f"The shorter side of the images is {sides} pixels, judging by {counted(len(found.sides), 'image')}. "
        f"Each image is resized once, its central square to {chosen.size} x {chosen.size}."
    ]
    if found.same_size and least == most == chosen.size:
        lines = [f"The images are used at their own size, {chosen.size} pixels."]
    if found.channels != RGB:
        lines.append(f"The images have {counted(found.channels, 'channel')}.")
    lines += [f"{note[:1].upper()}{note[1:]}." for note in found.notes]
    return "".join(f"# {printable(line)}\n" for line in lines)
