"""The installed version, under the name by which pip knows the tool."""

import importlib.metadata

DISTRIBUTION = "augmentation-ablation"  # `ablation` on the package index is somebody else's


def version() -> str:
    """Return the installed version.

    Example:
        >>> version()[:2]
        '0.'
    """
    return importlib.metadata.version(DISTRIBUTION)
