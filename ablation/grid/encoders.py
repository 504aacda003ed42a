"""What may be pretrained, as settings: one model a family of encoders, told apart by the encoder's name."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ablation.errors import GridError
from ablation.grid.context import Context
from ablation.grid.limits import WIDTH
from ablation.grid.objectives import HEAD
from ablation.grid.settings import AsBefore, Count, Found, Settings
from ablation.grid.unions import by_tag
from ablation.grid.user_code import TARGET, read_sources, sources_hash
from ablation.grid.weights import PRETRAINED, weights_digest

PATCH = 4  # side of the patches that vit-micro and the stem "patch" cut images into, in pixels
Stem = Literal["patch", "cifar", "imagenet"]  # 4x4 stride 4 | 3x3 stride 1 | 7x7 stride 2 and pooling
Channels = Annotated[Count, Field(le=WIDTH)]  # of the first stage


def _at(key: str, text: str) -> PydanticCustomError:
    return PydanticCustomError("several", "{text}", {"text": text, "found": {(key,): text}})


class Base(Settings):
    """What all encoders have: weights to start from."""

    # a .safetensors file beside the grid file, or "pretrained" (timm's own); None: drawn from the seed
    weights: Annotated[str | None, AsBefore(None)] = None
    digest: Annotated[str, AsBefore(""), Found()] = ""  # of the content of these weights
    folder: Annotated[str, Field(exclude=True), Found()] = ""  # of the grid file; changes no number

    @property
    def is_foreign(self) -> bool:
        """Whether only building it shows what is wrong: code or weights are not ours."""
        return self.weights is not None or isinstance(self, Timm | PythonModule)

    @model_validator(mode="before")
    @classmethod
    def _with_what_is_found(cls, values: Any, info: ValidationInfo) -> Any:
        if not isinstance(info.context, Context) or not isinstance(values, Mapping):
            return values
        return {**values, **cls._found(values, info.context)}

    @classmethod
    def _found(cls, values: Mapping[str, Any], context: Context) -> dict[str, str]:
        weights = values.get("weights")
        if weights == PRETRAINED and values.get("encoder") != "timm":
            raise _at("weights", f'"{PRETRAINED}" is for encoders of timm; name a .safetensors file')
        if not isinstance(weights, str):
            return {}
        try:
            digest = weights_digest(context.folder, weights, values.get("model"))
        except GridError as error:
            raise _at("weights", str(error)) from None
        return {"folder": str(context.folder), "digest": digest}


class ResNetMicro(Base):
    """A stem, one residual block and a wide h: seconds per job on one core."""

    encoder: Literal["resnet-micro"] = "resnet-micro"
    width: Channels = 32
    stem: Stem = "patch"


class ResNet(Base):
    """A residual network; widths 64, 128 and 256 are the paper's 1x, 2x and 4x (Figure 7)."""

    encoder: Literal["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"] = "resnet18"
    width: Channels = 64
    stem: Stem = "imagenet"


class ViTMicro(Base):
    """A small vision transformer of 4x4 patches, which objectives of parts of images need."""

    encoder: Literal["vit-micro"] = "vit-micro"
    width: Channels = 16  # a quarter of a token's

    @field_validator("width")
    @classmethod
    def _whole_attention_heads(cls, width: int) -> int:
        if 4 * width % HEAD:
            raise ValueError(f"must be a multiple of {HEAD // 4} with vit-micro, not {width}")
        return width


class Timm(Base):
    """A model of timm without its classifier, `timm:NAME`."""

    encoder: Literal["timm"] = "timm"
    model: str = ""  # its name in timm

    @model_validator(mode="after")
    def _named(self) -> "Timm":
        if not re.fullmatch(r"\w+(\.\w+)?", self.model):
            raise _at(
                "encoder", f'must be "timm:NAME", such as "timm:resnet10t", not "{spelled(vars(self))}"'
            )
        return self


class PythonModule(Base):
    """A user's own `nn.Module` from a module beside the grid file, `python:MODULE:NAME`."""

    encoder: Literal["python"] = "python"
    model: str = ""  # "module:name"
    source: Annotated[str, Found()] = ""  # hash of the module's code, and of what it imports from its folder

    @model_validator(mode="after")
    def _module_and_name(self) -> "PythonModule":
        if not TARGET.fullmatch(self.model):
            raise _at("encoder", f'must be "python:module:name", not "{spelled(vars(self))}"')
        return self

    @classmethod
    def _found(cls, values: Mapping[str, Any], context: Context) -> dict[str, str]:
        found, model = super()._found(values, context), values.get("model")
        if isinstance(model, str) and TARGET.fullmatch(model):
            try:
                source = sources_hash(read_sources(context.folder, model.partition(":")[0]))
            except GridError as error:
                raise _at("encoder", str(error)) from None
            found |= {"folder": str(context.folder), "source": source}
        return found


Encoder = ResNetMicro | ResNet | ViTMicro | Timm | PythonModule
ENCODERS = by_tag(Encoder, "encoder")


def cuts_patches(encoder: Encoder) -> bool:
    """Whether images must divide into patches.

    Example:
        >>> cuts_patches(ResNetMicro()), cuts_patches(ResNetMicro(stem="cifar")), cuts_patches(ViTMicro())
        (True, False, True)
    """
    return isinstance(encoder, ViTMicro) or getattr(encoder, "stem", None) == "patch"


def read_encoder(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bring `timm:NAME` and `python:MODULE:NAME` into the form that the models above describe.

    Example:
        >>> read_encoder({"encoder": "timm:convnext_atto", "epochs": 2})
        {'encoder': 'timm', 'epochs': 2, 'model': 'convnext_atto'}
        >>> read_encoder({"encoder": "resnet18"})
        {'encoder': 'resnet18'}
    """
    name = values.get("encoder")
    if not isinstance(name, str):
        return values
    family, colon, model = name.partition(":")
    if not colon or family not in ENCODERS or "model" not in ENCODERS[family].model_fields:
        return values
    if "model" in values:
        raise _at("model", "encoder names the model already; remove one of them")
    return {**values, "encoder": family, "model": model}


def spelled(values: Mapping[str, Any]) -> str:
    """Write the encoder of a section as a grid file does.

    Example:
        >>> spelled({"encoder": "timm", "model": "convnext_atto"}), spelled({"encoder": "resnet18"})
        ('timm:convnext_atto', 'resnet18')
    """
    return f"{values['encoder']}:{values['model']}" if "model" in values else str(values["encoder"])
