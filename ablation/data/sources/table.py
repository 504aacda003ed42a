"""Where images come from: the table of sources, from a name to the function that reads it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ablation.data.dataset import Dataset, Labels
from ablation.data.sources.folder import folder_labels, image_folder
from ablation.data.sources.npz import npz, npz_labels
from ablation.data.sources.shapes import generated, generated_labels
from ablation.data.sources.torchvision import torchvision, torchvision_labels
from ablation.telling import Tell

# Takes the grid's data section and a folder, creates the image arrays as files in that folder (`new_images`
# in `arrays.py`: train, test, unlabelled), tells how far it is, and returns the data set that they hold.
Source = Callable[[Any, Path, Tell], Dataset]
# Takes the data section, tells how far it is, and returns what can be known before an image is decoded.
LabelsOf = Callable[[Any, Tell], Labels]

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

LABELS: Mapping[str, LabelsOf] = MappingProxyType(
    {
        "shapes": generated_labels,
        "palettes": generated_labels,
        "cifar10": torchvision_labels,
        "cifar100": torchvision_labels,
        "stl10": torchvision_labels,
        "svhn": torchvision_labels,
        "mnist": torchvision_labels,
        "fashion-mnist": torchvision_labels,
        "folder": folder_labels,
        "npz": npz_labels,
    }
)
