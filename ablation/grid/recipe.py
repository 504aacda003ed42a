"""What one job does with its images: which views, which training, which evaluation."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, Strict, ValidationInfo, field_validator, model_validator

from ablation.grid.encoders import (
    PATCH,
    Encoder,
    PythonModule,
    ResNetMicro,
    Timm,
    cuts_patches,
    read_encoder,
    spelled,
)
from ablation.grid.limits import EPOCHS, WIDTH
from ablation.grid.objectives import DINO, IJEPA, NTXent, Objective, Supervised
from ablation.grid.settings import AsBefore, Count, Inline, Positive, Settings, Shares
from ablation.grid.unions import by_tag


class Views(Settings):
    """How two views come from one image (section 3.1; Figure 5 augments one branch only)."""

    branches: Literal["one", "both"] = "one"
    base_crop: Literal["none", "shared", "independent"] = "none"
    base_scale: Shares = (0.08, 1.0)  # share of the image's area, of the base crop


class Pretrain(Settings):
    """One short SimCLR job (section 2)."""

    # resnet-micro; its own settings are written beside it (`width`, `stem`)
    encoder: Annotated[Encoder, Field(discriminator="encoder"), Inline()] = ResNetMicro()
    head: Literal["none", "linear", "mlp"] = "mlp"
    projection: Annotated[Count, Field(le=WIDTH)] = 128  # dimensions of z
    # nt-xent; its own settings are written beside it (`temperature`)
    objective: Annotated[Objective, Field(discriminator="objective"), Inline()] = NTXent()
    epochs: Annotated[int, Field(ge=0, le=EPOCHS)] = 10
    batch_size: Annotated[int, Field(ge=2)] = 128
    # frames of a clip that a batch holds of each of its clips; None: frames are taken one by one
    clip_frames: Annotated[Annotated[int, Field(ge=2)] | None, AsBefore(None)] = None
    # views that pass at once, where memory is short; batch norm sees them alone. None: the whole batch
    chunk: Annotated[Annotated[int, Field(ge=2)] | None, AsBefore(None)] = None
    # processes that share a job, each with its part of every batch; sums are grouped by them
    world_size: Annotated[Count, AsBefore(1)] = 1
    optimizer: Literal["adamw", "sgd", "lars"] = "adamw"
    learning_rate: Positive = 4e-3
    scaling: Literal["none", "linear", "sqrt"] = "none"  # x 1 | x batch/256 | x sqrt(batch) (B.1)
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of all steps, before the cosine
    precision: Literal["float32", "tf32", "bf16"] = "float32"

    @model_validator(mode="before")
    @classmethod
    def _with_the_encoder_read(cls, settings: Any) -> Any:
        if not isinstance(settings, Mapping):
            return settings
        objective = settings.get("objective")
        if objective == "i-jepa" or isinstance(objective, IJEPA):
            settings = {"head": "none", **settings}
        return read_encoder(settings)

    @field_validator("objective")
    @classmethod
    def _objective_fits_the_network(cls, objective: Objective, info: ValidationInfo) -> Objective:
        known = info.data
        if isinstance(objective, IJEPA):
            if "encoder" in known and known["encoder"].encoder != "vit-micro":
                raise ValueError(
                    '"i-jepa" encodes a part of an image without seeing the rest, which convolutions cannot; '
                    'set encoder = "vit-micro"'
                )
            if known.get("head", "none") != "none":
                raise ValueError(
                    f'"i-jepa" predicts tokens and has no projection head; remove head = "{known["head"]}"'
                )
        local = objective.local_size if isinstance(objective, DINO) and objective.local_crops else PATCH
        if "encoder" in known and cuts_patches(known["encoder"]) and local % PATCH:
            raise ValueError(f"crops are cut into patches: local_size must divide by {PATCH}, not {local}")
        return objective

    @field_validator("chunk")
    @classmethod
    def _not_of_parts_of_images(cls, chunk: int | None, info: ValidationInfo) -> int | None:
        objective = info.data.get("objective")
        if chunk is not None and isinstance(objective, IJEPA | Supervised):
            name = objective.objective
            raise ValueError(f'"{name}" compares no images with each other; set a smaller batch_size instead')
        return chunk

    @field_validator("world_size")
    @classmethod
    def _divides_the_batch(cls, world_size: int, info: ValidationInfo) -> int:
        known = info.data
        if world_size == 1:
            return world_size
        if known.get("batch_size", 0) % world_size:
            raise ValueError(
                f"{world_size} processes cannot share a batch of {known['batch_size']} evenly; "
                f"set batch_size to a multiple of {world_size}"
            )
        if known.get("chunk") is not None:
            raise ValueError("several processes take no chunks; remove chunk")
        if isinstance(known.get("encoder"), Timm | PythonModule):
            raise ValueError(
                f"{spelled(vars(known['encoder']))} may draw numbers or take statistics of the batch, of "
                "which each process has only a part; set world_size to 1"
            )
        return world_size


OBJECTIVES = by_tag(Objective, "objective")


class Evaluate(Settings):
    """Linear evaluation and kNN of the frozen encoder (Appendix B.6)."""

    # none: no class is looked at, and rotation top-1 decides; what follows needs labels, but transformations
    labels: Annotated[Literal["given", "none"], AsBefore("given")] = "given"
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
