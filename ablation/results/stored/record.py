"""The record of one cell: what it was, what came out, what it cost, and on what it ran."""

from typing import Annotated, Any, Literal, Required, Self, TypedDict, Unpack

from pydantic import AfterValidator, Field, model_validator

from ablation.grid.cells import Cell
from ablation.private import without_paths
from ablation.results.metrics import Decides, Score
from ablation.results.stored.color import Features, HistogramName, Leak, Leaks, Use
from ablation.results.stored.label_free import LabelFree
from ablation.results.stored.model import Amount, Fraction, Images, Number, Stored
from ablation.results.stored.transformations import Known
from ablation.words import shortened

FORMAT: Literal[1] = 1
_YEARS = 1e9  # seconds; no job takes thirty

# ok: a number. collapsed: a number of a job that learnt nothing (contrastive top-1 at chance, or effective
# rank of h under 2, at the end). diverged: the loss became NaN, there is no number, and a retry would give
# none. failed: an error; the cell is retried by the next run.
Outcome = Literal["ok", "collapsed", "diverged", "failed"]


class Scores(Stored):
    """Accuracies as fractions; `_val` on the held-out part of training, the others on the test split.

    Validation scores are None where the encoder has seen the labels (the supervised ceiling), and test scores
    where the test split was left alone (a race, on all rungs but the last).
    """

    linear_top1: Fraction | None = None
    linear_top1_val: Fraction | None
    linear_balanced: Fraction | None = None
    linear_balanced_val: Fraction | None
    knn_top1: Fraction | None = None
    knn_top1_val: Fraction | None
    knn_balanced: Fraction | None = None
    knn_balanced_val: Fraction | None
    regularization: Amount  # the one chosen on validation
    decided_by: Score = "top1"  # the accuracy by which things are chosen and shown; balanced: unequal classes

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        held_out = self.linear_top1_val, self.linear_balanced_val, self.knn_top1_val, self.knn_balanced_val
        tested = self.linear_top1, self.linear_balanced, self.knn_top1, self.knn_balanced
        for split, scores in (("validation", held_out), ("test", tested)):
            if len({value is None for value in scores}) > 1:
                raise ValueError(f"all {split} scores must be there, or none")
        return self

    @property
    def chosen_by(self) -> float | None:
        """The validation accuracy that decides."""
        return self.linear_top1_val if self.decided_by == "top1" else self.linear_balanced_val


class Epoch(Stored):
    """One epoch of pretraining (protocol: loss, contrastive top-1, effective rank of h, images a second)."""

    loss: Number | None  # None where it was not finite
    contrastive_top1: Fraction | None  # None in supervised training
    effective_rank: Amount | None
    images_per_second: Amount
    # What else an objective records, by name; None where it was not finite.
    measures: dict[str, Number | None] = Field(default_factory=dict)


class Sizes(Stored):
    """Of how many images and classes the accuracies are; without labels there are no classes."""

    classes: Annotated[int, Field(ge=2, le=2**16)] | None = None  # their numbers have 16 bits
    train: Images  # labelled images, the validation part among them
    validation: Images | None = None
    test: Images

    @model_validator(mode="after")
    def _validated_on_a_part(self) -> Self:
        if (self.classes is None) != (self.validation is None):
            raise ValueError("classes and validation must both be there, or neither")
        if self.validation is not None and self.validation >= self.train:
            raise ValueError("validation must be a part of train")
        return self


# Records are sent to others: whoever wrote one, no path of a machine is read from it.
Told = Annotated[str, AfterValidator(without_paths)]
_LONGEST = 1000  # characters


class Failure(Stored):
    """The error that ended a cell; its traceback is in a file of its own (`paths.traceback_file`)."""

    type: str
    message: Annotated[Told, AfterValidator(lambda message: shortened(message, _LONGEST))]

    @model_validator(mode="before")
    @classmethod
    def _without_traceback(cls, values: Any) -> Any:
        # Earlier versions kept it here, with the paths of the machine and what else it quoted.
        is_old = isinstance(values, dict) and "traceback" in values
        return {key: values[key] for key in values if key != "traceback"} if is_old else values


def _with_total(seconds: dict[str, float]) -> dict[str, float]:
    if "total" not in seconds:
        raise ValueError("must have a total")
    return seconds


# validation: only the held-out part of training was scored, on a rung of a race that is not the last.
# label-free: no label was used, so that there is no accuracy, and `label_free` has what decides.
Measured = Literal["whole", "validation", "label-free"]


