"""The grid file: which data, which views, which augmentations, which job, which seeds."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ablation.grid.again import Seed, Seeds
from ablation.grid.augmentations import Augmentation, ResolutionError, cell_count, resolve
from ablation.grid.baselines import BaselineName
from ablation.grid.entries import Entry, read_entry
from ablation.grid.lengths import Lengths
from ablation.grid.limits import EPOCHS, IMAGES, WIDTH, TooLargeError, refuse_too_many
from ablation.grid.names import nearest
from ablation.grid.objectives import NTXent, Objective
from ablation.grid.race import Race, places
from ablation.grid.settings import AsBefore, Count, Inline, Positive, Settings, Shares
from ablation.grid.unions import by_tag
from ablation.grid.vary import Vary, Written

Side = Annotated[int, Field(ge=8, le=1024)]  # pixels


def short_name(name: str) -> str:
    """Return the name of an augmentation, or raise ValueError if it may not have that one."""
    if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9 _+.-]{0,46}[A-Za-z0-9_+.-])?", name):
        raise ValueError(
            "a name starts with a letter and holds letters, digits, spaces and _ + . - (48 at most), "
            "with no space at its end"
        )
    return name


def _file_name(name: str) -> str:
    if not re.fullmatch(r"[^\s./\\][^/\\:*?\"<>|\x00-\x1f]{0,99}", name) or name != name.rstrip(" ."):
        raise ValueError(f"must be usable as the name of a results folder, which {name!r} is not")
    return name


Name = Annotated[str, AfterValidator(short_name)]
Title = Annotated[str, AfterValidator(_file_name)]


class Generated(Settings):
    """Pictures drawn from a seed: `shapes` (class = silhouette) or `palettes` (class = colour family)."""

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


class _Subset(Settings):
    """Fields of every source of real images; `train` and `test` take a class-balanced, seeded subset."""

    train: Count | None = None
    test: Count | None = None
    size: Side = 32
    seed: Seed = 0


class Torchvision(_Subset):
    """A data set through torchvision's own class, with its own download."""

    source: Literal["cifar10", "cifar100", "stl10", "svhn", "mnist", "fashion-mnist"]
    root: str | None = None  # where torchvision keeps the files; default: the cache folder


class ImageFolder(_Subset):
    """A folder of class folders, or of `train/` and `test/` with class folders in each."""

    source: Literal["folder"]
    path: str
    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2  # only where there is no train/ and test/
    groups: str | None = None  # a CSV with the columns file, group: a patient or scene stays on one side
    unlabelled: str | None = None  # a folder of images to pretrain on instead


class Npz(_Subset):
    """An `.npz` with train_x, train_y, test_x, test_y, optionally class_names, train_groups, test_groups."""

    source: Literal["npz"]
    path: str
    unlabelled: str | None = None  # a folder of images to pretrain on instead


Data = Annotated[Generated | Torchvision | ImageFolder | Npz, Field(discriminator="source")]

SOURCES = by_tag(Data, "source")

# Where pixels lie is not what they are: the data fingerprint stands for these in a cell's identity.
LOCATIONS = frozenset({"path", "root", "groups", "unlabelled"})


class Views(Settings):
    """How two views come from one image (section 3.1; Figure 5 augments one branch only)."""

    branches: Literal["one", "both"] = "one"
    base_crop: Literal["none", "shared", "independent"] = "none"
    base_scale: Shares = (0.08, 1.0)  # share of the image's area, of the base crop


class Pretrain(Settings):
    """One short SimCLR job (section 2)."""

    encoder: Literal["resnet-micro", "resnet18", "resnet50"] = "resnet-micro"
    width: Annotated[Count, Field(le=WIDTH)] = 32  # channels of the first stage; 64 for resnet18 and resnet50
    # 4x4 stride 4 | 3x3 stride 1 | 7x7 stride 2 and pooling, the default of resnet18 and resnet50
    stem: Literal["patch", "cifar", "imagenet"] = "patch"
    head: Literal["none", "linear", "mlp"] = "mlp"
    projection: Annotated[Count, Field(le=WIDTH)] = 128  # dimensions of z
    # nt-xent; its own settings are written beside it (`temperature`)
    objective: Annotated[Objective, Field(discriminator="objective"), Inline()] = NTXent()
    epochs: Annotated[int, Field(ge=0, le=EPOCHS)] = 10
    batch_size: Annotated[int, Field(ge=2)] = 128
    # views that pass at once, where memory is short; batch norm sees them alone. None: the whole batch
    chunk: Annotated[Annotated[int, Field(ge=2)] | None, AsBefore(None)] = None
    optimizer: Literal["adamw", "sgd", "lars"] = "adamw"
    learning_rate: Positive = 4e-3
    scaling: Literal["none", "linear", "sqrt"] = "none"  # x 1 | x batch/256 | x sqrt(batch) (B.1)
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of all steps, before the cosine
    precision: Literal["float32", "tf32", "bf16"] = "float32"

    @model_validator(mode="before")
    @classmethod
    def _as_the_encoder_is_known(cls, settings: Any) -> Any:
        if isinstance(settings, Mapping) and settings.get("encoder") in ("resnet18", "resnet50"):
            return {"width": 64, "stem": "imagenet", **settings}
        return settings


