"""What a folder of images contains, found without decoding them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ablation.data.channels import RGB
from ablation.data.decoding.opened import opened
from ablation.data.decoding.pages import Page
from ablation.data.decoding.peek import channels_in
from ablation.data.decoding.quiet import quiet
from ablation.data.decoding.threads import each
from ablation.data.sources.listing import listings
from ablation.data.tree import tree
from ablation.errors import DataError

_LOOKED_AT = 200  # images whose header is read


@dataclass(frozen=True)
class Survey:
    """A folder of images: how many of which classes, and how large."""

    class_names: tuple[str, ...]
    counts: tuple[int, ...]  # training images of each class, or all if there is no test/
    test: int | None  # images in test/; None if there is no such folder
    sides: tuple[int, ...]  # of the images looked at, the shorter side in pixels, sorted
    same_size: bool  # whether all images looked at have the same width and height
    notes: tuple[str, ...]  # what is not used
    channels: int = RGB  # of the images


def survey_folder(folder: Path) -> Survey:
    """List a folder of class folders, with or without `train/` and `test/`, and read some images' headers.

    Raises:
        DataError: the folder or its classes are missing, a class is empty, or no image can be read.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'}")
    train, test, notes = listings(tree(folder))
    counts = Counter(train.labels.tolist())
    shapes = _shapes(train.files)
    if not shapes:
        first = train.files[0]
        why = next(each([Page(first)], lambda file, _: file.size))
        raise DataError(
            f"{folder}: none of its images can be read ({first.relative_to(folder).as_posix()}: {why})"
        )
    return Survey(
        class_names=train.class_names,
        counts=tuple(counts[label] for label in range(len(train.class_names))),
        test=None if test is None else len(test.files),
        sides=tuple(sorted(min(shape) for shape in shapes)),
        same_size=len(set(shapes)) == 1,
        notes=tuple(notes),
        channels=channels_in([Page(path) for path in train.files], None, str(folder)),
    )


def _shapes(files: Sequence[Path]) -> list[tuple[int, int]]:
    step = -(-len(files) // _LOOKED_AT)  # spread over all classes
    shapes = []
    for path in files[::step]:
        try:
            with quiet(), opened(path) as file:
                shapes.append(file.size)
        except Exception:  # one of many; a run says which files it skips
            continue
    return shapes
