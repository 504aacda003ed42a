"""The cache folder: decoded pixels, downloads, hashes of unchanged files; safe to delete between runs."""

import os
from pathlib import Path

from ablation.files import user_path


def cache_folder() -> Path:
    """Return the folder for everything that can be made again; it may not exist yet.

    This is `ABLATION_CACHE` if set, else `$XDG_CACHE_HOME/ablation`, else `~/.cache/ablation`.

    Example:
        >>> import os
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, {"ABLATION_CACHE": "/scratch/ablation"}):
        ...     cache_folder().as_posix()
        '/scratch/ablation'
    """
    chosen = os.environ.get("ABLATION_CACHE")
    if chosen:
        return user_path(chosen)
    # The XDG specification says that a relative XDG_CACHE_HOME is invalid and must be ignored.
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache") / "ablation"
