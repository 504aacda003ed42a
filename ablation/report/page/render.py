"""Lays the page out: templates with everything escaped, styles and script within."""

import re

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ablation.report.page.content import content
from ablation.report.page.details import RUN_COLUMNS
from ablation.report.page.sparklines import HEIGHT, WIDTH
from ablation.results.study import Study


def render(study: Study) -> str:
    """Return the page of a study, whole or not, as one HTML file that needs nothing else.

    Names, class names and errors are the user's: whatever they hold, they are text. The same results give
    the same page.
    """
    template = templates().get_template("report.html")
    return template.render(page=content(study), columns=RUN_COLUMNS, width=WIDTH, height=HEIGHT)


def templates(*more: PackageLoader) -> Environment:
    """Return the templates, and those of other loaders; `raw(name)` writes a file of theirs as it is."""
    loader = ChoiceLoader([*more, PackageLoader("ablation.report.page")])
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["raw"] = lambda name: Markup(loader.get_source(environment, name)[0])
    environment.filters["code"] = _code
    return environment


def _code(sentence: str) -> Markup:
    # Sentences are for the terminal, too, where commands and settings stand between backticks.
    text = str(escape(sentence)).replace(" %", "\u00a0%")
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", text))
