"""Which type of question a sample asks, and whether a rule can verify an answer to it."""

from __future__ import annotations

import re

from diq_core.data.sample import Sample
from diq_core.evaluation.verify.polar import MEANINGS
from diq_core.evaluation.verify.terms import terms
from diq_core.evaluation.verify.units import quantities
from diq_core.evaluation.verify.verdict import Target

CLOSED = 2
"""Words of a known answer up to which it is one term; of more it is an open answer."""

OPEN = 12
"""Words of a known answer up to which a rule can compare another with it."""

_PARTED = re.compile(r"\s*(?:[,;/&+]|\band\b|\s)\s*")


def target_of(sample: Sample) -> Target | str:
    """Return what an answer to the sample is verified against, or why no rule can.

    With options it is the label or labels; else the text: yes, no or maybe, one number with its
    unit, one term, or a few words.
    """
    if sample.options:
        return _of_options(sample)
    gold = sample.answer.strip()
    words = terms(gold)
    if not gold or not words:
        return "it has no known answer"
    if gold.casefold().rstrip(".!") in MEANINGS:
        return Target("yes-no", (gold.rstrip(".!"),), question=sample.question)
    found = quantities(gold)
    if len(found) == 1 and not gold[: found[0].place[0]].strip() + gold[found[0].place[1] :].strip(
        " ."
    ):
        return Target("number", (gold,))
    if len(words) > OPEN:
        return f"its known answer has {len(words)} words, more than a rule can compare ({OPEN})"
    return Target("closed" if len(words) <= CLOSED else "open", (gold,))


def _of_options(sample: Sample) -> Target | str:
    known = {each.label for each in sample.options}
    if sample.answer_label in known:
        return Target("choice", (sample.answer_label,), sample.options)
    labels = tuple(each for each in _PARTED.split(sample.answer_label.strip()) if each)
    if len(labels) == 1 and set(labels[0]) <= known:
        labels = tuple(labels[0])
    if labels and set(labels) <= known:
        return Target("choices", labels, sample.options)
    return "none of its options is known to be right"
