"""Where images come from: the table of sources, from a name to the function that reads it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ablation.data.dataset import Dataset, Labels
from ablation.data.sources.clips import clip_folder, clip_labels
from ablation.data.sources.folder import folder_labels, image_folder
from ablation.data.sources.hf import hugging_face, hugging_face_labels
from ablation.data.sources.medmnist import medmnist, medmnist_labels
from ablation.data.sources.moving import moving, moving_labels
from ablation.data.sources.npz import npz, npz_labels
from ablation.data.sources.shapes import generated, generated_labels
from ablation.data.sources.torchvision import torchvision, torchvision_labels
from ablation.data.sources.torchvision_sets import KNOWN
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
        "moving-shapes": moving,
        **dict.fromkeys(KNOWN, torchvision),
        "medmnist": medmnist,
        "folder": image_folder,
        "clips": clip_folder,
        "hf": hugging_face,
        "npz": npz,
    }
)

LABELS: Mapping[str, LabelsOf] = MappingProxyType(
    {
        "shapes": generated_labels,
        "palettes": generated_labels,
        "moving-shapes": moving_labels,
        **dict.fromkeys(KNOWN, torchvision_labels),
        "medmnist": medmnist_labels,
        "folder": folder_labels,
        "clips": clip_labels,
        "hf": hugging_face_labels,
        "npz": npz_labels,
    }
)
