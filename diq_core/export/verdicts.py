"""The clinicians' verdicts that an export was made with: frozen, written beside it, and obeyed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from diq_core.data.sample import Sample
from diq_core.export.facts import ReviewFacts

VERDICTS = "verdicts.jsonl"
CORRECTIONS = "corrections.jsonl"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What people said about the samples of an export, as it stood when the export was made.

    Comments, times and durations are not among it: they say more about people than about samples.

    Attributes:
        head: number and hash of the log's last event, as `diq audit head` prints it.
        form: version of the form that was answered.
        verdicts: one row each: ``id form reviewer machine third_person scales verdict flags
            outcome settled``. ``outcome`` is what all verdicts on the sample come to; models do
            not count in it.
        corrections: one row for each corrected field, ``id applied field original text``, and one
            for each sample that was accepted with edit and keeps its text,
            ``id applied reason``.
        taken_out: ids that were taken out by hand, whatever the selection says.
    """

    head: str
    form: str
    verdicts: tuple[Mapping[str, Any], ...]
    corrections: tuple[Mapping[str, Any], ...]
    taken_out: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, from which `from_dict` makes it again."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Verdicts:
        """Return the verdicts of which `as_dict` made `values`.

        Raises:
            KeyError: something is missing.
        """
        return cls(
            str(values["head"]),
            str(values["form"]),
            *(tuple(values[name]) for name in ("verdicts", "corrections", "taken_out")),
        )

    def only(self, ids: Collection[str]) -> Verdicts:
        """Return what is about these samples."""
        return replace(
            self,
            verdicts=tuple(row for row in self.verdicts if row["id"] in ids),
            corrections=tuple(row for row in self.corrections if row["id"] in ids),
            taken_out=tuple(id for id in self.taken_out if id in ids),
        )

    def without(self, ids: Collection[str]) -> Verdicts:
        """Return what is not about these samples."""
        rows = (*self.verdicts, *self.corrections)
        return self.only({*(row["id"] for row in rows), *self.taken_out} - {*ids})


def corrected(samples: Iterable[Sample], verdicts: Verdicts) -> list[Sample]:
    """Return `samples` with the corrections that are to be applied.

    A corrected answer keeps an option's label only where it names that option; else what was
    written is the whole answer.
    """
    texts: dict[str, dict[str, Any]] = {}
    for row in verdicts.corrections:
        if row["applied"]:
            texts.setdefault(row["id"], {})[row["field"]] = row["text"]
    return [_corrected(sample, texts.get(sample.id, {})) for sample in samples]


def _corrected(sample: Sample, texts: Mapping[str, Any]) -> Sample:
    changed = replace(sample, **texts)
    if not sample.answer_label or "answer" not in texts:
        return changed
    bare = changed.answer.strip().strip("().: ").casefold()
    for option in sample.options:
        if bare == option.label.casefold():
            return replace(changed, answer=option.text, answer_label=option.label)
        starts = changed.answer.startswith(f"{option.label}.")
        if starts or bare == option.text.strip().strip("().: ").casefold():
            return replace(changed, answer_label=option.label)
    return replace(changed, answer_label="")


def write_verdicts(verdicts: Verdicts, folder: Path) -> tuple[str, ...]:
    """Write ``verdicts.jsonl`` and, where there are any, ``corrections.jsonl``; return the names.

    What an earlier, unfinished attempt left in the folder is replaced.
    """
    written = []
    for name, rows in ((VERDICTS, verdicts.verdicts), (CORRECTIONS, verdicts.corrections)):
        (folder / name).unlink(missing_ok=True)
        if rows or name == VERDICTS:
            # Keys sorted: rows that come back from a manifest have lost their order.
            text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
            written.append(name)
    return tuple(written)


def review_facts(verdicts: Verdicts, exported: Sequence[Sample]) -> ReviewFacts:
    """Return what the datasheet says of the verdicts on the exported samples."""
    about = verdicts.only({sample.id for sample in exported})
    people = [row for row in about.verdicts if not row["machine"]]
    outcome = {row["id"]: row["outcome"] for row in people}
    return ReviewFacts(
        samples=len(outcome),
        people=len({row["reviewer"] for row in people}),
        verdicts=len(people),
        machine_verdicts=len(about.verdicts) - len(people),
        settled=len({row["id"] for row in people if row["settled"]}),
        rejected=sum(what == "rejected" for what in outcome.values()),
        undecided=sum(what == "undecided" for what in outcome.values()),
        taken_out=len(about.taken_out),
        corrected=len({row["id"] for row in about.corrections if row["applied"]}),
        not_corrected=sum(not row["applied"] for row in about.corrections),
        form=about.form,
        head=about.head,
    )