OBJECTIVES = by_tag(Objective, "objective")


class Evaluate(Settings):
    """Linear evaluation and kNN of the frozen encoder (Appendix B.6)."""

    solver: Literal["lbfgs", "sgd"] = "lbfgs"  # sgd: for data too large for L-BFGS
    regularization: Annotated[tuple[Positive, ...], Strict(False), Field(min_length=1)] = (
        1e-5,
        1e-4,
        1e-3,
        1e-2,
        1e-1,
        1.0,
        10.0,
    )
    # What regularisations, policies and verdicts are chosen by, and shown. auto: balanced accuracy where the
    # largest class has more than 1.5 times the training images of the smallest, else top-1
    score: Annotated[Literal["auto", "top1", "balanced"], AsBefore("auto")] = "auto"
    validation_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    knn_temperature: Positive = 0.1
    transformations: Annotated[bool, AsBefore(False)] = False  # what h and z know of them (Table 3)


def _refuse_others(names: tuple[str, ...] | Literal["all"], info: ValidationInfo, key: str = "") -> None:
    entries = info.data.get("augmentations")
    if names == "all" or entries is None:
        return
    for name in names:
        if name not in entries:
            near = nearest(name, entries)
            hint = f'did you mean "{near}"?' if near else f"one of {', '.join(entries)}"
            told = f'"{name}" is not an entry of [augmentations]; {hint}'
            raise _several({(key,): told}) if key else ValueError(told)


def _most_operations(augmentations: Iterable[Augmentation]) -> int:
    return sum({one.entry: len(one.steps) for one in augmentations}.values())


def _several(found: dict[tuple[str, ...], str]) -> PydanticCustomError:
    text = "; ".join(f"{key}: {problem}" for (key,), problem in found.items())
    return PydanticCustomError("several", "{text}", {"text": text, "found": found})


