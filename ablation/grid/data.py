"""Where the images of a grid come from: drawn, downloaded, a folder, a table, or an `.npz`."""

from typing import Annotated, ClassVar, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationInfo, field_validator

from ablation.grid.again import Seed
from ablation.grid.limits import CHANNELS, IMAGES
from ablation.grid.settings import AsBefore, Count, Settings
from ablation.grid.unions import by_tag

Side = Annotated[int, Field(ge=8, le=1024)]  # pixels
Duplicates = Literal["refuse", "group", "drop", "keep"]

Resize = Literal["crop", "squash", "pad"]
Channel = Annotated[int, Field(ge=1, le=CHANNELS)]  # a number of channels, or which, from 1


_Pair = tuple[float, float]


def _rising(interval: _Pair) -> _Pair:
    low, high = interval
    if low >= high:
        raise ValueError(f"must be [low, high] with low < high, not [{low:g}, {high:g}]")
    return interval


def _for_all_or_each(given: tuple[float | _Pair, ...]) -> tuple[float | _Pair, ...]:
    numbers = [one for one in given if not isinstance(one, tuple)]
    if len(numbers) == 1 or (numbers and len(given) != 2) or not given:
        raise ValueError("must be [low, high], or [[low, high], ...] with one for each channel")
    for interval in [(numbers[0], numbers[1])] if numbers else given:
        _rising(cast(_Pair, interval))
    return given


_Ranges = Annotated[
    tuple[float | Annotated[_Pair, Strict(False)], ...],
    Strict(False),
    Field(max_length=CHANNELS),
    AfterValidator(_for_all_or_each),
]
_Percent = Annotated[float, Field(ge=0, le=100)]


# Those of torchvision's data sets that have no test split of their own.
UNSPLIT = frozenset({"semeion", "eurosat", "caltech101", "caltech256", "sun397"})


class Percentiles(Settings):
    """The values of the training images' samples below which so many per cent of them are."""

    percentiles: Annotated[tuple[_Percent, _Percent], Strict(False), AfterValidator(_rising)]
    per_channel: Annotated[bool, AsBefore(False)] = False  # each channel has its own


# The samples that become black and white, in all channels or in each.
Range = _Ranges | Percentiles


class Generated(Settings):
    """Pictures drawn from a seed: `shapes` (class = silhouette) or `palettes` (class = colour family)."""

    show: ClassVar[None] = None  # they are RGB
    source: Literal["shapes", "palettes"]
    train: Annotated[Count, Field(le=IMAGES)] = 5000
    test: Annotated[Count, Field(le=IMAGES)] = 2000
    size: Side = 32
    seed: Seed = 0
    coloring: Literal["random", "fixed", "gray"] = "random"  # controls: one colouring for all images; none
    # how many colourings the images share, b bits for 2**b of them; None: each has its own; shapes only
    colorings: Annotated[Annotated[int, Field(ge=1, le=IMAGES)] | None, AsBefore(None)] = None
    # share of images with the colour family of the class, as in palettes; all are as muted; shapes only
    hint: Annotated[float, Field(ge=0, le=1), AsBefore(0.0)] = 0.0

    @field_validator("coloring")
    @classmethod
    def _palettes_need_colors(cls, coloring: str, info: ValidationInfo) -> str:
        if info.data.get("source") == "palettes" and coloring != "random":
            raise ValueError(f'"{coloring}" would leave palettes one class; use source = "shapes"')
        return coloring

    @field_validator("colorings")
    @classmethod
    def _few_colorings_need_shapes(cls, colorings: int | None, info: ValidationInfo) -> int | None:
        if colorings is not None and info.data.get("source") == "palettes":
            raise ValueError('colour is the class of palettes; use source = "shapes"')
        if colorings is not None and info.data.get("coloring", "random") != "random":
            raise ValueError(f'needs coloring = "random", not "{info.data["coloring"]}"')
        return colorings

    @field_validator("hint")
    @classmethod
    def _hints_need_shapes_and_colors(cls, hint: float, info: ValidationInfo) -> float:
        if hint and info.data.get("source") == "palettes":
            raise ValueError('colour is the class of palettes already; use source = "shapes"')
        if hint and info.data.get("coloring", "random") != "random":
            raise ValueError(f'needs coloring = "random", not "{info.data["coloring"]}"')
        if hint and info.data.get("colorings") is not None:
            raise ValueError("images that share colourings cannot hint at the class; remove one of the two")
        return hint


