"""Templates with everything escaped, styles and script within; imports nothing that draws."""

import re

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape


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
