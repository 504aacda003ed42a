"""Where images come from: the table of sources, from a name to the function that reads it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ablation.data.dataset import Dataset
from ablation.data.sources.folder import image_folder
from ablation.data.sources.npz import npz
from ablation.data.sources.shapes import generated
from ablation.data.sources.torchvision import torchvision
from ablation.telling import Tell

# Takes the grid's data section and a folder, creates the image arrays as files in that folder (`new_images`
# in `arrays.py`: train, test, unlabelled), tells how far it is, and returns the data set that they hold.
Source = Callable[[Any, Path, Tell], Dataset]

SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "shapes": generated,
        "palettes": generated,
        "cifar10": torchvision,
        "cifar100": torchvision,
        "stl10": torchvision,
        "svhn": torchvision,
        "mnist": torchvision,
        "fashion-mnist": torchvision,
        "folder": image_folder,
        "npz": npz,
    }
)
