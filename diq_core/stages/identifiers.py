"""The gate at the door "import": what every sample holds that may tell who a patient is.

What is kept of it is ``identifiers.parquet`` in the dataset: whose, field, place, class, whether it
is sure and a digest, never the text. The digests are keyed with the samples themselves, so the
same import gives the same bytes, and whoever has the table alone cannot try out names against it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from diq_core.artefact import Artefact
from diq_core.data.findings import Finding as Problem
from diq_core.data.findings import about
from diq_core.data.redrawing import as_seen
from diq_core.data.sample import Sample
from diq_core.errors import UserError
from diq_core.privacy.gate import (
    META,
    Decisions,
    Finding,
    Seen,
    in_words,
    is_own_id,
    look,
    look_labelled,
    place_of,
    without_identifiers,
)
from diq_core.privacy.identifier import Identifier, Kind, digest
from diq_core.privacy.tagger import Tagger
from diq_core.stages.joining import load_table

IDENTIFIERS = "identifiers.parquet"
NOT_INSTALLED = "the extra 'privacy' is not installed"
NOT_WANTED = "it was not asked for (--read-images)"
_SMALLEST = 9
"""Pixels of the lower side of an image in which a letter can be read."""


def fields_of(sample: Sample) -> Iterator[tuple[str, str, str]]:
    """Yield (field, label, text) of everything a sample holds in words, its kept columns too.

    A kept column is named by its number, since its name comes from the file; the name is its label.
    """
    for name in ("question", "answer", "reasoning", "context", "system"):
        yield name, "", getattr(sample, name)
    for number, option in enumerate(sample.options):
        yield f"options.{number}", "", option.text
    for number, turn in enumerate(sample.history):
        yield f"history.{number}", "", turn.content
    for number, turn in enumerate(sample.tool_turns):
        yield f"tool_turns.{number}", "", turn.content
    for number, text in enumerate(sample.frame):
        yield f"frame.{number}", "", text
    for name in ("id", "source", "subject", "licence"):
        yield name, "", getattr(sample, name)
    for number, (label, text) in enumerate(leaves("", sample.meta)):
        yield f"{META}{number}", label, text


def leaves(label: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield (nearest name, text) of every value inside lists and objects."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves(str(key), each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from leaves(label, each)
    elif value not in (None, "") and not isinstance(value, bool):
        yield label, str(value)


def look_at(
    sample: Sample, *, key: bytes = b"", tagger: Tagger | None = None
) -> Iterator[Identifier]:
    """Yield what may tell who a patient is in a sample, field by field."""
    for name, label, text in fields_of(sample):
        if label:
            yield from look_labelled(label, text, field=name, key=key)
        elif text:
            found = look(((name, text),), key=key, tagger=tagger)
            yield from (one for one in found if not is_own_id(one))


class Images:
    """Reads the text in images, each image once.

    Attributes:
        why_not: why they are not read; "" = they are.
        read: how many were.
    """

    def __init__(self, folder: Path, *, wanted: bool) -> None:
        self._folder, self._known = folder, dict[str, list[Finding]]()
        self.why_not = "" if wanted else NOT_WANTED
        if wanted and not can_read_images():
            self.why_not = NOT_INSTALLED
        self.read = 0

    def look_at(self, sample: Sample, key: bytes = b"") -> Iterator[Finding]:
        """Yield what is drawn into a sample's images; all of it is to be looked at by a person."""
        for number, name in enumerate(() if self.why_not else sample.images):
            if name not in self._known:
                self._known[name] = self._look(name, key)
            for each in self._known[name]:
                yield replace(each, id=sample.id, what=replace(each.what, field=f"images.{number}"))

    def _look(self, name: str, key: bytes) -> list[Finding]:
        from diq_core.privacy.pictures import find_in_image

        try:
            # As a person sees it: plainly converted, 16 bits of grey are white, text and all.
            image = as_seen((self._folder / name).read_bytes())
            boxes = find_in_image(image) if min(image.size) >= _SMALLEST else []
        except Exception:  # noqa: BLE001
            # A damaged image, which the import says of it, or one that breaks the reader.
            return []
        self.read += 1
        found = []
        for box in boxes:
            kind: Kind = box.kinds[0] if box.kinds else "other"
            place = (box.left, box.top, box.right, box.bottom)
            one = Identifier("", 0, 0, kind, box_digest(name, place, key), bool(box.kinds))
            found.append(Finding("", one, place))
        return found


def box_digest(image: str, box: tuple[int, ...], key: bytes) -> str:
    """Return by what a place in an image is known again: the same picture has the same name."""
    return digest(f"{image} {box}", key)


def image_of(images: Sequence[str], one: Identifier) -> str:
    """Return the name of the image that a finding is in; "" = there is no such image."""
    number = one.field.rpartition(".")[2]
    return images[int(number)] if number.isdecimal() and int(number) < len(images) else ""


