"""What may pass a door: what was found in texts, and what people decided about it.

The doors are import, export, push and every endpoint. What stops a text at a door is a sure
finding that nobody decided about; what is only likely is listed and passes. Nothing here holds a
found text: a finding is known again by its keyed digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from diq_core.privacy.finder import find
from diq_core.privacy.identifier import WORDS, Identifier, Kind
from diq_core.privacy.tagger import Tagger

Door = Literal["import", "export", "endpoint", "push"]
Ruling = Literal["none", "identifier"]
"""What a person says of a finding: it is no identifier, or it is one."""
Standing = Literal["open", "doubtful", "none", "identifier"]
"""How a finding stands: it stops its text, it is only listed, or a person decided."""

Text = tuple[str, str, str]
"""Whose text (a sample's id, or the name of a file), its field, and the text."""
META = "meta."
"""What the field of a kept column begins with; its number among the sample's follows."""
_BESIDE = (META, "source", "licence")
_WORD_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_.-]+")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """An identifier and whose text holds it.

    Attributes:
        id: of the sample, or the name of a file.
        what: class, field, place and digest.
        box: in an image left, top, right and bottom in pixels; empty in a text.
    """

    id: str
    what: Identifier
    box: tuple[int, ...] = ()


def place_of(found: Finding) -> str:
    """Return where a finding is, as one text that no other finding has."""
    one = found.what
    return json.dumps([found.id, one.field, one.start, one.end, *found.box], ensure_ascii=True)


def look(
    texts: Iterable[tuple[str, str]], *, key: bytes = b"", tagger: Tagger | None = None
) -> Iterator[Identifier]:
    """Yield what is found in (field, text) pairs, in their order.

    Args:
        key: a secret for the digests, see `identifier.digest`.
        tagger: see `finder.find`.
    """
    for name, text in texts:
        yield from find(text, field=name, key=key, tagger=tagger)


def look_labelled(label: str, text: str, *, field: str, key: bytes = b"") -> Iterator[Identifier]:
    """Yield what is found in a text that stands under a label, such as a column's name.

    "00123456" alone is a number; in a column "mrn" it is a medical record number. Places are those
    in `text`.
    """
    before = f"{' '.join(_WORD_EDGE.sub(' ', label).split())}: "
    for one in find(before + text, field=field, key=key):
        if one.end > len(before):
            start = max(0, one.start - len(before))
            yield Identifier(field, start, one.end - len(before), one.kind, one.digest, one.sure)


def stops(one: Identifier) -> bool:
    """Return whether a finding keeps its text from passing while nobody has decided about it.

    A web address or a unique number beside a sample (its source, a kept column) mostly says where
    the sample comes from; it is listed and passes. In a text it stops.
    """
    return one.sure and not (one.kind in ("url", "other") and one.field.startswith(_BESIDE))


def is_own_id(one: Identifier) -> bool:
    """Return whether a finding is but the unique number of the sample itself, such as a UUID."""
    return one.field == "id" and one.kind == "other"


class Decisions:
    """What people decided, by the digest of what was found; the last word stands.

    Attributes:
        key: the secret that the digests are under; where nobody decided anything, none is needed.
    """

    def __init__(self, said: Mapping[str, Ruling] | None = None, key: bytes = b"") -> None:
        self._said, self.key = dict(said or {}), key

    def __len__(self) -> int:
        return len(self._said)

    @property
    def digest(self) -> str:
        """SHA-256 of all of them, as an import names what it was made with."""
        text = json.dumps(sorted(self._said.items()), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def standing(self, one: Identifier, place: str = "") -> Standing:
        """Return how a finding stands.

        Args:
            place: by `place_of`; what an earlier import decided about is known by it.
        """
        said = self._said.get(one.digest) or self._said.get(place)
        return said or ("open" if stops(one) else "doubtful")


@dataclass(slots=True)
class Seen:
    """What a door saw: counts only, however much passes.

    Attributes:
        texts: how many texts were looked at.
        open: class → findings that stop; those that a person called identifiers count here.
        doubtful: class → findings that are listed and pass.
        cleared: findings that a person called no identifiers.
        ids: of what holds the open ones, in their order.
    """

    texts: int = 0
    open: Counter[Kind] = field(default_factory=Counter)
    doubtful: Counter[Kind] = field(default_factory=Counter)
    cleared: int = 0
    ids: dict[str, None] = field(default_factory=dict)

    def note(self, id: str, kind: Kind, standing: Standing) -> None:
        """Count one finding."""
        if standing == "none":
            self.cleared += 1
        elif standing == "doubtful":
            self.doubtful[kind] += 1
        else:
            self.open[kind] += 1
            self.ids[id] = None

    def merge(self, other: Seen) -> None:
        """Add what was seen of the same samples in another form: nothing counts twice."""
        self.texts = max(self.texts, other.texts)
        self.open |= other.open
        self.doubtful |= other.doubtful
        self.cleared = max(self.cleared, other.cleared)
        self.ids |= other.ids

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for a manifest: no text, no id."""
        return {
            "texts": self.texts,
            "open": dict(sorted(self.open.items())),
            "samples": len(self.ids),
            "doubtful": dict(sorted(self.doubtful.items())),
            "cleared": self.cleared,
        }


def look_through(
    texts: Iterable[Text], decisions: Decisions, *, found: Iterable[Finding] = (),
    seen: Seen | None = None,
) -> Seen:  # fmt: skip
    """Look through texts and return what stops them.

    Args:
        found: what was found elsewhere, such as in images; its digests are those of `decisions`.
        seen: what the same door saw before, to be added to.
    """
    seen = Seen() if seen is None else seen
    for each in found:
        seen.note(each.id, each.what.kind, decisions.standing(each.what, place_of(each)))
    for id, name, text in texts:
        seen.texts += 1
        for one in find(text, field=name, key=decisions.key):
            if is_own_id(one):
                continue
            seen.note(id, one.kind, decisions.standing(one))
    return seen


def in_words(kinds: Mapping[Kind, int]) -> str:
    """Return classes with their counts, the most frequent first: "3 × name of a person, …"."""
    order = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count:,} × {WORDS[kind]}" for kind, count in order)


def hidden(text: str, found: Iterable[Identifier]) -> str:
    """Return `text` with the class of each identifier in its place."""
    parts, at = [], 0
    for one in sorted(found, key=lambda each: each.start):
        parts += [text[at : one.start], f"[{WORDS[one.kind]}]"]
        at = one.end
    return "".join([*parts, text[at:]])


def without_identifiers(text: str, label: str = "") -> str:
    """Return `text` as a message or a manifest may hold it: what was found in it is not shown."""
    found = look_labelled(label, text, field="") if label else find(text)
    return hidden(text, found)
