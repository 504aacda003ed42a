"""Lays the page out."""

from ablation.report.page.content import content
from ablation.report.page.details import run_columns
from ablation.report.page.escaping import templates
from ablation.report.page.sparklines import HEIGHT, WIDTH
from ablation.results.study import Study


def render(study: Study) -> str:
    """Return the page of a study, whole or not, as one HTML file that needs nothing else.

    Names, class names and errors are the user's: whatever they hold, they are text. The same results give
    the same page.
    """
    template = templates().get_template("report.html")
    columns = run_columns(study.labelled)
    return template.render(page=content(study), columns=columns, width=WIDTH, height=HEIGHT)
