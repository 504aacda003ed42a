"""Where the weights that an encoder starts from lie on this machine."""

import shutil
from pathlib import Path
from uuid import uuid4

from ablation.data.cache import cache_folder
from ablation.errors import GridError
from ablation.grid.encoders import Encoder
from ablation.grid.weights import PRETRAINED, SUFFIX, file_digest, pretrained_file


def weights_file(encoder: Encoder) -> Path:
    """Return the file of an encoder's weights: beside the grid file, in the cache, or in that of the hub.

    Raises:
        GridError: there is no file of the content that the grid names, here.
    """
    if encoder.weights is None:
        raise GridError(f"{encoder.encoder} starts from no weights")
    if encoder.weights == PRETRAINED:
        places = [pretrained_file(getattr(encoder, "model", ""))]
    else:
        places = [Path(encoder.folder) / encoder.weights, _kept(encoder)]
    for place in places:
        if place.is_file() and file_digest(place) == encoder.digest:
            return place
    raise GridError(
        f"{encoder.weights} is not here as the grid was read with it (SHA-256 {encoder.digest[:16]}…); "
        f"put that file into {encoder.folder or 'the grid file’s folder'}"
    )


def keep_weights(encoder: Encoder) -> None:
    """Copy an encoder's weights into the cache, so that grids in a results folder find them again.

    Raises:
        GridError: as `weights_file`.
        OSError: the cache cannot be written.
    """
    if encoder.weights in (None, PRETRAINED) or _kept(encoder).is_file():
        return
    kept = _kept(encoder)
    kept.parent.mkdir(parents=True, exist_ok=True)
    temporary = kept.with_name(f".{kept.name}.{uuid4().hex}.tmp")
    try:
        shutil.copyfile(weights_file(encoder), temporary)
        temporary.replace(kept)
    finally:
        temporary.unlink(missing_ok=True)


def _kept(encoder: Encoder) -> Path:
    return cache_folder() / "weights" / f"{encoder.digest}{SUFFIX}"
