"""Code to paste: a policy in Kornia and in torchvision, with the parameters of its grid."""

from ablation.grid.paste.kornia import kornia_code
from ablation.grid.paste.torchvision import torchvision_code

__all__ = ["kornia_code", "torchvision_code"]
