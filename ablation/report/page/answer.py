"""What the page says first: which policy, why, and its code."""

from dataclasses import dataclass, field

from ablation.private import without_paths
from ablation.results.findings.policy_code import policy_code
from ablation.results.findings.recommend_words import open_words, recommendation_words
from ablation.results.study import Study


@dataclass(frozen=True)
class Recommended:
    """The recommendation as the page lays it out: sentences, and the policy as code by library."""

    answer: list[str]
    reasons: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    code: list[tuple[str, str]] = field(default_factory=list)
    code_of: str = ""
    lengths: tuple[str, ...] = ()  # how the best of the study's own cells changes with the length of the jobs


def recommended(study: Study) -> Recommended:
    """Divide what is recommended: the answer, its reasons, what remains open; no code below the floors."""
    try:
        found = study.recommendation
    except ValueError as error:
        return Recommended([f"Nothing to recommend: {error}."])
    last, best = open_words(found), found.best
    told = recommendation_words(found)
    told = told[: len(told) - len(last)]
    lengths = study.of_lengths(study.folder.grid.pretrain.epochs) if found.grown else found.lengths
    if not best.stands:
        return Recommended(told[:2], told[2:], last, lengths=lengths)
    # An argument of the user's own operation may be a path; `recommend --code` gives it whole.
    code = [(library, without_paths(text)) for library, text in policy_code(found, best).items() if text]
    return Recommended(told[:2], told[2:], last, code, best.name, lengths)
