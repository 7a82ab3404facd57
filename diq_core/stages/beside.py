"""What lies beside one sample in a study: samples like it, validation questions, models' answers.

Everything is looked up in artefacts; nothing is computed with a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from diq_core.artefact import Artefact
from diq_core.data.alike import ALIKE
from diq_core.data.drawing import task_of
from diq_core.data.nearest import nearest
from diq_core.data.sample import Sample, question_text
from diq_core.data.table import load_samples
from diq_core.score import TASK
from diq_core.stages.evaluation import ANSWERS
from diq_core.stages.influence import VALIDATION
from diq_core.stages.joining import SAMPLES, SCORES, load_table, task_columns
from diq_core.study import Study


@dataclass(frozen=True, slots=True)
class Alike:
    """A sample that asks the same or nearly the same.

    Attributes:
        similarity: of the questions, 1 = the same.
        contradicts: whether the two answer differently.
    """

    id: str
    similarity: float
    contradicts: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A validation question that is like a sample.

    Attributes:
        task: the validation task that it belongs to.
        shared: the rarest words that both have.
    """

    sample: Sample
    task: str
    likeness: float
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What a model answered to a sample's question.

    Attributes:
        where: the artefact that holds it.
        model: its name there.
        chosen: label of the option it chose; "" = none that can be told, or a written answer.
        text: what it wrote; "" where it only chose.
        is_right: whether it chose the right option; None = nobody has said.
    """

    where: str
    model: str
    chosen: str
    text: str
    is_right: bool | None


def near_duplicates(dataset: Artefact, id: str) -> list[Alike]:
    """Return the samples that were found to ask the same at import, the likest first."""
    if ALIKE not in dataset.manifest["files"]:
        return []
    table = load_table(dataset, ALIKE)
    mine = pc.and_(
        pc.equal(table["group"], ""),
        pc.or_(pc.equal(table["id"], id), pc.equal(table["other"], id)),
    )
    found = [
        Alike(row["other"] if row["id"] == id else row["id"], row["similarity"], row["contradicts"])
        for row in table.filter(mine).to_pylist()
    ]
    return sorted(found, key=lambda each: (-each.similarity, each.id))


def task_influence(influence: Artefact, id: str) -> dict[str, float]:
    """Return task → the sample's influence on it; empty where it was not measured by task."""
    columns = task_columns(influence)
    if not columns:
        return {}
    table = load_table(influence, SCORES, ["id", *columns])
    rows = table.filter(pc.equal(table["id"], id)).to_pylist()
    return {
        name.removeprefix(TASK): value
        for row in rows
        for name, value in row.items()
        if name != "id" and value is not None
    }


def near_questions(influence: Artefact, sample: Sample, *, most: int) -> list[Question]:
    """Return the validation questions most like a sample's, the likest first."""
    if VALIDATION not in influence.manifest["files"]:
        return []
    known = load_samples(load_table(influence, VALIDATION))
    found = nearest(question_text(sample), [question_text(each) for each in known], most=most)
    return [
        Question(known[each.place], task_of(known[each.place]), each.likeness, each.shared)
        for each in found
    ]


def own_answers(study: Study, sample: Sample) -> list[OwnAnswer]:
    """Return what models answered to this sample's question, as evaluations and pairs have it.

    An evaluation names questions by id alone, so one counts only where the right option is the
    same as well.
    """
    return [*_evaluated(study, sample), *_paired(study, sample)]


def _evaluated(study: Study, sample: Sample) -> Iterator[OwnAnswer]:
    for each in study.artefacts("evaluation"):
        table = load_table(each, ANSWERS, ["id", "scoring", "gold", "chosen", "correct", "text"])
        mine = table.filter(pc.equal(table["id"], sample.id)).to_pylist()
        for row in mine:
            if row["scoring"] and row["gold"] == sample.answer_label:
                yield OwnAnswer(
                    each.name, _model_of(each), row["chosen"] or "", row["text"] or "",
                    row["correct"],
                )  # fmt: skip


def _paired(study: Study, sample: Sample) -> Iterator[OwnAnswer]:
    for each in study.artefacts("answers"):
        table = load_table(each, SAMPLES)
        mine: pa.Table = table.filter(pc.equal(table["question"], sample.question))
        for answer in load_samples(mine):
            said = "\n\n".join(filter(None, (answer.reasoning, answer.answer)))
            yield OwnAnswer(each.name, answer.id.partition(":")[0], "", said, None)


def _model_of(evaluation: Artefact) -> str:
    facts: Mapping[str, str] = evaluation.manifest["facts"].get("model") or {}
    return str(facts.get("name") or evaluation.name)