class Grid(Settings):
    """A whole grid file.

    Example:
        >>> grid = Grid.model_validate(
        ...     {"data": {"source": "shapes"}, "augmentations": {"crop": {}, "color": {"strength": 0.5}}}
        ... )
        >>> grid.augmentations["color"].strength, grid.pretrain.objective.temperature
        (0.5, 0.2)
    """

    name: Title | None = None  # default: the file's name
    seeds: Seeds = (0,)
    baselines: Annotated[tuple[BaselineName, ...], Strict(False)] = get_args(BaselineName)
    data: Data
    views: Views = Views()
    augmentations: Annotated[dict[Name, Entry], Field(min_length=1)]
    # Every ordered pair, or those of which one of these entries is a part; [] is none. Singles always are.
    pairs: Annotated[
        Literal["all"] | Annotated[tuple[str, ...], Strict(False)], Field(validate_default=True)
    ] = "all"
    lengths: Lengths | None = None  # cells of some of these entries with fewer and with more epochs
    pretrain: Annotated[Pretrain, Field(validate_default=True)] = Pretrain()
    race: Race | None = None  # all cells for few epochs, the best of them for more
    evaluate: Evaluate = Evaluate()
    vary: Vary | None = None  # cells of some of these entries with other values of any setting
    save_encoder: bool = False  # keep each cell's encoder and head, as safetensors
    label_free: bool = True  # also score each cell without labels
    presets: dict[str, dict[str, Any]] = Field({}, exclude=True)  # what `--preset NAME` puts in place

    _made_of: Written | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _keeping_what_was_written(
        cls, values: Any, handler: ModelWrapValidatorHandler["Grid"], info: ValidationInfo
    ) -> "Grid":
        grid = handler(values)
        if isinstance(values, Mapping) and (grid.vary or grid.lengths):
            grid._made_of = Written(values, info.context)
        return grid

    @property
    def written(self) -> Written | None:
        """What the grid was made of, where it varies a setting."""
        return self._made_of

    @field_validator("seeds", "baselines")
    @classmethod
    def _no_duplicates(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) < len(values):
            raise ValueError(f"contains duplicates: {list(values)}")
        return values

    @field_validator("augmentations", mode="before")
    @classmethod
    def _entries(cls, entries: Any) -> Any:
        if not isinstance(entries, Mapping):
            return entries
        read = {}
        for name, entry in entries.items():
            try:
                read[name] = read_entry(name, entry)
            except TooLargeError as error:
                raise _several({(name,): str(error)}) from None
        return read

    @field_validator("augmentations")
    @classmethod
    def _resolvable(cls, entries: dict[str, Entry]) -> dict[str, Entry]:
        try:
            resolve(entries)
        except ResolutionError as error:
            raise _several({(error.entry,): str(error)}) from None
        return entries

    @field_validator("pairs")
    @classmethod
    def _pairs_of_entries(cls, pairs: Any, info: ValidationInfo) -> Any:
        _refuse_others(pairs, info)
        entries, seeds = info.data.get("augmentations"), info.data.get("seeds")
        if entries and seeds:
            refuse_too_many(cell_count(resolve(entries), pairs), len(seeds))
        return pairs

    @field_validator("lengths")
    @classmethod
    def _lengths_of_entries(cls, lengths: Lengths | None, info: ValidationInfo) -> Lengths | None:
        if lengths is not None:
            _refuse_others(lengths.augmentations, info)
        entries, seeds, pairs = (info.data.get(key) for key in ("augmentations", "seeds", "pairs"))
        if lengths is not None and entries and seeds and pairs is not None:
            taken = [one for one in resolve(entries) if lengths.takes(one.entry)]
            refuse_too_many(cell_count(taken, pairs), len(lengths.epochs) * len(lengths.seeds or seeds))
        return lengths

    @field_validator("race")
    @classmethod
    def _race_to_its_own_epochs(cls, race: Race | None, info: ValidationInfo) -> Race | None:
        pretrain = info.data.get("pretrain")
        if race is None or pretrain is None:
            return race
        if info.data.get("lengths") is not None:
            raise ValueError("a grid has [lengths] or [race]: a race runs other lengths by itself")
        _refuse_others(race.keep, info, "keep")
        entries = info.data.get("augmentations")
        if race.grow is not None and entries and race.grow > (most := _most_operations(resolve(entries))):
            raise _several({("grow",): f"at most {most}: the grid has no more operations to combine"})
        if race.epochs[-1] >= pretrain.epochs:
            last = f"must be below pretrain.epochs ({pretrain.epochs}), which are the last rung"
            raise _several({("epochs",): last})
        return race

    @field_validator("vary")
    @classmethod
    def _varied_entries(cls, vary: Vary | None, info: ValidationInfo) -> Vary | None:
        if vary is None:
            return None
        if info.data.get("race") is not None:
            raise ValueError("a grid has [race] or [vary]: a race finds a policy for one set of settings")
        if info.data.get("lengths") is not None:
            raise ValueError('a grid has [lengths] or [vary]; write "pretrain.epochs" = [...] here')
        _refuse_others(vary.only, info, "only")
        entries, seeds, pairs = (info.data.get(key) for key in ("augmentations", "seeds", "pairs"))
        if entries and seeds and pairs is not None:
            taken = [one for one in resolve(entries) if vary.takes(one.entry)]
            refuse_too_many(cell_count(taken, pairs), vary.combinations * len(vary.seeds or seeds))
        return vary

    @property
    def rungs(self) -> tuple[int, ...]:
        """The numbers of epochs of a race, the grid's own last; of another grid only these."""
        return (*(self.race.epochs if self.race else ()), self.pretrain.epochs)

    @property
    def held(self) -> list[int]:
        """How many cells each rung of a race holds at most; without one, all cells."""
        cells = len(self.planned)
        return places(cells, self.rungs, self.race.share, len(self.kept)) if self.race else [cells]

    @property
    def kept(self) -> tuple[str, ...]:
        """The augmentations that run to the last rung of a race, each alone, whatever happens."""
        keep = self.race.keep if self.race else ()
        return tuple(one.name for one in self.resolved if one.entry in keep)

    @cached_property
    def resolved(self) -> tuple[Augmentation, ...]:
        """The rows and columns of the grid: its entries, sweeps and sequences resolved."""
        return resolve(self.augmentations)

    @property
    def planned(self) -> tuple[tuple[Augmentation, Augmentation], ...]:
        """The first and second of every cell, row by row; the same twice for an augmentation alone."""
        return tuple(
            (first, second)
            for first in self.resolved
            for second in self.resolved
            if first is second or self.has_pair(first, second)
        )

    def has_pair(self, first: Augmentation, second: Augmentation) -> bool:
        """Whether the ordered pair of two different augmentations is a cell of the grid."""
        return self.pairs == "all" or first.entry in self.pairs or second.entry in self.pairs

    # On the field and not on the whole grid, so that it is reported together with every other error.
    @field_validator("pretrain")
    @classmethod
    def _fits_the_data(cls, pretrain: Pretrain, info: ValidationInfo) -> Pretrain:
        data = info.data.get("data")
        if data is None:
            return pretrain
        found: dict[tuple[str, ...], str] = {}
        if pretrain.stem == "patch" and data.size % 4:
            found[("stem",)] = (
                f'"patch" cuts images into 4x4 patches: data.size must divide by 4, not {data.size}'
            )
        # The supervised ceiling is trained on the labelled images even where unlabelled ones are given.
        labelled = getattr(data, "unlabelled", None) is None or "supervised" in info.data.get("baselines", ())
        if labelled and data.train is not None and pretrain.batch_size > data.train:
            found[("batch_size",)] = (
                f"{pretrain.batch_size} is more than the {data.train} images of data.train: "
                "there would be no full batch"
            )
        if found:
            raise _several(found)
        return pretrain
