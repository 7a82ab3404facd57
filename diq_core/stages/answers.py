"""Set two models' written answers side by side: two evaluations in, pairs of answers out.

The answers are those that `diq evaluate --scorings generated` kept. A pair is made once; a machine
judge and clinicians are then asked about the very same pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import PairSettings
from diq_core.data.formats.thinking import split_thinking
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples, samples_table
from diq_core.draft import Draft, begin
from diq_core.errors import BadSetting
from diq_core.evaluation.questions import benchmark_names, read_benchmark
from diq_core.jobs.progress import Progress
from diq_core.quality.requests import Pair
from diq_core.review.queue.ordering import lot
from diq_core.stages.evaluation import ANSWERS
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.stages.sources import source_reference
from diq_core.study import Study

PAIRS = "pairs.parquet"
NOT_DRAWN = "not drawn"
_SCHEMA = pa.schema(
    {name: pa.string() for name in ("pair", "benchmark", "id", "first", "second", "reason")}
)
"""Columns of ``pairs.parquet``: the pair's name (tells nothing about its models), the question,
the references of both answers (ids in ``samples.parquet``), and why there is no pair."""


def run(
    study: Study,
    name: str,
    settings: PairSettings,
    progress: Progress,
    *,
    first: Artefact,
    second: Artefact,
    benchmarks: Sequence[str],
) -> Artefact:
    """Write ``samples.parquet`` (each model's answers as samples) and ``pairs.parquet``: every
    question of the benchmarks that either was asked, with the reason where there is no pair.

    Args:
        first, second: evaluations with written answers.
        benchmarks: the question files that both were made with.

    Raises:
        BadSetting: an evaluation has no written answers, it is the same one twice, a file is not
            the one an evaluation was made with, or no pair is left.
    """
    names = benchmark_names(benchmarks)
    _check(first, second)
    references = {
        f"benchmark {each}": source_reference(source)
        for each, source in zip(names, benchmarks, strict=True)
    }
    for evaluation in (first, second):
        for role, reference in references.items():
            _check_file(evaluation, role, reference)
    draft = begin(
        study.folder("answers", name),
        kind="answers",
        settings=settings.model_dump(mode="json"),
        inputs={
            "first": study.reference(first),
            "second": study.reference(second),
            **references,
        },
    )
    if not isinstance(draft, Draft):
        return draft
    progress.say("Reading the questions and the answers")
    questions = {
        (each, question.id): question.sample
        for each, source in zip(names, benchmarks, strict=True)
        for question in read_benchmark(source).questions
    }
    rows, samples = _paired(questions, first, second)
    rows = _drawn(rows, settings)
    kept = {ref for row in rows if row["reason"] is None for ref in (row["first"], row["second"])}
    if not kept:
        raise BadSetting(
            f"There is no question to which both wrote an answer; the first: {rows[0]['reason']}"
            if rows
            else "Neither evaluation has a written answer to a question of these files",
            which=f"{first.name}, {second.name}",
            todo="evaluate both with --scorings generated on the same questions",
        )
    pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), draft.path / PAIRS)
    pq.write_table(samples_table([one for one in samples if one.id in kept]), draft.path / SAMPLES)
    reasons = Counter(row["reason"] for row in rows if row["reason"])
    return draft.finish(
        counts={"pairs": len(kept) // 2, "no_pair": sum(reasons.values()),
                "reasons": dict(sorted(reasons.items()))},
        facts={"first": _facts(first), "second": _facts(second)},
    )  # fmt: skip


def load_pairs(answers: Artefact) -> list[Pair]:
    """Return the pairs of an artefact that `run` made, in its order."""
    rows = load_table(answers, PAIRS).to_pylist()
    samples = {one.id: one for one in load_samples(load_table(answers, SAMPLES))}
    return [
        Pair(
            row["pair"],
            f"{row['benchmark']}/{row['id']}",
            samples[row["first"]],
            samples[row["second"]],
        )
        for row in rows
        if row["reason"] is None
    ]


def _paired(
    questions: Mapping[tuple[str, str], Sample], first: Artefact, second: Artefact
) -> tuple[list[dict[str, str | None]], list[Sample]]:
    """Return one row for each question that either was asked, and all answers as samples."""
    written = {one.name: _written(one) for one in (first, second)}
    rows: list[dict[str, str | None]] = []
    samples: list[Sample] = []
    for place, question in questions.items():
        texts = {name: answers[place] for name, answers in written.items() if place in answers}
        if not texts:
            continue
        benchmark, id = place
        answers = [_answer(question, name, benchmark, texts.get(name) or "") for name in written]
        row: dict[str, str | None] = {
            "pair": None, "benchmark": benchmark, "id": id,
            "first": answers[0].id, "second": answers[1].id,
            "reason": _why_not(written, texts),
        }  # fmt: skip
        if row["reason"] is None:
            row["pair"] = _name(*answers)
            samples += answers
        rows.append(row)
    return rows, samples


def _why_not(
    written: Mapping[str, Mapping[tuple[str, str], str | None]], texts: Mapping[str, str | None]
) -> str | None:
    for name in written:
        if name not in texts:
            return f"{name} was not asked"
        if not (texts[name] or "").strip():
            return f"{name} wrote nothing"
    return None


def _written(evaluation: Artefact) -> dict[tuple[str, str], str | None]:
    table = load_table(evaluation, ANSWERS, ["benchmark", "id", "scoring", "text"])
    table = table.filter(pc.equal(table["scoring"], "generated"))
    columns = (table[name].to_pylist() for name in ("benchmark", "id", "text"))
    return {(benchmark, id): text for benchmark, id, text in zip(*columns, strict=True)}


def _answer(question: Sample, model: str, benchmark: str, text: str) -> Sample:
    reasoning, answer, _ = split_thinking(text)
    # What stands before the colon is what results call the side; a reviewer never sees it.
    return replace(
        question, id=f"{model}:{benchmark}/{question.id}", reasoning=reasoning, answer=answer,
        answer_label="", source=benchmark, meta={},
    )  # fmt: skip


def _name(first: Sample, second: Sample) -> str:
    texts = [part for one in (first, second) for part in (one.id, one.reasoning, one.answer)]
    return "pair-" + lot(0, "answers", *texts).hex()[:16]


def _drawn(
    rows: Sequence[dict[str, str | None]], settings: PairSettings
) -> list[dict[str, str | None]]:
    usable = [row for row in rows if row["reason"] is None]
    if settings.limit is None or settings.limit >= len(usable):
        return list(rows)
    order = sorted(
        usable, key=lambda row: lot(settings.seed, "answers", f"{row['benchmark']}/{row['id']}")
    )
    drawn = {row["pair"] for row in order[: settings.limit]}
    return [
        row if row["reason"] or row["pair"] in drawn else row | {"reason": NOT_DRAWN}
        for row in rows
    ]


def _check(first: Artefact, second: Artefact) -> None:
    if first.name == second.name:
        raise BadSetting(
            "An evaluation cannot be compared with itself",
            which=first.name,
            todo="name two evaluations, with --first and --second",
        )
    for one in (first, second):
        if "generated" not in one.settings.get("scorings", ()):
            raise BadSetting(
                "This evaluation has no written answers",
                which=one.name,
                todo="evaluate again under another name, with --scorings generated",
            )


def _check_file(evaluation: Artefact, role: str, reference: Mapping[str, str]) -> None:
    made_of = evaluation.input(role)
    if made_of is None or made_of["digest"] != reference["digest"]:
        known = [each for each in evaluation.manifest["inputs"] if each.startswith("benchmark ")]
        raise BadSetting(
            f"'{evaluation.name}' was not made with this file of questions",
            which=reference["path"],
            todo=f"name the very file it was made with; it knows {', '.join(sorted(known))}",
        )


def _facts(evaluation: Artefact) -> dict[str, object]:
    facts = evaluation.manifest["facts"]
    return {"name": evaluation.name, "model": facts.get("model"), "run": evaluation.input("run")}
