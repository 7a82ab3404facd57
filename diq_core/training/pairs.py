"""Pairs of a right and a wrong response to the same question, for preference training.

A pairs file is TRL's conversational preference format, one object a line: ``id``, ``prompt``
(messages), ``chosen`` and ``rejected`` (one assistant message each). Foreign files with the same
three columns, as messages or as plain text, are read as they are.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diq_core.data.images import ImageProblem, ImageStore
from diq_core.data.readers import read_rows
from diq_core.data.readers.row import Row
from diq_core.data.sample import Sample, Turn, prompt_messages, question_text, response_text
from diq_core.errors import BadFile, BadSetting
from diq_core.export.records import IMAGE_FOLDER
from diq_core.models.sight import Sight
from diq_core.models.tokens import Tokens, tokenise
from diq_core.scratch import Scratch
from diq_core.training.data import Dropped


@dataclass(frozen=True)
class Pair:
    """Two samples that ask the same: one with the response to prefer, one with the other."""

    chosen: Sample
    rejected: Sample

    @property
    def id(self) -> str:
        return self.chosen.id


@dataclass(frozen=True)
class Pairs:
    """Every pair that was found, why the rest is none, and what holds their images."""

    pairs: tuple[Pair, ...]
    dropped: tuple[Dropped, ...]
    pictures: Scratch | None = None


@dataclass(frozen=True, eq=False, slots=True)
class PairTokens:
    """One tokenised pair; both begin with the same prompt."""

    id: str
    chosen: Tokens
    rejected: Tokens

    @property
    def response_tokens(self) -> int:
        return self.chosen.response_tokens + self.rejected.response_tokens


def match_pairs(right: Iterable[Sample], wrong: Iterable[Sample]) -> Pairs:
    """Return one pair for each wrong sample whose question a right sample asks too.

    Questions are the same when context, question, options and images are, but for white space and
    case of their text.
    Of several right samples with one question, the first by id is taken.
    """
    known: dict[tuple[str, ...], Sample] = {}
    for sample in sorted(right, key=lambda each: each.id):
        known.setdefault(_key(sample), sample)
    pairs, dropped = [], []
    for bad in wrong:
        good = known.get(_key(bad))
        reason = _obstacle(good, bad)
        if reason or good is None:
            dropped.append(Dropped(bad.id, bad.line, reason))
        else:
            pairs.append(Pair(replace(good, id=bad.id), _asked_alike(bad, good)))
    return Pairs(tuple(pairs), tuple(dropped))


def write_pairs(pairs: Sequence[Pair], path: Path, pictures: Path | None = None) -> None:
    """Write a pairs file, and the images of its pairs in a folder beside it; the same pairs give
    the same bytes.

    Args:
        pictures: the folder of the samples' images.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for pair in pairs:
            row: dict[str, Any] = {
                "id": pair.id,
                "prompt": prompt_messages(pair.chosen),
                "chosen": [{"role": "assistant", "content": response_text(pair.chosen)}],
                "rejected": [{"role": "assistant", "content": response_text(pair.rejected)}],
            }
            if pictures and pair.chosen.images:
                row["images"] = [f"{IMAGE_FOLDER}/{name}" for name in pair.chosen.images]
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    for name in sorted({name for pair in pairs for name in pair.chosen.images} if pictures else ()):
        assert pictures is not None
        (path.parent / IMAGE_FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(pictures / name, path.parent / IMAGE_FOLDER / name)


def read_pairs(source: str | Path) -> Pairs:
    """Return the pairs of a file, folder or hub id with prompt, chosen and rejected.

    Raises:
        NotFound: there is no such thing.
        BadFile: no row holds a pair; says the reason for the first.
    """
    pairs, dropped, pictures = [], [], Scratch()
    place = Path(source)
    store = ImageStore(place if place.is_dir() else place.parent, pictures.path)
    for number, item in enumerate(read_rows(source), 1):
        if not isinstance(item, Row):
            if item.severity == "error":
                dropped.append(Dropped("", item.line, item.message))
            continue
        pair = _pair(item, number, store)
        if isinstance(pair, str):
            dropped.append(Dropped(str(item.values.get("id") or ""), item.line, pair))
        else:
            pairs.append(pair)
    if not pairs:
        first = dropped[0].reason if dropped else "the file has no rows"
        raise BadFile(
            f"The file holds no preference pair: {first}",
            which=Path(source).name,
            todo="give a file with prompt, chosen and rejected; diq pairs makes one",
        )
    return Pairs(tuple(pairs), tuple(dropped), pictures)


def tokenise_pairs(
    pairs: Pairs, tokenizer: Any, *, max_tokens: int, sight: Sight | None = None
) -> tuple[list[PairTokens], list[Dropped]]:
    """Return the pairs as tokens, by id, and everything dropped so far.

    Raises:
        BadSetting: no pair is left.
    """
    good = tokenise(
        [each.chosen for each in pairs.pairs], tokenizer, max_tokens=max_tokens, sight=sight
    )
    bad = tokenise(
        [each.rejected for each in pairs.pairs], tokenizer, max_tokens=max_tokens, sight=sight
    )
    chosen, rejected = good.by_id, bad.by_id
    why = {each.id: each.reason for each in (*good.unscored, *bad.unscored)}
    kept = [PairTokens(id, chosen[id], rejected[id]) for id in sorted(chosen) if id in rejected]
    dropped = [*pairs.dropped, *(Dropped(id, 0, reason) for id, reason in sorted(why.items()))]
    if not kept:
        raise BadSetting(
            f"Nothing is left to learn from: all {len(dropped)} pairs were dropped; the first "
            f"because {dropped[0].reason}",
            which="pairs",
            todo="raise the token limit, or give other pairs",
        )
    return kept, dropped


def _asked_alike(bad: Sample, good: Sample) -> Sample:
    """Return `bad` with the very words of `good`'s question: a pair has one prompt."""
    return replace(
        bad,
        question=good.question,
        context=good.context,
        options=good.options,
        system=good.system,
        history=good.history,
        tool_turns=good.tool_turns,
        images=good.images,
        image_places=good.image_places,
    )


def _key(sample: Sample) -> tuple[str, ...]:
    return " ".join(question_text(sample).casefold().split()), *sample.images


def _obstacle(good: Sample | None, bad: Sample) -> str:
    if good is None:
        return "no right sample asks the same question"
    if not response_text(bad).strip() or not response_text(good).strip():
        return "one of the two has no response"
    if bad.answer_label and bad.answer_label == good.answer_label:
        return "its answer is the right one"
    if response_text(bad) == response_text(good):
        return "both responses are the same text"
    return ""


def _pair(row: Row, number: int, store: ImageStore) -> Pair | str:
    values = row.values
    missing = [name for name in ("chosen", "rejected") if not values.get(name)]
    if missing:
        return f"it has no {' and no '.join(missing)} response"
    id = str(values.get("id") or f"pair-{number:06d}")
    prompt = _messages(values.get("prompt"), "user")
    chosen, rejected = (_messages(values[name], "assistant") for name in ("chosen", "rejected"))
    if not prompt:
        # Whole conversations that differ in their last message only.
        prompt, chosen, rejected = chosen[:-1], chosen[-1:], rejected[-1:]
    if not prompt or prompt[-1]["role"] != "user":
        return "it has no prompt that ends with a question"
    if chosen == rejected:
        return "both responses are the same text"
    try:
        images = tuple(map(store.add, _images(values.get("images") or values.get("image"))))
    except ImageProblem as error:
        return f"an image of it cannot be read: {error}"
    asked = Sample(
        id=id,
        question=prompt[-1]["content"],
        system=prompt[0]["content"] if prompt[0]["role"] == "system" else "",
        history=tuple(
            Turn(each["role"], each["content"]) for each in prompt[:-1] if each["role"] != "system"
        ),
        images=images,
        line=row.line,
    )
    return Pair(
        replace(asked, answer=chosen[-1]["content"]),
        replace(asked, answer=rejected[-1]["content"]),
    )


def _messages(value: Any, role: str) -> list[dict[str, str]]:
    if isinstance(value, str):
        return [{"role": role, "content": value}] if value.strip() else []
    if not isinstance(value, list):
        return []
    return [
        {"role": str(each.get("role")), "content": _text(each.get("content"))}
        for each in value
        if isinstance(each, dict)
    ]


def _text(content: Any) -> str:
    """Return the text of a message's content, which is text or parts of it beside images."""
    if not isinstance(content, list):
        return str(content or "")
    parts = (part.get("text") for part in content if isinstance(part, dict))
    return "\n".join(str(part) for part in parts if part)


def _images(value: Any) -> list[Any]:
    """Return the images of a row, which stand as one or as a list."""
    return value if isinstance(value, list) else [value] if value else []
