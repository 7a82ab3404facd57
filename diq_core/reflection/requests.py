"""What a teacher and a verifier are asked. The reference is in two of the requests only.

They are the last resort's, which says so in the chain's branch, and the verifier's. No prompt
shows a letter as an example: small models repeat it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diq_core.asking.parts import Message, Part, with_pictures
from diq_core.asking.prompts import PROMPTS, Prompt, load_prompt
from diq_core.data.marks import as_material
from diq_core.data.sample import Sample, question_text
from diq_core.reflection.chain import Link
from diq_core.reflection.strategy import STRATEGIES

_LINK = {
    "thinking": ["<a step>", "<the next step>"],
    "conclusion": "<the answer alone>",
    "verification": "<what speaks for and against it>",
}
WRONG = "Its last conclusion is wrong."
UNDECIDED = (
    "Nobody could tell whether its last conclusion is right: it may be wrong, or it may not be "
    "plain enough to be compared with an answer."
)
_REWRITTEN = {"thinking": "<the thinking>", "answer": "<the final answer>"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One sample before a teacher.

    Attributes:
        reference: the known answer in words; it goes to the verifier and the last resort alone.
        pictures: its images as parts of a message.
    """

    sample: Sample
    reference: str
    pictures: Sequence[Part] = ()

    @property
    def id(self) -> str:
        """The sample's."""
        return self.sample.id


def prompt(name: str) -> Prompt:
    """Return a shipped prompt: begin, continue, reference, rewrite, explain or conclude."""
    return load_prompt(PROMPTS / f"reflect_{name}.md")


NAMES = ("begin", "continue", "reference", "rewrite", "explain", "conclude")


def begin(problem: Problem) -> list[Message]:
    """Return what asks for a chain."""
    return _filled(problem, "begin", _LINK)


def go_on(
    problem: Problem, chain: Sequence[Link], strategy: str, *, undecided: bool = False
) -> list[Message]:
    """Return what asks to go on from `chain`, without its last verification.

    Args:
        undecided: whether nobody could tell if its last conclusion is right; else it is wrong.
    """
    return _filled(
        problem, "continue", _LINK, chain, strategy=STRATEGIES[strategy],
        standing=UNDECIDED if undecided else WRONG,
    )  # fmt: skip


def with_reference(problem: Problem, chain: Sequence[Link]) -> list[Message]:
    """Return the last resort: it goes on from `chain` and sees the reference."""
    return _filled(problem, "reference", _LINK, chain, reference=problem.reference)


def rewrite(problem: Problem, chain: Sequence[Link]) -> list[Message]:
    """Return what asks for an accepted chain as natural thinking."""
    return _filled(problem, "rewrite", _REWRITTEN, chain, whole=True)


def answer_from(problem: Problem, explanation: str) -> list[Message]:
    """Return what asks to answer from an explanation alone whose answer is masked."""
    shape = {"answer": "<the answer alone>"}
    return _filled(problem, "explain", shape, more={"explanation": explanation})


def conclude(problem: Problem, conclusion: str) -> list[Message]:
    """Return what asks a verifier whether a conclusion is the reference."""
    shape = {"verdict": "<right | wrong>"}
    more = {"reference": problem.reference, "conclusion": conclusion}
    return _filled(problem, "conclude", shape, more=more, pictures=False)


def _filled(
    problem: Problem,
    name: str,
    shape: Mapping[str, object],
    chain: Sequence[Link] = (),
    *,
    strategy: str = "",
    standing: str = "",
    reference: str = "",
    whole: bool = False,
    pictures: bool = True,
    more: Mapping[str, str] | None = None,
) -> list[Message]:
    sample = problem.sample
    earlier = [{"role": each.role, "content": each.content} for each in sample.history]
    # As JSON, no text of a sample can pass for the end of the sample.
    material: dict[str, object] = {
        **({"instructions": sample.system} if sample.system else {}),
        **({"earlier": earlier} if earlier else {}),
        "question": question_text(sample),
        **({"chain": [_shown(each, whole or each is not chain[-1]) for each in chain]}
           if chain else {}),
        **({"reference": reference} if reference else {}),
        **(more or {}),
    }  # fmt: skip
    messages = prompt(name).messages({
        "example": json.dumps(shape, indent=1, ensure_ascii=False),
        "material": as_material(material), "strategy": strategy,
        "standing": standing,
    })  # fmt: skip
    return with_pictures(messages, problem.pictures if pictures else ())


def _shown(link: Link, whole: bool) -> dict[str, object]:
    shown: dict[str, object] = {"thinking": list(link.thinking), "conclusion": link.conclusion}
    return {**shown, "verification": link.verification} if whole else shown