def findings_in(dataset: Artefact) -> list[Finding] | None:
    """Return what an import found, in its order; None = it looked for nothing."""
    if "identifiers" not in dataset.manifest["facts"]:
        return None
    if not dataset.holds(IDENTIFIERS):
        return []
    rows = load_table(dataset, IDENTIFIERS, _SCHEMA.names).to_pylist()
    return [
        Finding(row.pop("id"), box=tuple(row.pop("box")), what=Identifier(**row)) for row in rows
    ]


def can_read_images() -> bool:
    """Return whether what reads text in images is installed."""
    return all(importlib.util.find_spec(each) for each in ("rapidocr", "onnxruntime"))


class Gate:
    """Looks at each sample as it is imported, and keeps where something was found.

    Args:
        decisions: what people decided so far.
        images: where the images lie.
        exclude: whether what stops a sample leaves it out, or is only reported.
    """

    def __init__(
        self, decisions: Decisions, images: Images, *, exclude: bool = True,
        tagger: Tagger | None = None,
    ) -> None:  # fmt: skip
        self._decisions, self._images, self._exclude = decisions, images, exclude
        self._tagger = tagger
        self._found: list[Finding] = []
        self._ruled: dict[str, str] = {}
        self._content = hashlib.sha256(b"identifiers of")
        self._named: set[str] = set()
        self.seen = Seen()

    def look_at(self, sample: Sample) -> list[Problem]:
        """Look at one sample and return what is to be said of it."""
        stopped: dict[Kind, int] = {}
        listed: dict[Kind, int] = {}
        self._content.update(sample.question.encode("utf-8", "surrogatepass"))
        self._content.update(sample.answer.encode("utf-8", "surrogatepass"))
        self.seen.texts += 1
        for found in self._all(sample):
            one, place = found.what, place_of(found)
            standing = self._decisions.standing(one, place)
            self.seen.note(sample.id, one.kind, standing)
            if standing in ("none", "identifier"):
                self._ruled[place] = standing
            if standing != "none":
                counted = listed if standing == "doubtful" else stopped
                counted[one.kind] = counted.get(one.kind, 0) + 1
                self._named.add(sample.id)
            self._found.append(found)
        return [*self._problems(sample, stopped, listed)]

    def _all(self, sample: Sample) -> Iterator[Finding]:
        key = self._decisions.key
        for one in look_at(sample, key=key, tagger=self._tagger):
            yield Finding(sample.id, one)
        yield from self._images.look_at(sample, key)

    def _problems(
        self, sample: Sample, stopped: Mapping[Kind, int], listed: Mapping[Kind, int]
    ) -> Iterator[Problem]:
        if stopped:
            rule = "identifier" if self._exclude else "identifier-kept"
            message = f"It may tell who a patient is: {in_words(stopped)}"
            hint = "decide about it in the view Identifiers of the dataset, or with diq identifiers"
            yield about(sample, rule, message, hint=hint)
        if listed:
            message = f"It may hold an identifier, and stays in: {in_words(listed)}"
            hint = "look at it, and call it one if it is"
            yield about(sample, "identifier-doubtful", message, hint=hint)

    @property
    def found_any(self) -> bool:
        """Whether there is anything to keep."""
        return bool(self._found)

    def table(self, samples: Iterable[Sample]) -> pa.Table:
        """Return what was found as a table, digests keyed with the samples."""
        key, ids = self._content.digest(), {found.id for found in self._found}
        texts = {
            (sample.id, name): text
            for sample in samples if sample.id in ids
            for name, _, text in fields_of(sample)
        }  # fmt: skip
        return identifiers_table(
            replace(found, what=replace(found.what, digest=_keyed(found, texts, key)))
            for found in self._found
        )

    def facts(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        images = {"read": self._images.read, "not_read_because": self._images.why_not}
        return {**self.seen.as_dict(), "images": images, "decided": dict(sorted(
            self._ruled.items()
        ))}  # fmt: skip

    def hide(self, sample: str, message: str) -> str:
        """Return a message about a sample without what was found in it."""
        return without_identifiers(message) if not sample or sample in self._named else message


def _keyed(found: Finding, texts: Mapping[tuple[str, str], str], key: bytes) -> str:
    one = found.what
    if found.box:
        return digest(f"{one.digest} {found.box}", key)
    return digest(texts[found.id, one.field][one.start : one.end], key)


def identifiers_table(found: Iterable[Finding]) -> pa.Table:
    """Return findings as a table, one row each, in their order."""
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    for each in found:
        for name in ("field", "start", "end", "kind", "sure", "digest"):
            columns[name].append(getattr(each.what, name))
        columns["id"].append(each.id)
        columns["box"].append(list(each.box))
    return pa.table(columns, schema=_SCHEMA)


_SCHEMA = pa.schema(
    [
        ("id", pa.string()), ("field", pa.string()), ("start", pa.int64()), ("end", pa.int64()),
        ("kind", pa.string()), ("sure", pa.bool_()), ("digest", pa.string()),
        ("box", pa.list_(pa.int64())),
    ]
)  # fmt: skip


def without_found(error: UserError) -> UserError:
    """Return an error without the texts that it quotes from a file, as a job's record keeps it."""
    UserError.__init__(
        error, without_identifiers(error.what), which=error.which,
        todo=without_identifiers(error.todo),
    )  # fmt: skip
    return error