class MovingShapes(Settings):
    """Clips in which the silhouettes of `shapes` move: frame after frame, clip after clip."""

    show: ClassVar[None] = None  # they are RGB
    source: Literal["moving-shapes"]
    train: Annotated[Count, Field(le=IMAGES)] = 4000  # frames
    test: Annotated[Count, Field(le=IMAGES)] = 2000
    frames: Annotated[int, Field(ge=2, le=IMAGES), Field(validate_default=True)] = 10  # of a clip
    size: Side = 32
    seed: Seed = 0
    # drift: the colours of a clip change with everything else; fixed: a clip keeps its colours
    coloring: Literal["drift", "fixed"] = "drift"
    drift: Annotated[int, Field(ge=1, le=IMAGES)] = 2  # frames from one scene to the next, an independent one

    @field_validator("frames")
    @classmethod
    def _whole_clips(cls, frames: int, info: ValidationInfo) -> int:
        for split in ("train", "test"):
            if (count := info.data.get(split, frames)) % frames:
                raise ValueError(
                    f"data.{split} must be a multiple of it: {count} frames are no whole clips of {frames}"
                )
        return frames


class _Subset(Settings):
    """Fields of every source of real images; `train` and `test` take a class-balanced, seeded subset."""

    train: Count | None = None
    test: Count | None = None
    size: Side = 32
    seed: Seed = 0
    # None: three for grey and colours, else as many as are stored; ablation/data/channels.py
    channels: Annotated[Channel | None, AsBefore(None)] = None
    # which channels, from 1, figures show as red, green and blue; None: the first three
    show: Annotated[Annotated[tuple[Channel, Channel, Channel], Strict(False)] | None, AsBefore(None)] = None


class OwnImages(_Subset):
    """Fields of every source of the user's own images."""

    path: str
    unlabelled: str | None = None  # a folder of images to pretrain on instead
    # pictures that are there more than once; ablation/data/copies.py says what each choice does
    duplicates: Annotated[Duplicates, AsBefore("refuse")] = "refuse"
    # how a picture becomes square; ablation/data/decoding/fit.py says what each choice does
    resize: Annotated[Resize, AsBefore("crop")] = "crop"
    # of files of more than 8 bits a sample; None: all that the file can store
    range: Annotated[Range | None, AsBefore(None)] = None
    pages: Annotated[Literal["first", "all", "channels"], AsBefore("first")] = (
        "first"  # of files with several
    )


class EncodedImages(OwnImages):
    """Fields of every source of image files, which may have to be split."""

    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2  # only where there is no test split


class Torchvision(_Subset):
    """A data set through torchvision's own class, with its own download."""

    # fmt: off
    source: Literal[
        "cifar10", "cifar100", "stl10", "svhn", "mnist", "fashion-mnist", "kmnist", "emnist", "qmnist",
        "usps", "semeion", "gtsrb", "flowers102", "food101", "oxford-iiit-pet", "dtd", "eurosat",
        "fgvc-aircraft", "pcam", "caltech101", "caltech256", "rendered-sst2", "sun397",
        "country211", "imagenette",
    ]
    # fmt: on
    root: str | None = None  # where torchvision keeps the files; default: the cache folder
    test_fraction: Annotated[Annotated[float, Field(gt=0, lt=1)], AsBefore(0.2)] = 0.2  # of `UNSPLIT`

    @field_validator("test_fraction")
    @classmethod
    def _only_where_there_is_no_test_split(cls, fraction: float, info: ValidationInfo) -> float:
        if fraction != 0.2 and info.data.get("source") not in UNSPLIT:
            raise ValueError(f"{info.data.get('source')} has a test split of its own; remove it")
        return fraction


