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

from ablation.grid.again import Seeds
from ablation.grid.augmentations import Augmentation, ResolutionError, cell_count, resolve
from ablation.grid.baselines import BaselineName
from ablation.grid.context import Context
from ablation.grid.data import WITH_CLIPS, Data, MovingShapes
from ablation.grid.encoders import PATCH, cuts_patches
from ablation.grid.entries import Entry, read_entry
from ablation.grid.few_labels import FewLabels
from ablation.grid.lengths import Lengths
from ablation.grid.limits import TooLargeError, refuse_too_many
from ablation.grid.names import nearest
from ablation.grid.objectives import IJEPA
from ablation.grid.race import Race, places
from ablation.grid.recipe import Evaluate, Pretrain, Views
from ablation.grid.settings import Settings
from ablation.grid.unlabelled import completed, contradictions
from ablation.grid.vary import Vary, Written, settings_of


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


def _has_no_labels(info: ValidationInfo) -> bool:
    evaluate = info.data.get("evaluate")
    return evaluate is not None and evaluate.labels == "none"


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
    evaluate: Annotated[Evaluate, Field(validate_default=True)] = Evaluate()
    vary: Vary | None = None  # cells of some of these entries with other values of any setting
    few_labels: FewLabels | None = None  # probe each encoder with few labels
    transfer: Data | None = None  # probe each encoder on other images, by linear evaluation
    save_encoder: bool = False  # keep each cell's encoder and head, as safetensors
    label_free: bool = True  # also score each cell without labels
    presets: dict[str, dict[str, Any]] = Field({}, exclude=True)  # what `--preset NAME` puts in place

    _made_of: Written | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _keeping_what_was_written(
        cls, values: Any, handler: ModelWrapValidatorHandler["Grid"], info: ValidationInfo
    ) -> "Grid":
        grid = handler(completed(values) if isinstance(values, Mapping) else values)
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
    def _resolvable(cls, entries: dict[str, Entry], info: ValidationInfo) -> dict[str, Entry]:
        try:
            found = resolve(entries)
        except ResolutionError as error:
            raise _several({(error.entry,): str(error)}) from None
        data = info.data.get("data")
        if data is not None and data.source not in WITH_CLIPS:
            told = (
                f'takes second views from other frames, and images of "{data.source}" are no frames of '
                f"clips; remove it, or set data.source to {' or '.join(WITH_CLIPS)}"
            )
            timed: dict[tuple[str, ...], str] = {(one.entry,): told for one in found if one.timed}
            if timed:
                raise _several(timed)
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

    @field_validator("evaluate")
    @classmethod
    def _as_far_as_there_are_labels(cls, evaluate: Evaluate, info: ValidationInfo) -> Evaluate:
        found: dict[tuple[str, ...], str] = {}
        for key, why in contradictions(evaluate, info.data):
            found[key,] = f"{found[key,]}; {why}" if (key,) in found else why
        if found:
            raise _several(found)
        return evaluate

    @field_validator("label_free")
    @classmethod
    def _needed_without_labels(cls, label_free: bool, info: ValidationInfo) -> bool:
        if not label_free and _has_no_labels(info):
            raise ValueError('these scores are all there is with evaluate.labels = "none"; remove it')
        return label_free

    @field_validator("vary")
    @classmethod
    def _varied_entries(cls, vary: Vary | None, info: ValidationInfo) -> Vary | None:
        if vary is None:
            return None
        if _has_no_labels(info):
            raise ValueError("what settings change is told by accuracies, which need labels; remove [vary]")
        if any(("evaluate", "labels") in settings_of(path, values) for path, values in vary.axes.items()):
            raise ValueError("evaluate.labels cannot be varied: without labels there is nothing to compare")
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

    @field_validator("few_labels")
    @classmethod
    def _labels_outside_validation(cls, few: FewLabels | None, info: ValidationInfo) -> FewLabels | None:
        evaluate = info.data.get("evaluate")
        if few is None or evaluate is None:
            return few
        if evaluate.labels == "none":
            raise ValueError('needs labels, and evaluate.labels is "none"; remove it')
        if few.shares[-1] > (most := 1 - evaluate.validation_fraction):
            told = f"at most {most:g}: the rest is held out (evaluate.validation_fraction)"
            raise _several({("shares",): told})
        return few

    @field_validator("transfer")
    @classmethod
    def _transfer_of_labels(cls, transfer: Data | None, info: ValidationInfo) -> Data | None:
        if transfer is None:
            return transfer
        if _has_no_labels(info):
            raise ValueError('needs labels, and evaluate.labels is "none"; remove it')
        if getattr(transfer, "class_depth", None) == 0:
            raise _several(
                {("class_depth",): "0 leaves no class, and linear evaluation needs them; remove it"}
            )
        if getattr(transfer, "unlabelled", None) is not None:
            told = "nothing is pretrained on these images; remove it"
            raise _several({("unlabelled",): told})
        pretrain = info.data.get("pretrain")
        if pretrain is not None and cuts_patches(pretrain.encoder) and transfer.size % PATCH:
            told = f"must divide by {PATCH}, not {transfer.size}: the encoder cuts images into patches"
            raise _several({("size",): told})
        return transfer

    @property
    def keeps_encoders(self) -> bool:
        """Whether a job keeps its encoder: where it is asked to, and where probes will need it."""
        return self.save_encoder or self.few_labels is not None or self.transfer is not None

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
        encoder, context = pretrain.encoder, info.context
        if cuts_patches(encoder) and data.size % PATCH:
            key, cuts = ("encoder", "vit-micro") if encoder.encoder == "vit-micro" else ("stem", "patch")
            found[(key,)] = (
                f'"{cuts}" cuts images into {PATCH}x{PATCH} patches: data.size must divide by {PATCH}, '
                f"not {data.size}"
            )
        if isinstance(pretrain.objective, IJEPA) and data.size < 3 * PATCH:
            found[("objective",)] = (
                f'"i-jepa" needs 3x3 patches: data.size must be {3 * PATCH} at least, not {data.size}'
            )
        # The supervised ceiling is trained on the labelled images even where unlabelled ones are given.
        labelled = getattr(data, "unlabelled", None) is None or "supervised" in info.data.get("baselines", ())
        if labelled and data.train is not None and pretrain.batch_size > data.train:
            found[("batch_size",)] = (
                f"{pretrain.batch_size} is more than the {data.train} images of data.train: "
                "there would be no full batch"
            )
        if (frames := pretrain.clip_frames) is not None:
            if data.source not in WITH_CLIPS:
                found[("clip_frames",)] = f'images of "{data.source}" are no frames of clips; remove it'
            elif pretrain.batch_size % frames:
                found[("clip_frames",)] = (
                    f"must divide pretrain.batch_size ({pretrain.batch_size}), not {frames}"
                )
            elif isinstance(data, MovingShapes) and frames > data.frames:
                found[("clip_frames",)] = (
                    f"clips have {data.frames} frames (data.frames), fewer than {frames}"
                )
        if encoder.is_foreign and isinstance(context, Context) and context.inspect is not None:
            told = context.inspect(encoder, data.size, context.channels)
            found |= {(key,): text for key, text in told.items()}
        if found:
            raise _several(found)
        return pretrain
