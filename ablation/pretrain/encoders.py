"""Encoders f: images to representations h, residual networks of torchvision's own blocks."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from ablation.grid.models import Pretrain


class ResNet(nn.Module):
    """A residual network without its classifier: (N, 3, S, S) normalised images to h (N, d).

    `width` is the number of channels of the first stage and scales every stage (the paper's width
    multiplier, Figure 7): width 64 with the ImageNet stem is torchvision's own network.

    Example:
        >>> f = ResNet(BasicBlock, (1, 1), width=32, stem="patch")
        >>> f(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 64])
    """

    def __init__(
        self, block: type[BasicBlock | Bottleneck], blocks: Sequence[int], width: int, stem: str
    ) -> None:
        super().__init__()
        self.stem = STEMS[stem](width)
        stages: list[nn.Module] = []
        channels = width
        for stage, count in enumerate(blocks):
            planes = width * 2**stage
            for position in range(count):
                stride = 2 if stage > 0 and position == 0 else 1
                stages.append(
                    block(channels, planes, stride, _shortcut(channels, planes * block.expansion, stride))
                )
                channels = planes * block.expansion
        self.stages = nn.Sequential(*stages)
        self.dimension = channels
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Return h, averaged over the places of the last stage."""
        x = self.stages(self.stem(x))  # (N, d, s, s)
        return x.mean(dim=(2, 3))  # (N, d)


def _shortcut(channels: int, planes: int, stride: int) -> nn.Module | None:
    if stride == 1 and channels == planes:
        return None
    return nn.Sequential(nn.Conv2d(channels, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))


def _stem(width: int, kernel: int, stride: int, padding: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, width, kernel, stride, padding, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
    )


def _imagenet_stem(width: int) -> nn.Sequential:
    return nn.Sequential(*_stem(width, 7, 2, 3), nn.MaxPool2d(3, 2, 1))


STEMS: Mapping[str, Callable[[int], nn.Sequential]] = MappingProxyType(
    {
        "patch": lambda width: _stem(width, 4, 4, 0),
        "cifar": lambda width: _stem(width, 3, 1, 1),  # Appendix B.9: no stride, no pooling
        "imagenet": _imagenet_stem,
    }
)

ENCODERS: Mapping[str, tuple[type[BasicBlock | Bottleneck], tuple[int, ...]]] = MappingProxyType(
    {
        "resnet-micro": (BasicBlock, (1, 1)),
        "resnet18": (BasicBlock, (2, 2, 2, 2)),
        "resnet50": (Bottleneck, (3, 4, 6, 3)),
    }
)


def build_encoder(settings: Pretrain) -> ResNet:
    """Build the encoder that the settings name; weights come from torch's global generator.

    Example:
        >>> build_encoder(Pretrain(encoder="resnet18", width=8, stem="cifar")).dimension
        64
    """
    block, blocks = ENCODERS[settings.encoder]
    encoder = ResNet(block, blocks, settings.width, settings.stem)
    return encoder.to(memory_format=torch.channels_last)
