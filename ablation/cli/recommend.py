"""`ablation recommend`: the recommendation with its code, and the run that confirms it."""

import json

from ablation.errors import ResultsError
from ablation.results.findings.policy_code import policy_code
from ablation.results.findings.recommend import Choice, Recommendation
from ablation.results.findings.recommend_words import recommendation_json, recommendation_words
from ablation.results.stored.confirmation import CONFIRM
from ablation.results.stored.within import refuse_links
from ablation.results.study import Study
from ablation.runner.backends import Asked
from ablation.runner.confirm import confirmation
from ablation.runner.launch import Ending, Show, launch

LIBRARIES = ("kornia", "torchvision")


def recommended(
    study: Study,
    *,
    simplest: bool = False,
    library: str | None = None,
    as_json: bool = False,
    anyway: bool = False,
) -> str:
    """Write a recommendation: sentences and code, only the code for one library, or JSON.

    Args:
        study: of a results folder.
        simplest: write the code of the simplest policy that is as good as the best, not of the best.
        library: write only the code, for `kornia` or `torchvision`.
        as_json: write one JSON object, `format` 2.
        anyway: give code even of a policy that is not above its floors.

    Raises:
        ResultsError: nothing can be recommended, or there is no such code.
    """
    if library is not None and library not in LIBRARIES:
        raise ResultsError(f"--code {library}: must be {' or '.join(LIBRARIES)}")
    try:
        found = study.recommendation
    except ValueError as error:
        raise ResultsError(f"{study.folder.path}: nothing to recommend: {error}") from error
    if simplest and found.simplest is None:
        raise ResultsError(
            f"{study.folder.path}: one seed cannot tell which policies are as good as the best; "
            "run three (--seeds 3)"
        )
    choice = found.simplest if simplest and found.simplest else found.best
    code = policy_code(found, choice) if choice.stands or anyway else None
    if library is not None:
        if code is None:
            raise ResultsError(
                f"{choice.name}: not above its floors, so there is nothing to gain from its code; "
                f"`ablation recommend {study.folder.path}` says what to change (--anyway gives the code)"
            )
        if (text := code[library]) is None:
            raise ResultsError(f"{choice.name}: torchvision has no counterpart; use --code kornia")
        return text
    if as_json:
        return json.dumps(recommendation_json(found, choice, code), ensure_ascii=False, indent=2) + "\n"
    return "\n".join([_text(found, choice, code).rstrip("\n"), *study.unstored]) + "\n"


def run_confirmation(study: Study, show: Show, *, workers: int | None = None, device: str = "auto") -> Ending:
    """Run the policies that confirm a recommendation, into `confirm/` of a results folder, or continue to.

    Raises:
        ResultsError: no cell has a validation accuracy yet, or `confirm` is a link that leads out.
    """
    if study.grown is not None:
        raise ResultsError(
            f"{study.folder.path}: nothing to confirm: the policies grown from it have already raced with "
            f"both branches augmented; for other seeds, confirm {study.grown.folder.path}"
        )
    try:
        file = confirmation(study)
    except ValueError as error:
        raise ResultsError(f"{study.folder.path}: nothing to confirm: {error}") from error
    refuse_links(study.folder.path, (CONFIRM,))
    return launch(file, study.folder.path / CONFIRM, show, Asked(device=device, workers=workers))


def _text(found: Recommendation, choice: Choice, code: dict[str, str | None] | None) -> str:
    parts = [*recommendation_words(found)]
    if code is None:
        return "\n".join([*parts, "No code is given for it; --anyway gives it."]) + "\n"
    for library in LIBRARIES:
        text = code[library] or f"# {choice.name}: torchvision has no counterpart\n"
        parts += ["", f"# --- {library}: {choice.name} ".ljust(80, "-"), text.rstrip()]
    return "\n".join(parts) + "\n"