class CameOut(TypedDict, total=False):
    """The fields of a record that say what came out of its cell; those that may be missing have defaults."""

    measured: Measured
    outcome: Required[Outcome]
    scores: Required[Scores | None]
    sizes: Sizes | None
    epochs: tuple[Epoch, ...]
    leak: dict[HistogramName, Leak] | None
    use: dict[Features, Use] | None
    label_free: LabelFree | None
    transformations: dict[Features, Known] | None
    parameters: int | None
    flops: int | None
    environment: Required[dict[str, str]]
    seconds: Required[dict[str, float]]
    peak_memory: int | None
    notes: tuple[str, ...]
    error: Failure | None


class Record(Stored):
    """Everything one cell leaves behind but its arrays, as it is written to `cells/<id>.json`."""

    format: Literal[1] = FORMAT
    id: str
    kind: str
    first: str | None
    second: str | None
    seed: int | None
    outcome: Outcome
    measured: Measured = "whole"
    scores: Scores | None
    sizes: Sizes | None = None
    epochs: tuple[Epoch, ...] = ()
    # Of the cell's views; None where there are none, or too few images.
    leak: Leaks | None = None
    use: dict[Features, Use] | None = None  # of colour, by an encoder; None where there is none
    label_free: LabelFree | None = None  # None without a projection head, or where they are switched off
    transformations: dict[Features, Known] | None = None  # None where they are not asked for
    # Of the encoder, and of one image forward through it; None without one, and in older records. FLOPs are
    # None where torch cannot count them, too.
    parameters: Annotated[int, Field(ge=0)] | None = None
    flops: Annotated[int, Field(ge=0)] | None = None
    identity: dict[str, Any]
    # device; versions of python, torch, torchvision, kornia, numpy, timm if used; cpu: who made it, and the
    # instructions used, where it is the device (older records do not say)
    environment: dict[str, str]
    # By stage: data, pretrain, evaluate, label-free, shortcut, total.
    seconds: Annotated[dict[str, Annotated[float, Field(ge=0, le=_YEARS)]], AfterValidator(_with_total)]
    peak_memory: Annotated[int, Field(ge=0)] | None = None  # bytes: of the device on CUDA, resident otherwise
    notes: tuple[Told, ...] = ()  # what a reader must know, e.g. skipped images
    error: Failure | None = None
    # Size in bytes of cells/<id>.npz, so that a torn pair of files is seen.
    arrays: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _ended_as_it_says(self) -> Self:
        without = self.measured == "label-free"
        if ((self.label_free if without else self.scores) is not None) != self.scored:
            raise ValueError(f"a job that is {self.outcome} has {'scores' if self.scored else 'no scores'}")
        if self.scored and self.sizes is None:
            raise ValueError("scores must come with sizes")
        if without and (self.scores or (self.sizes and self.sizes.classes)):
            raise ValueError("accuracies and classes need labels")
        if self.scores and self.sizes and self.sizes.classes is None:
            raise ValueError("accuracies must come with the number of classes")
        if self.scores and (self.scores.linear_top1 is None) != (self.measured == "validation"):
            raise ValueError(f"{self.measured} was measured, which the test scores contradict")
        if (self.error is not None) != (self.outcome == "failed"):
            raise ValueError("an error must come with the outcome failed, and with no other")
        return self

    @property
    def scored(self) -> bool:
        """Whether there are numbers of how good the cell is."""
        return self.outcome in ("ok", "collapsed")

    @property
    def decided_by(self) -> Decides:
        """What cells are chosen by."""
        return self.scores.decided_by if self.scores else "rotation"

    @property
    def chosen_by(self) -> float | None:
        """The number that decides: a validation accuracy, or rotation top-1 where no label was used.

        Whether a job that collapsed has learnt anything no label tells then, so that none is chosen.
        """
        if self.scores is not None:
            return self.scores.chosen_by
        chosen = self.label_free if self.measured == "label-free" and self.outcome == "ok" else None
        return None if chosen is None else chosen.rotation_top1

    @classmethod
    def of(cls, cell: Cell, **came_out: Unpack[CameOut]) -> "Record":
        """Make the record of a cell from what came out of it."""
        return cls(
            id=cell.id,
            kind=cell.kind,
            first=cell.first.name if cell.first else None,
            second=cell.second.name if cell.second else None,
            seed=cell.seed,
            identity=cell.identity,
            **came_out,
        )


Records = list[tuple[Cell, Record]]  # the cells that have a record, in the order of work
