"""The yardstick of `efficiency.py` and `accuracy.py`: `resnet-micro` as it was in protocol 3."""

import torch
from torchvision.models.resnet import BasicBlock

from ablation.pretrain.encoders import Architecture, ResNet


class FirstEncoder(ResNet):
    """Two stages of one block, averaged over rows and columns at once: (N, 3, S, S) to h (N, 2 width)."""

    def __init__(self, width: int) -> None:
        super().__init__(Architecture(BasicBlock, (1, 1)), width, "patch")
        self.to(memory_format=torch.channels_last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.stages(self.stem(x)).mean(dim=(2, 3))
