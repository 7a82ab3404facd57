"""What an answer earns, for trainers elsewhere: they call the same verifier by a small file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from diq_core.config.models import Reward
from diq_core.data.sample import Option
from diq_core.evaluation.verify.verdict import Target
from diq_core.evaluation.verify.verifying import verify
from diq_core.training.rewards import Outcome, Rollout, rollout

REWARD_FILE = '''"""What an answer earns, as DIQ Studio judges it; no rule is copied here."""

try:
    from diq_core.stages.rewarding_elsewhere import earned_by, scores_of
except ImportError as error:
    raise ImportError(
        "The reward calls the verifier of DIQ Studio, which is not installed where this trainer "
        "runs: run `pip install diq-studio` there"
    ) from error

REWARD_NAME = "diq"
REWARD_TYPE = "batch"


def compute_score(reward_inputs):
    """EasyR1: return overall, format and accuracy of each written answer."""
    return scores_of(reward_inputs, "{reward}")


def reward(completions, answer, **_more):
    """TRL: return what each written answer earns."""
    return earned_by(completions, answer, "{reward}")
'''
"""The file beside a configuration, but for the kind of reward."""


def answer_text(target: Target) -> str:
    """Return a known answer as one text, with all that a verdict needs."""
    return json.dumps(asdict(target), ensure_ascii=False)


def scores_of(inputs: Sequence[dict[str, Any]], reward: Reward) -> list[dict[str, float]]:
    """Return what EasyR1 wants to know of each answer: overall, format and accuracy, 0 to 1.

    Args:
        inputs: each with ``response`` and, in ``ground_truth``, an `answer_text`.
    """
    judged = [_judged(each["response"], each["ground_truth"], reward) for each in inputs]
    return [
        {"overall": each.reward, "format": float(each.form),
         "accuracy": float(each.outcome == "right")}
        for each in judged
    ]  # fmt: skip


def earned_by(completions: Sequence[Any], answers: Sequence[str], reward: Reward) -> list[float]:
    """Return what each answer earns, 0 to 1, in the way that TRL calls a reward.

    Args:
        completions: texts, or lists of one assistant's message.
        answers: an `answer_text` each.
    """
    texts = [each if isinstance(each, str) else each[0]["content"] for each in completions]
    return [_judged(text, known, reward).reward
            for text, known in zip(texts, answers, strict=True)]  # fmt: skip


def _judged(text: str, known: str, reward: Reward) -> Rollout:
    said = json.loads(known)
    options = tuple(Option(**each) for each in said.pop("options"))
    gold, synonyms = tuple(said.pop("gold")), tuple(said.pop("synonyms"))
    target = Target(gold=gold, options=options, synonyms=synonyms, **said)

    def judge(_sample: str, written: str) -> tuple[Outcome, str]:
        verdict = verify(written, target)
        return verdict.outcome, verdict.said

    return rollout("", text, judge, reward)
