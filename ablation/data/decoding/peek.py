"""How many channels the pictures of a folder have, from the headers of some."""

from collections import Counter
from collections.abc import Sequence

from ablation.data.channels import RGB, channels_of
from ablation.data.decoding.pages import Page
from ablation.data.decoding.threads import each

_LOOKED_AT = 20  # pictures, spread over all


def channels_in(pages: Sequence[Page], wanted: int | None, where: str) -> int:
    """Return how many channels images get: those that most of the pictures looked at have.

    A picture of other channels cannot be decoded then, and is skipped and named.

    Args:
        pages: of a split.
        wanted: `data.channels`.
        where: names the pictures in the message.

    Raises:
        DataError: most pictures have other channels than are wanted.
    """
    step = max(1, len(pages) // _LOOKED_AT)
    found = [*each(pages[::step], lambda file, _: file.bands or RGB)]
    counts = Counter(bands for bands in found if isinstance(bands, int))
    # Where none can be opened, decoding says why.
    return channels_of(counts.most_common(1)[0][0], wanted, where) if counts else wanted or RGB
