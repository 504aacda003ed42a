"""Opens data sets of Hugging Face's library: which splits there are, and what their columns hold."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ablation.data.cache import cache_folder
from ablation.data.extras import install, installed
from ablation.data.sources.listing import SPLIT_WORDS, some
from ablation.errors import DataError
from ablation.files import user_path
from ablation.grid.data import HuggingFace
from ablation.words import listed, shortened

_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_LABEL = "label"  # a column of numbers or text is taken for the labels if this is its name
_LONG = 200  # letters of a reason


@dataclass(frozen=True)
class Splits:
    """The tables to train and to test on; test is None if there is no such split."""

    train: Any  # datasets.Dataset
    test: Any | None
    names: tuple[str, str]
    notes: tuple[str, ...]  # on which are used


def splits(data: HuggingFace) -> Splits:
    """Open a data set, after downloading it if `data.path` is a name on the hub that is not here yet.

    Raises:
        DataError: there is none, it cannot be read, or has no such split.
    """
    found = _opened(data)
    train, test = data.train_split, data.test_split
    if test is None:
        words = [
            name for kind in ("test", "validation") for name in found if name.lower() in SPLIT_WORDS[kind]
        ]
        test = next((name for name in words if name != train), None)
    for name, setting in ((train, "train_split"), (test, "test_split")):
        if name is not None and name not in found:
            raise DataError(
                f"{data.path}: no split {name!r}, only {some([*found])}; set data.{setting} to one of them"
            )
    if train == test:
        raise DataError(f"{data.path}: data.train_split and data.test_split are both {train!r}")
    notes = []
    if test is not None and (train, test) != ("train", "test"):
        notes.append(f"trained on the split {train}, tested on {test}")
    if aside := [name for name in found if name not in (train, test)]:
        only = train if test is None else f"{train} and {test}"
        notes.append(f"splits other than {only} are not used: {some(aside)}")
    return Splits(found[train], None if test is None else found[test], (train, test or ""), tuple(notes))


def columns(data: HuggingFace, table: Any) -> tuple[str, str]:
    """Return the names of the columns that hold the images and their labels.

    Raises:
        DataError: there is no such column, or several could be it.
    """
    from datasets import ClassLabel, Image, Value

    features: Mapping[str, Any] = table.features

    def is_encoded(feature: Any) -> bool:
        held = feature.get("bytes") if isinstance(feature, dict) else feature
        return isinstance(held, Value) and held.dtype in ("binary", "large_binary")

    def is_label(feature: Any) -> bool:
        return isinstance(feature, Value) and feature.dtype.removeprefix("large_").startswith(
            ("int", "uint", "string", "bool")
        )

    images = [name for name, feature in features.items() if isinstance(feature, Image)]
    images = images or [name for name, feature in features.items() if is_encoded(feature)]
    labels = [name for name, feature in features.items() if isinstance(feature, ClassLabel)]
    plain = [name for name, feature in features.items() if is_label(feature)]
    named = labels or [name for name in plain if name == _LABEL]
    return (
        _column(data, "image", data.image, images, images),
        _column(data, "label", data.label, named, labels + plain),
    )


def _column(data: HuggingFace, what: str, chosen: str | None, found: list[str], possible: list[str]) -> str:
    if chosen is not None:
        if chosen in possible:
            return chosen
        could = f"; {listed(possible, 'or')} could be" if possible else ""
        raise DataError(f"{data.path}: data.{what} = {chosen!r} is no column of {what}s{could}")
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(
            f"{data.path}: {listed(found)} could each be the column of {what}s; set data.{what} to one"
        )
    could = f"; set data.{what}, if it is one of {some(possible)}" if possible else ""
    raise DataError(f"{data.path}: no column of {what}s{could}")


def _opened(data: HuggingFace) -> dict[str, Any]:
    """Open every split, by its name."""
    if not installed("hf"):
        raise DataError(f'source = "hf" needs the package datasets: {install("hf")}')
    path, cache = user_path(data.path), str(cache_folder() / "hf")
    hub = not path.exists()
    if hub and not _HUB_NAME.fullmatch(data.path):
        raise DataError(f"data.path: no folder or file {path}, and no name on the Hugging Face hub")
    if not hub and data.revision is not None:
        raise DataError(f"data.revision is of data sets on the hub, and {path} is here; remove it")
    import datasets

    try:
        with _quiet(bars=hub):
            if hub:
                found = datasets.load_dataset(data.path, data.name, revision=data.revision)
            elif path.is_file():
                found = datasets.load_dataset("parquet", data_files=str(path), cache_dir=cache)
            elif (path / "dataset_dict.json").is_file() or (path / "state.json").is_file():
                found = datasets.load_from_disk(str(path))
            else:
                found = datasets.load_dataset(str(path), data.name, cache_dir=cache)
    except Exception as error:  # of many kinds: no network, no such name, a damaged file
        mend = (
            ", and there is no such folder or file here; check data.path, data.name and data.revision"
            if hub
            else "; data.path is a folder of save_to_disk, a Parquet file or a folder of these"
        )
        where = "the Hugging Face hub" if hub else "here"
        reason = shortened(" ".join(str(error).split()) or type(error).__name__, _LONG)
        raise DataError(f"{data.path}: cannot be loaded from {where} ({reason}){mend}") from error
    if isinstance(found, datasets.Dataset):
        return {data.train_split: found}
    return {str(name): table for name, table in found.items()}


@contextmanager
def _quiet(bars: bool) -> Iterator[None]:
    """Keep the library from writing between our lines; of a download, its bars are all there is to see."""
    import datasets

    loggers = [logging.getLogger(name) for name in ("datasets", "huggingface_hub")]  # of every attempt
    levels, shown = [logger.level for logger in loggers], datasets.is_progress_bar_enabled()
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    if not bars:
        datasets.disable_progress_bars()
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if shown:
            datasets.enable_progress_bars()
