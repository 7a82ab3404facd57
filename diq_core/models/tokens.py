"""Samples as tokens: the very text that is trained on, with its response marked.

A score must belong to the text that is trained on. So the text is what the model's own chat
template makes of a sample (`chat`), in which marks inside a text are no control tokens (`marks`);
the response mask covers the response and the
end-of-turn token that closes it, as in supervised fine-tuning; and what is too long is cut at
its end, as TRL does. What follows the end-of-turn token in the template (often a line break) is
left out: the model never has to write it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.data.answering import HEADINGS, Style
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.models.chat import Chat, Written, common_length
from diq_core.models.sight import Seen, Sight

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Tokens:
    """One tokenised sample.

    Attributes:
        ids: int32, prompt then response.
        start: index of the first response token; at least 1, less than ``len(ids)``.
        cut: the response was too long and lost its end.
        seen: the images of the prompt; None = none are shown.
    """

    id: str
    ids: NDArray[np.int32]
    start: int
    cut: bool = False
    seen: Seen | None = None

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
    """Every sample given, once: as tokens or with the reason why not; order as given.

    Attributes:
        style: where the reasoning went.
        split: ids of samples whose text held control tokens of the model, read as plain signs.
    """

    tokens: tuple[Tokens, ...]
    unscored: tuple[Unscored, ...]
    style: Style = HEADINGS
    split: tuple[str, ...] = ()

    @property
    def by_id(self) -> dict[str, Tokens]:
        return {each.id: each for each in self.tokens}


def tokenise(
    samples: Iterable[Sample],
    tokenizer: Any,
    *,
    max_tokens: int,
    chat: Chat | None = None,
    sight: Sight | None = None,
) -> Tokenised:
    """Turn samples into tokens with the model's chat template.

    A tokenizer without a template (a base model's) gets the messages as paragraphs.

    Args:
        max_tokens: longer samples lose their end; one without a response token left is unscored.
        chat: how samples are written; default: with headings (see `chat`).
        sight: shows the model the images of samples; None = they are passed over.

    Raises:
        BadSetting: `max_tokens` leaves no room for a response.
    """
    if max_tokens < 2:
        raise BadSetting(
            "The token limit leaves no room for a response",
            which=f"max tokens {max_tokens}",
            todo="use at least 2, better 1000 or more",
        )
    chat = chat or Chat(tokenizer)
    kept: list[_Spelled] = []
    outcome: list[Tokens | Unscored] = []
    for sample in samples:
        spelled = _spelled(sample, chat, sight)
        if isinstance(spelled, str):
            outcome.append(Unscored(sample.id, spelled))
        else:
            kept.append(spelled)
    outcome += _encode(kept, chat, max_tokens)
    return Tokenised(
        tuple(each for each in outcome if isinstance(each, Tokens)),
        tuple(each for each in outcome if isinstance(each, Unscored)),
        chat.style,
        tuple(each.id for each in kept if each.written.was_broken),
    )


def tokens_digest(tokens: Iterable[Tokens]) -> str:
    """Return the SHA-256 of what is scored: ids, token ids, where the responses start, images."""
    total = hashlib.sha256()
    for each in sorted(tokens, key=lambda item: item.id):
        total.update(f"{each.id}\0{each.start}\0{len(each.ids)}\0".encode())
        total.update(each.ids.astype("<i4").tobytes())
        if each.seen is not None:
            total.update("\0".join(each.seen.keys).encode())
    return total.hexdigest()


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A sample as text, its images spelled out in the prompt."""

    id: str
    written: Written
    seen: Seen | None


def _spelled(sample: Sample, chat: Chat, sight: Sight | None) -> _Spelled | str:
    """Return a sample as text, or why it cannot be written or shown, as a clause."""
    written = chat.write(sample, images=sight is not None)
    if isinstance(written, str) or sight is None or not sample.images:
        return written if isinstance(written, str) else _Spelled(sample.id, written, None)
    looked = sight.look(written.prompt, sample.images, written.alone)
    if isinstance(looked, str):
        return looked
    prompt, seen = looked
    return _Spelled(sample.id, replace(written, prompt=prompt), seen)


def _encode(texts: Sequence[_Spelled], chat: Chat, max_tokens: int) -> list[Tokens | Unscored]:
    """Return the whole texts as tokens; a response begins where they leave the prompt's tokens.

    That is how TRL's trainer divides them, so both learn from the same tokens.
    """
    written = [each.written for each in texts]
    prompts = chat.marks.encode([each.prompt for each in written])
    wholes = chat.marks.encode([each.prompt + each.response for each in written])
    return [
        _divided(each, prompt, whole, max_tokens)
        for each, prompt, whole in zip(texts, prompts, wholes, strict=True)
    ]


def _divided(
    text: _Spelled, prompt: list[int] | None, whole: list[int] | None, max_tokens: int
) -> Tokens | Unscored:
    if prompt is None or whole is None:
        return Unscored(text.id, "its text would become control tokens of this model")
    start = common_length(prompt, whole)
    return _joined(text, whole[:start], whole[start:], max_tokens)


def _joined(
    text: _Spelled, prompt: list[int], response: list[int], max_tokens: int
) -> Tokens | Unscored:
    if not prompt:
        return Unscored(
            text.id, "it has no prompt, so its first response token cannot be predicted"
        )
    if len(prompt) >= max_tokens:
        shown = f", {text.seen.image_tokens} of them for its images," if text.seen else ""
        return Unscored(
            text.id,
            f"its prompt alone has {len(prompt)} tokens{shown} and the limit is {max_tokens}, "
            "so no response token is left",
        )
    ids = np.array(prompt + response, dtype=np.int32)
    return Tokens(text.id, ids[:max_tokens], len(prompt), len(ids) > max_tokens, text.seen)
