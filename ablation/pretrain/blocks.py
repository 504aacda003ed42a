"""The residual blocks of He et al. (2016), with the stride of a bottleneck on its 3x3 convolution.

torchvision has the same blocks, down to the order of their parameters, and a test compares them. But
torchvision's networks also import torch's compiler, which nothing here uses. It costs each worker 160 MB of
memory and a second at the start (measured with torch 2.14 and torchvision 0.29).
"""

from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a path around them (figure 5, left): (N, c, s, s) to (N, planes, s', s').

    Args:
        channels: c, the number of input channels.
        planes: number of output channels.
        stride: stride of the first convolution; s' = s / stride.
        downsample: applied to x on the path around, if shapes differ; None leaves x unchanged.

    Example:
        >>> import torch
        >>> BasicBlock(8, 8)(torch.zeros(1, 8, 4, 4)).shape
        torch.Size([1, 8, 4, 4])
    """

    expansion = 1  # output channels / planes

    def __init__(
        self, channels: int, planes: int, stride: int = 1, downsample: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block makes of x."""
        residual = self.relu(self.bn1(self.conv1(x)))
        residual = self.bn2(self.conv2(residual))
        around = x if self.downsample is None else self.downsample(x)
        y: Tensor = self.relu(residual.add_(around))
        return y


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1 ones (figure 5, right): (N, c, s, s) to (N, 4 planes, s', s').

    The arguments are those of `BasicBlock`; `stride` is that of the 3x3 convolution.

    Example:
        >>> import torch
        >>> Bottleneck(32, 8)(torch.zeros(1, 32, 4, 4)).shape
        torch.Size([1, 32, 4, 4])
    """

    expansion = 4

    def __init__(
        self, channels: int, planes: int, stride: int = 1, downsample: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block makes of x."""
        residual = self.relu(self.bn1(self.conv1(x)))
        residual = self.relu(self.bn2(self.conv2(residual)))
        residual = self.bn3(self.conv3(residual))
        around = x if self.downsample is None else self.downsample(x)
        y: Tensor = self.relu(residual.add_(around))
        return y
