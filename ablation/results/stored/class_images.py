"""The classes of a data set, with their images in both splits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ablation.words import first_few

_SHOWN = 12  # classes in a sentence


@dataclass(frozen=True)
class ClassImages:
    """A class, and how many images of it there are to train and to test on."""

    name: str
    train: int
    test: int


def class_images(names: Sequence[str], train: Iterable[int], test: Iterable[int]) -> tuple[ClassImages, ...]:
    """Put together the classes of a data set from how many images of each there are.

    Example:
        >>> class_images(["cat", "dog"], [64, 60], [16, 15])[1]
        ClassImages(name='dog', train=60, test=15)
    """
    return tuple(
        ClassImages(name, int(of_train), int(of_test))
        for name, of_train, of_test in zip(names, train, test, strict=True)
    )


def class_image_words(classes: Sequence[ClassImages]) -> str:
    """Name the classes with their images; the first twelve where there are more.

    Example:
        >>> class_image_words(class_images(["cat", "dog"], [64, 60], [16, 15]))
        '2 classes (training + test images): cat 64 + 16, dog 60 + 15'
        >>> class_image_words(class_images(["cat", "dog"], [1000, 1000], [90, 90]))
        '2 classes, each with 1,000 training and 90 test images: cat, dog'
    """
    sizes = {(one.train, one.test) for one in classes}
    if len(sizes) == 1:
        [(train, test)] = sizes
        each = f", each with {train:,} training and {test:,} test images"

        def shown(k: int) -> str:
            return classes[k].name

    else:
        each = " (training + test images)"

        def shown(k: int) -> str:
            return f"{classes[k].name} {classes[k].train:,} + {classes[k].test:,}"

    return f"{len(classes)} classes{each}: {first_few(shown, len(classes), _SHOWN)}"
