"""Packages that only some files, sources or encoders need: are they there, and how to install them."""

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType

from ablation.version import DISTRIBUTION

_PACKAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dicom": ("pydicom",),
        "hf": ("datasets",),
        "map": ("openTSNE",),
        "tiff": ("tifffile", "imagecodecs"),
        "timm": ("timm",),
        "video": ("av",),
    }
)

DICOM_SUFFIXES = frozenset({".dcm", ".dicom"})
VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".webm", ".avi", ".mov"})


def installed(extra: str) -> bool:
    """Whether all packages of an extra can be imported."""
    return all(find_spec(package) is not None for package in _PACKAGES[extra])


def install(extra: str) -> str:
    """Return the command that installs an extra.

    Example:
        >>> install("dicom")
        "pip install 'augmentation-ablation[dicom]'"
    """
    return f"pip install '{DISTRIBUTION}[{extra}]'"
