"""Reports that cost nothing: the files, but no pictures, which take seconds to draw."""

from ablation.report.drawn import results_checksum, write_files
from ablation.report.files import FILES


def draw_nothing(folder, content=b"", **_):
    """Write the files of a report, each with some content (or what a function gives by its name)."""
    of = content if callable(content) else lambda _: content
    write_files(folder, {name: of(name) for name in FILES}, results_checksum(folder))
