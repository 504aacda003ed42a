"""A study as a notebook shows it: the answer, the heatmap, the verdict on colour."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import escape

from ablation.errors import ResultsError
from ablation.results.findings.recommend_words import answer_words
from ablation.results.stored.folder import open_folder
from ablation.results.study import Study

if TYPE_CHECKING:
    from ablation.report.page.details import Picture

# What draws and lays out is imported where it is used: a program may want the numbers alone.


class ShownStudy(Study):
    """A study that a notebook shows by itself, where a cell of it ends in one."""

    def _repr_html_(self) -> str:
        from ablation.report.page.content import state
        from ablation.report.page.escaping import templates

        try:
            _ = self.records, self.varied_records
        except ResultsError as error:  # a notebook would show a traceback instead
            return str(escape(str(error)))
        return (
            templates()
            .get_template("study.html")
            .render(
                name=self.folder.name,
                state=state(self),
                answer=_answer(self),
                heatmap=_heatmap(self),
                verdict=_verdict(self),
                path=self.folder.path,
            )
        )


def open_study(folder: str | Path) -> ShownStudy:
    """Open a results folder, whole or not, to read and compute each of its parts once.

    Only the grid and the environment are read at first. Every other part is read or computed when it is
    first asked for, and kept: what was stored (`records`, `results`, `baselines`, `curves`, `correct`), and
    what it says (`statistics` of the test split, `validation`, `judgement`, `recommendation`, `paper`,
    `lengths`, `doses`). `compare(other)` compares two studies. On the last line of a notebook cell, a study
    shows the policy that it recommends, the heatmap and the verdict on colour.

    Args:
        folder: a results folder.

    Raises:
        ResultsError: it is not a results folder.

    Example:
        `study = ab.open_study("results/quick"); study.recommendation.best.name`
    """
    return ShownStudy(open_folder(folder))


def _answer(study: Study) -> list[str]:
    """Say what is recommended, and what it reaches on the test split; no sentence where nothing is."""
    try:
        return answer_words(study.recommendation)
    except ValueError:
        return []
    except ResultsError as error:
        return [f"No recommendation: {error}."]


def _verdict(study: Study) -> str:
    try:
        return study.judgement.sentence
    except ResultsError as error:  # arrays of jobs of other lengths, which the verdict compares
        return f"No verdict: {error}."


def _heatmap(study: Study) -> "Picture | None":
    """Draw the heatmap, None where no cell has a number."""
    import matplotlib as mpl
    from PIL import Image

    from ablation.report.page.details import Picture
    from ablation.report.page.images import data_uri
    from ablation.report.plots.heatmap import heatmap_figure
    from ablation.report.saving import saved
    from ablation.report.style import DPI, RC

    if study.results[study.reported].isna().all():
        return None
    try:
        found = study.statistics
    except ResultsError:  # damaged arrays, of which the answer speaks; the accuracies are not in them
        found = None
    with mpl.rc_context(RC):
        content = saved(heatmap_figure(study.results, study.baselines, found), "png")
    width = Image.open(BytesIO(content)).width * 96 // DPI  # 96 pixels of CSS are an inch
    return Picture(data_uri("image/png", content), f"Accuracy of every cell of {study.folder.name}", width)
