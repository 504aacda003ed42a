"""`ablation compare A B`: the sentences, the figure and the JSON."""

import json
from pathlib import Path

from ablation.errors import ResultsError
from ablation.results.findings.compare_words import comparison_json, comparison_words
from ablation.results.stored.atomic import write_atomically
from ablation.results.study import Study

KINDS = ("png", "svg", "pdf")


def compared(
    a: Study, b: Study, out: Path | None = None, *, metric: str | None = None, as_json: bool = False
) -> str:
    """Compare two studies; write the figure, unless JSON is asked for.

    Args:
        a: a study.
        b: another.
        out: where to write the figure; by default `A-vs-B.png`, named after both folders, in the working
            directory. A file that is there is replaced, and the output says so.
        metric: the accuracy to compare.
        as_json: write one JSON object.

    Raises:
        ResultsError: they share no cell, one has no result in those they share, there is no such metric, or
            the figure's file type is unknown.
    """
    out = Path(f"{_name(a)}-vs-{_name(b)}.png") if out is None else out
    if out.suffix[1:] not in KINDS:
        raise ResultsError(f"--out {out}: must end in .{', .'.join(KINDS[:-1])} or .{KINDS[-1]}")
    try:
        found = a.compare(b, metric)
    except ValueError as error:
        raise ResultsError(f"--metric {metric}: {error}") from error
    if as_json:
        return json.dumps(comparison_json(found), ensure_ascii=False, indent=2) + "\n"
    import matplotlib as mpl

    from ablation.report.plots.compare import compare_figure
    from ablation.report.saving import saved
    from ablation.report.style import RC

    with mpl.rc_context(RC):
        content = saved(compare_figure(found), out.suffix[1:])
    replaced = " (replaces an earlier file)" if out.exists() else ""
    write_atomically(out, content)
    return "\n".join([*comparison_words(found), f"figure: {out}{replaced}"]) + "\n"


def _name(study: Study) -> str:
    return study.folder.path.resolve().name
