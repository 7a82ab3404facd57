"""The one door to the verifier: a written answer and a known one in, a verdict out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diq_core.evaluation.verify.labels import one_label, several_labels
from diq_core.evaluation.verify.number import number
from diq_core.evaluation.verify.polar import polar
from diq_core.evaluation.verify.verdict import QuestionType, Target, Verdict
from diq_core.evaluation.verify.wording import closed, open_ended

VERIFIER = 1
"""Version of these rules; what was verified by others says so."""

_RULES: Mapping[QuestionType, Callable[[str, Target], Verdict]] = {
    "choice": one_label,
    "choices": several_labels,
    "yes-no": polar,
    "closed": closed,
    "number": number,
    "open": open_ended,
}


def verify(text: str, target: Target) -> Verdict:
    """Return whether a written answer is right, wrong or undecided, and the span that decided.

    A pure function of both: evaluation, reward, pass rate and reflection give one verdict. What
    stands in the thinking decides nothing; an answer whose thinking never ends is undecided.
    """
    return _RULES[target.type](text, target)
