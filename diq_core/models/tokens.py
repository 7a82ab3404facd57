"""Samples as tokens: the very text that is trained on, with its response marked.

A score must belong to the text that is trained on. So the text is the model's own chat template
around `prompt_messages` and `response_text`; the response mask covers the response and the
end-of-turn token that closes it, as in supervised fine-tuning; and what is too long is cut at
its end, as TRL does. What follows the end-of-turn token in the template (often a line break) is
left out: the model never has to write it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.data.sample import Sample, prompt_messages, response_text
from diq_core.data.text import mend
from diq_core.errors import BadSetting

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Tokens:
    """One tokenised sample.

    Attributes:
        ids: int32, prompt then response.
        start: index of the first response token; at least 1, less than ``len(ids)``.
        cut: the response was too long and lost its end.
    """

    id: str
    ids: NDArray[np.int32]
    start: int
    cut: bool = False

    @property
    def response_tokens(self) -> int:
        return len(self.ids) - self.start


@dataclass(frozen=True, slots=True)
class Unscored:
    """A sample that cannot be scored, and why, as a sentence without its full stop."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tokenised:
    """Every sample given, once: as tokens or with the reason why not; order as given."""

    tokens: tuple[Tokens, ...]
    unscored: tuple[Unscored, ...]

    @property
    def by_id(self) -> dict[str, Tokens]:
        return {each.id: each for each in self.tokens}


def tokenise(samples: Iterable[Sample], tokenizer: Any, *, max_tokens: int) -> Tokenised:
    """Turn samples into tokens with the model's chat template.

    A tokenizer without a template (a base model's) gets the messages as paragraphs.

    Args:
        max_tokens: longer samples lose their end; one without a response token left is unscored.

    Raises:
        BadSetting: `max_tokens` leaves no room for a response.
    """
    if max_tokens < 2:
        raise BadSetting(
            "The token limit leaves no room for a response",
            which=f"max tokens {max_tokens}",
            todo="use at least 2, better 1000 or more",
        )
    kept: list[tuple[str, str, str]] = []
    outcome: list[Tokens | Unscored] = []
    for sample in samples:
        text = _texts(sample, tokenizer)
        if isinstance(text, str):
            outcome.append(Unscored(sample.id, text))
        else:
            kept.append((sample.id, *text))
    outcome += _encode(kept, tokenizer, max_tokens)
    return Tokenised(
        tuple(each for each in outcome if isinstance(each, Tokens)),
        tuple(each for each in outcome if isinstance(each, Unscored)),
    )


def tokens_digest(tokens: Iterable[Tokens]) -> str:
    """Return the SHA-256 of what is scored: ids, token ids and where the responses start."""
    total = hashlib.sha256()
    for each in sorted(tokens, key=lambda item: item.id):
        total.update(f"{each.id}\0{each.start}\0{len(each.ids)}\0".encode())
        total.update(each.ids.astype("<i4").tobytes())
    return total.hexdigest()


def _texts(sample: Sample, tokenizer: Any) -> tuple[str, str] | str:
    """Return prompt and response text with the end of the turn, or a reason why not."""
    from jinja2.exceptions import TemplateError

    response = mend(response_text(sample))[0]
    if not response.strip():
        return "it has neither reasoning nor an answer, so there is no response to learn"
    messages = [
        {"role": each["role"], "content": mend(each["content"])[0]}
        for each in prompt_messages(sample)
    ]
    if not tokenizer.chat_template:
        prompt = "\n\n".join(each["content"] for each in messages)
        return f"{tokenizer.bos_token or ''}{prompt}\n\n", response + (tokenizer.eos_token or "")
    answered = [*messages, {"role": "assistant", "content": response}]
    try:
        prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        whole = tokenizer.apply_chat_template(answered, tokenize=False)
    except TemplateError as error:
        return f"the model's chat template refuses the conversation: {error}"
    rest = whole[len(prompt) :] if whole.startswith(prompt) else response
    return prompt, _until_end_of_turn(rest, response, tokenizer)


def _until_end_of_turn(rest: str, response: str, tokenizer: Any) -> str:
    """Return the template's text of a response up to its end-of-turn token, itself included."""
    said = response if rest.startswith(response) else response.strip()
    if not rest.startswith(said):
        return response + (tokenizer.eos_token or "")
    tail = rest[len(said) :]
    specials = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    ends = [tail.find(each) + len(each) for each in specials if each in tail]
    return said + (tail[: min(ends)] if ends else tokenizer.eos_token or "")


def _encode(
    texts: Sequence[tuple[str, str, str]], tokenizer: Any, max_tokens: int
) -> list[Tokens | Unscored]:
    if not texts:
        return []
    prompts = tokenizer([each[1] for each in texts], add_special_tokens=False)["input_ids"]
    responses = tokenizer([each[2] for each in texts], add_special_tokens=False)["input_ids"]
    rows = zip(texts, prompts, responses, strict=True)
    return [_joined(text[0], prompt, response, max_tokens) for text, prompt, response in rows]


def _joined(id: str, prompt: list[int], response: list[int], max_tokens: int) -> Tokens | Unscored:
    if not prompt:
        return Unscored(id, "it has no prompt, so its first response token cannot be predicted")
    if len(prompt) >= max_tokens:
        return Unscored(
            id,
            f"its prompt alone has {len(prompt)} tokens and the limit is {max_tokens}, "
            "so no response token is left",
        )
    ids = np.array(prompt + response, dtype=np.int32)
    return Tokens(id, ids[:max_tokens], len(prompt), cut=len(ids) > max_tokens)
