"""The weights that an encoder starts from: which file, and the digest of its content, part of a cell's id.

A results folder holds the digests alone, in a file as `sha256sum` writes it.
"""

import hashlib
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath

from ablation.errors import GridError
from ablation.files import open_file, read_file
from ablation.version import DISTRIBUTION

PRETRAINED = "pretrained"  # instead of a file: timm's own, from the Hugging Face hub
DIGESTS = "weights.sha256"
SUFFIX = ".safetensors"  # never pickles, which run code


def weights_name(weights: str, model: str | None) -> str:
    """Name weights as a line of the digests does: the file, or the repository on the hub.

    Example:
        >>> weights_name("start.safetensors", None), weights_name("pretrained", "resnet10t.c3_in1k")
        ('start.safetensors', 'timm/resnet10t.c3_in1k')
    """
    return f"timm/{model}" if weights == PRETRAINED else weights


def weights_digest(folder: Path, weights: str, model: str | None) -> str:
    """Return the SHA-256 of the content of weights, or what a results folder says that it was.

    Args:
        folder: where the grid file lies.
        weights: a file in it or below, or `pretrained`.
        model: the name of the timm model, if it is one.

    Raises:
        GridError: there are no such weights, or they cannot be had.
    """
    name, known = weights_name(weights, model), _known(folder)
    if weights == PRETRAINED:
        return known[name] if name in known else file_digest(pretrained_file(model or ""))
    if PurePosixPath(weights).is_absolute() or ".." in PurePosixPath(weights).parts or "\\" in weights:
        raise GridError("must be a file in the grid file's folder or below it, written with /")
    if not weights.endswith(SUFFIX):
        raise GridError(
            f'must be a {SUFFIX} file or "{PRETRAINED}"; other formats can run code and are not read'
        )
    if not (folder / weights).exists() and name in known:
        return known[name]
    return file_digest(folder / weights)


def digests(named: Mapping[str, str]) -> bytes:
    """Write digests by name, one a line.

    Example:
        >>> digests({"start.safetensors": "ab12"})
        b'ab12  start.safetensors\\n'
    """
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(named.items())).encode()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content; that of an unchanged file is computed once.

    Raises:
        GridError: it cannot be read.
    """
    try:
        status = path.stat()
        return _digest(path, status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        raise GridError(f"there is no file {path.name} in {path.parent}") from None
    except OSError as error:
        raise GridError(f"{path} cannot be read: {error.strerror}") from None


def pretrained_file(model: str) -> Path:
    """Return the file of timm's weights for a model, downloaded once into the hub's own cache.

    Raises:
        GridError: the name does not say which weights, the hub has no safetensors, or cannot be reached.
    """
    if "." not in model:
        raise GridError(
            f'"{PRETRAINED}" needs a model with a tag that says which weights, such as '
            f'"timm:resnet10t.c3_in1k"; timm.list_pretrained("{model}.*") lists them'
        )
    try:
        import huggingface_hub
        from huggingface_hub.errors import (
            EntryNotFoundError,
            LocalEntryNotFoundError,
            RepositoryNotFoundError,
        )
    except ImportError:
        raise GridError(f"timm is not installed: pip install '{DISTRIBUTION}[timm]'") from None
    repository, name = weights_name(PRETRAINED, model), f"model{SUFFIX}"
    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)  # it tells of every attempt
    with suppress(Exception):  # of many kinds, if it is not in the cache; if it is, it is the same as before
        return Path(huggingface_hub.hf_hub_download(repository, name, local_files_only=True))
    try:
        return Path(huggingface_hub.hf_hub_download(repository, name))
    except LocalEntryNotFoundError as error:
        raise _not_had(repository, error) from None
    except RepositoryNotFoundError:
        raise GridError(f"the Hugging Face hub has no weights {repository}") from None
    except EntryNotFoundError:
        raise GridError(f"{repository} on the hub has no safetensors file; pickles are not read") from None
    except Exception as error:  # of many kinds, where the hub cannot be reached
        raise _not_had(repository, error) from None


def _not_had(repository: str, error: Exception) -> GridError:
    return GridError(
        f"the weights {repository} are not in this machine's cache, and the Hugging Face hub cannot be "
        f"reached ({type(error).__name__}); download them where it can, or leave weights out"
    )


@lru_cache(maxsize=64)
def _digest(path: Path, changed: int, size: int) -> str:  # noqa: ARG001 - another file is another key
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known(folder: Path) -> Mapping[str, str]:
    try:
        lines = os.fsdecode(read_file(folder / DIGESTS)).splitlines()
    except OSError:
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