def _one_label(name: object) -> object:
    if name == "chestmnist":
        raise ValueError("chestmnist has several labels for an image, and linear evaluation needs one")
    if isinstance(name, str) and name.endswith("mnist3d"):
        raise ValueError(f"{name} holds volumes, not images")
    return name


class MedMNIST(_Subset):
    """One of MedMNIST's image sets, downloaded by name."""

    source: Literal["medmnist"]
    # fmt: off
    name: Annotated[
        Literal[
            "pathmnist", "dermamnist", "octmnist", "pneumoniamnist", "retinamnist", "breastmnist",
            "bloodmnist", "tissuemnist", "organamnist", "organcmnist", "organsmnist",
        ],
        BeforeValidator(_one_label),
    ]
    # fmt: on
    stored_size: Literal[28, 64, 128, 224] = 28  # pixels of the file that is downloaded, resized to `size`
    root: str | None = None  # where its files are kept; default: the cache folder


class ImageFolder(EncodedImages):
    """A folder of class folders, or of `train/` and `test/` with these in each, or with a table of labels."""

    source: Literal["folder"]
    # which level of folders is the class; None: the first, which then holds no other folders; 0: none is, so
    # that all images count, whatever folder they are in (what `evaluate.labels = "none"` makes of it)
    class_depth: Annotated[Annotated[int, Field(ge=0, le=9)] | None, AsBefore(None)] = None
    # a CSV with the columns file, label, and optionally split and group, where folders are not classes
    labels: Annotated[str | None, AsBefore(None)] = None
    groups: str | None = None  # a CSV with the columns file, group: a patient or scene stays on one side

    @field_validator("labels")
    @classmethod
    def _labels_are_no_folders(cls, labels: str | None, info: ValidationInfo) -> str | None:
        if labels is not None and info.data.get("class_depth") is not None:
            raise ValueError("folders are not the classes then; remove class_depth")
        return labels


class ClipFolder(EncodedImages):
    """A folder of class folders with a video or folder of frames for each clip, or of two splits of these."""

    source: Literal["clips"]
    every: Count = 1  # the first frame of each clip, and every so many after it

    @field_validator("train", "test")
    @classmethod
    def _whole_clips(cls, count: int | None) -> int | None:
        if count is not None:
            raise ValueError(
                "a subset would tear clips apart; remove it, and set data.every for fewer frames"
            )
        return count

    @field_validator("unlabelled")
    @classmethod
    def _pretrained_on(cls, unlabelled: str | None) -> str | None:
        if unlabelled is not None:
            raise ValueError("clips are what models are pretrained on; remove it")
        return unlabelled


class HuggingFace(EncodedImages):
    """A data set of Hugging Face's library: saved on disk, in Parquet files, or by its name on the hub."""

    source: Literal["hf"]
    name: str | None = None  # of a configuration, where there are several
    revision: str | None = None  # a branch, tag or commit on the hub
    train_split: str = "train"
    test_split: str | None = None  # None: test, else validation, where there is one
    image: str | None = None  # a column; None: the one of that type
    label: str | None = None


class Npz(OwnImages):
    """An `.npz` with train_x, train_y, test_x, test_y, optionally class_names, train_groups, test_groups."""

    source: Literal["npz"]

    @field_validator("range", "pages")
    @classmethod
    def _only_files_have_them(cls, given: object, info: ValidationInfo) -> object:
        if given not in (None, "first") and info.data.get("unlabelled") is None:
            raise ValueError("is for the files of a folder of unlabelled images, and there is none")
        if isinstance(given, Percentiles):
            raise ValueError("the training images of an npz have 8 bits; write range = [low, high]")
        return given


Data = Annotated[
    Generated | MovingShapes | Torchvision | MedMNIST | ImageFolder | ClipFolder | HuggingFace | Npz,
    Field(discriminator="source"),
]

SOURCES = by_tag(Data, "source")

WITH_CLIPS = ("clips", "moving-shapes")  # sources whose images are frames of clips

# Where pixels lie is not what they are: the data fingerprint stands for these in a cell's identity.
LOCATIONS = frozenset({"path", "root", "labels", "groups", "unlabelled"})
NOT_PIXELS = LOCATIONS | {"show"}  # nor are figures
