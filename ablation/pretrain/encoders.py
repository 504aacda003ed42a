"""Encoders f, from images to representations h: residual networks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor, nn

from ablation.grid.recipe import Pretrain
from ablation.pretrain.blocks import BasicBlock, Bottleneck
from ablation.pretrain.vit import ViT, vit_micro


@dataclass(frozen=True)
class Architecture:
    """What distinguishes residual networks, whatever their width and stem."""

    block: type[BasicBlock | Bottleneck]
    blocks: tuple[int, ...]  # per stage; every stage has twice the channels of the one before
    expand: int = 0  # a last 1x1 convolution gives h this many times the width; 0 for none


class ResNet(nn.Module):
    """A residual network without its classifier: (N, C, S, S) normalised images to h (N, d).

    `width` is the number of channels of the first stage, and scales every stage (the paper's width
    multiplier, Figure 7). Width 64 with the ImageNet stem is torchvision's own network. Images have three
    channels C, or as many as `channels` says.

    Example:
        >>> f = ResNet(ENCODERS["resnet-micro"], width=32, stem="patch")
        >>> f(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 128])
    """

    def __init__(self, architecture: Architecture, width: int, stem: str, channels: int = 3) -> None:
        super().__init__()
        block = architecture.block
        self.stem = STEMS[stem](channels, width)
        stages: list[nn.Module] = []
        inputs = width
        for stage, count in enumerate(architecture.blocks):
            planes = width * 2**stage
            for position in range(count):
                stride = 2 if stage > 0 and position == 0 else 1
                stages.append(
                    block(inputs, planes, stride, _shortcut(inputs, planes * block.expansion, stride))
                )
                inputs = planes * block.expansion
        if architecture.expand:
            stages.append(_convolution(inputs, width * architecture.expand, 1))
            inputs = width * architecture.expand
        self.stages = nn.Sequential(*stages)
        self.dimension = inputs
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Return h, averaged over the positions of the last stage."""
        # Channels stay last, also in the gradients: `mean(dim=(2, 3))` would cost a tenth of a short step.
        return self.tokens(x).mean(dim=1)  # (N, d)

    def tokens(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return the features at the positions of the last stage, row by row.

        Args:
            x: normalised images, (N, C, S, S).
            keep: indices of the positions wanted, (N, T); None for all of them.

        Returns:
            (N, T, d).
        """
        places: Tensor = self.stages(self.stem(x)).movedim(1, 3).flatten(1, 2)  # (N, s s, d)
        if keep is None:
            return places
        return places.gather(1, keep.unsqueeze(2).expand(-1, -1, places.shape[2]))  # (N, T, d)


def _shortcut(channels: int, planes: int, stride: int) -> nn.Module | None:
    if stride == 1 and channels == planes:
        return None
    return nn.Sequential(nn.Conv2d(channels, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))


def _convolution(channels: int, planes: int, kernel: int, stride: int = 1, padding: int = 0) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, planes, kernel, stride, padding, bias=False),
        nn.BatchNorm2d(planes),
        nn.ReLU(inplace=True),
    )


def _imagenet_stem(channels: int, width: int) -> nn.Sequential:
    return nn.Sequential(*_convolution(channels, width, 7, 2, 3), nn.MaxPool2d(3, 2, 1))


STEMS: Mapping[str, Callable[[int, int], nn.Sequential]] = MappingProxyType(
    {
        "patch": lambda channels, width: _convolution(channels, width, 4, 4),
        # Appendix B.9: no stride, no pooling
        "cifar": lambda channels, width: _convolution(channels, width, 3, 1, 1),
        "imagenet": _imagenet_stem,
    }
)

ENCODERS: Mapping[str, Architecture] = MappingProxyType(
    {
        # Only the second stage: a block of the first doubles the time of a step and adds nothing to a short
        # job, whereas an h of four times the width adds points of linear accuracy.
        "resnet-micro": Architecture(BasicBlock, (0, 1), expand=4),
        "resnet18": Architecture(BasicBlock, (2, 2, 2, 2)),
        "resnet50": Architecture(Bottleneck, (3, 4, 6, 3)),
    }
)


def build_encoder(settings: Pretrain, channels: int = 3) -> ResNet | ViT:
    """Build the encoder that the settings name; its weights are drawn from torch's global generator.

    Args:
        settings: of pretraining.
        channels: of the images.

    Example:
        >>> build_encoder(Pretrain(encoder="resnet18", width=8, stem="cifar")).dimension
        64
    """
    if settings.encoder == "vit-micro":
        return vit_micro(settings, channels)
    encoder = ResNet(ENCODERS[settings.encoder], settings.width, settings.stem, channels)
    return encoder.to(memory_format=torch.channels_last)
