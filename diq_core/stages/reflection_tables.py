"""What is kept of a search: every attempt with its branch, and the accepted chains as samples."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from shutil import copyfile
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import ReflectSettings
from diq_core.data.sample import Sample
from diq_core.reflection.chain import BRANCHES, Found, Link, Step, entropy_of
from diq_core.review.log.canonical import digest
from diq_core.stages.joining import IMAGES, image_file

ATTEMPTS, OUTCOMES, ACCEPTED = "attempts.parquet", "outcomes.parquet", "accepted.jsonl"
REFLECTION = "reflection"
"""Name of the column, and of the entry among a sample's further facts, that says how its chain was
found."""

_STEP = pa.schema(
    {"id": pa.string(), "number": pa.int32(), "attempt": pa.int32(), "correction": pa.int32(),
     "strategy": pa.string(), "thinking": pa.list_(pa.string()), "conclusion": pa.string(),
     "verification": pa.string(), "outcome": pa.string(), "judged_by": pa.string(),
     "way": pa.string(), "reason": pa.string(), "model": pa.string(), "requests": pa.int32(),
     "prompt_tokens": pa.int64(), "tokens": pa.int64(), "entropy": pa.float32()}
)  # fmt: skip
_OUTCOME = pa.schema(
    {"id": pa.string(), "branch": pa.string(), "reason": pa.string(), "attempt": pa.int32(),
     "correction": pa.int32(), "chain": pa.string()}
)  # fmt: skip


def write_tables(folder: Path, found: Mapping[str, Found], unasked: Mapping[str, str]) -> None:
    """Write a row for each step and one for each sample; of what nothing was asked, the reason."""
    steps = [
        {"id": id, "number": number, **_step_row(step)}
        for id, each in found.items()
        for number, step in enumerate(each.steps)
    ]
    rows = [{"id": id, **_outcome_row(each)} for id, each in found.items()]
    rows += [{"id": id, "reason": reason} for id, reason in sorted(unasked.items())]
    pq.write_table(pa.Table.from_pylist(steps, _STEP), folder / ATTEMPTS)
    pq.write_table(pa.Table.from_pylist(rows, _OUTCOME), folder / OUTCOMES)


def _step_row(step: Step) -> dict[str, Any]:
    said, link = step.said, step.link
    thinking, conclusion = _words(step)
    counted = [each.tokens for each in said.replies if each.tokens is not None]
    read = [each.prompt_tokens for each in said.replies if each.prompt_tokens is not None]
    return {
        "attempt": step.attempt,
        "correction": step.correction,
        "strategy": step.strategy,
        "thinking": thinking,
        "conclusion": conclusion,
        "verification": link.verification if link else None,
        "outcome": step.judged.outcome if step.judged else None,
        "judged_by": (step.judged.by or None) if step.judged else None,
        "way": said.way or None,
        "reason": said.reason or None,
        "model": said.replies[-1].model if said.replies else None,
        "requests": len(said.replies),
        "prompt_tokens": sum(read) if read else None,
        "tokens": sum(counted) if counted else None,
        "entropy": entropy_of(said) if step.strategy == "answer" else None,
    }


def _words(step: Step) -> tuple[list[str] | None, str | None]:
    if step.link:
        return list(step.link.thinking), step.link.conclusion
    values = step.said.values or {}
    thinking = values.get("thinking")
    return [thinking] if thinking else None, values.get("answer")


def _outcome_row(found: Found) -> dict[str, Any]:
    last = found.steps[-1]
    return {
        "branch": found.branch,
        "reason": None if found.is_accepted else BRANCHES[found.branch],
        "attempt": last.attempt,
        "correction": last.correction,
        "chain": chain_digest(found.chain) if found.chain else None,
    }


def chain_digest(chain: Sequence[Link]) -> str:
    """Return the SHA-256 of the links of a chain."""
    return digest([asdict(each) for each in chain])


def write_accepted(
    folder: Path,
    found: Mapping[str, Found],
    samples: Sequence[Sample],
    dataset: Artefact,
    settings: ReflectSettings,
) -> int:
    """Write the accepted chains as samples, with their images beside; return how many there are.

    Aided ones are among them only where the settings say so.
    """
    taken = {id: each for id, each in found.items()
             if each.is_accepted and (settings.aided or each.branch != "aided")}  # fmt: skip
    rows = [_row(sample, taken[sample.id], dataset, settings)
            for sample in samples if sample.id in taken]  # fmt: skip
    shown = sorted({name for sample in samples if sample.id in taken for name in sample.images})
    for name in shown:
        target = folder / IMAGES / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copyfile(image_file(dataset, name), target)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / ACCEPTED).write_text(text, encoding="utf-8", newline="\n")
    return len(rows)


def _row(
    sample: Sample, found: Found, dataset: Artefact, settings: ReflectSettings
) -> dict[str, Any]:
    """Return a sample with its new reasoning, in our own format, and how that was found.

    It gets an id of its own, since another text is another sample: nothing that was judged or
    measured of the old one holds for it.
    """
    last = found.steps[-1]
    kept = {name: value for name, value in asdict(sample).items() if value and name in _KEPT}
    return {
        **kept,
        "options": {each.label: each.text for each in sample.options},
        "images": [f"{IMAGES}/{name}" for name in sample.images],
        "reasoning": found.thinking,
        "answer": sample.answer if sample.options else found.answer,
        "reasoning_origin": f"machine: {settings.model}, reflective chain",
        REFLECTION: {
            "of": sample.id, "dataset": dataset.digest, "teacher": settings.model,
            "branch": found.branch, "attempt": last.attempt, "correction": last.correction,
            "requests": len(found.steps), "chain": chain_digest(found.chain),
        },
    }  # fmt: skip


_KEPT = ("question", "answer_label", "context", "system", "history", "source", "subject", "licence")
