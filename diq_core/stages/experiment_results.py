"""The answers of all arms in, the findings of an experiment and its report out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import ExperimentSettings
from diq_core.draft import Draft
from diq_core.experiment.arms import Arm
from diq_core.experiment.findings import ArmScores, Cell, Contrast, Findings, Floats, findings
from diq_core.experiment.report import About, BenchmarkFacts, html_report, markdown_report
from diq_core.files import write_json
from diq_core.stages.evaluation import ANSWERS
from diq_core.stages.evaluation import RESULTS as EVALUATION_RESULTS
from diq_core.stages.joining import load_table
from diq_core.statistics.paired import Difference, Mean
from diq_core.statistics.resampling import Bootstrap
from diq_core.study import Study

RESULTS, ARMS = "results.json", "arms.parquet"
REPORT, REPORT_PAGE = "report.md", "report.html"


def conclude(
    study: Study,
    name: str,
    settings: ExperimentSettings,
    draft: Draft,
    tested: Mapping[Arm, Artefact],
    *,
    dataset: Artefact,
) -> Artefact:
    """Write ``arms.parquet`` (one row for each arm and question), ``results.json``, ``report.md``
    and ``report.html``, and finish the experiment.

    Args:
        tested: every arm and its evaluation.
        dataset: the pool that all strategies chose from.
    """
    questions = asked_questions(tested)
    scores = [arm_scores(study, name, arm, found, questions) for arm, found in tested.items()]
    how = Bootstrap(resamples=settings.resamples)
    found = findings(scores, [benchmark for benchmark, _ in questions], how)
    about = _about(study, name, settings, tested, dataset)
    pq.write_table(_rows(questions, scores), draft.path / ARMS)
    write_json(draft.path / RESULTS, {"chance": about.chance, **asdict(found)})
    for file, text in (
        (REPORT, markdown_report(found, about)),
        (REPORT_PAGE, html_report(found, about)),
    ):
        (draft.path / file).write_text(text, encoding="utf-8", newline="\n")
    return draft.finish(
        counts={
            "arms": len(tested),
            "questions": len(questions),
            "contrasts": len(found.contrasts),
        },
        facts={"evaluations": {each.name: each.digest for each in tested.values()}},
    )


def load_findings(experiment: Artefact) -> tuple[Findings, float]:
    """Return what a finished experiment found, and the accuracy of blind guessing.

    Of experiments of earlier versions, whose intervals and p-values were others, both are made
    anew from the answers that lie there.
    """
    values = experiment.results(RESULTS)
    if any("too_few" not in each for each in values["contrasts"]):
        return _made_anew(experiment, values["cells"]), float(values["chance"])
    cells = (Cell(**{**cell, "mean": Mean(**cell["mean"])}) for cell in values["cells"])
    contrasts = (
        Contrast(
            **{
                **each,
                "first": tuple(each["first"]),
                "second": tuple(each["second"]),
                "difference": _difference(each["difference"]),
            }
        )
        for each in values["contrasts"]
    )
    return Findings(tuple(cells), tuple(contrasts)), float(values["chance"])


def _made_anew(experiment: Artefact, cells: Sequence[Mapping[str, Any]]) -> Findings:
    sizes = {(each["strategy"], each["budget"]): each for each in cells if not each["benchmark"]}
    rows = load_table(experiment, ARMS).to_pylist()
    arms: dict[Arm, list[dict[str, Any]]] = {}
    for row in rows:
        arms.setdefault(Arm(row["strategy"], row["budget"], row["seed"]), []).append(row)
    scores = [
        ArmScores(
            arm,
            **{name: sizes[arm.group][name] for name in ("samples", "steps", "tokens")},
            correct=_floats(row["correct"] for row in own),
            loss=_floats(row["answer_loss"] for row in own),
        )
        for arm, own in arms.items()
    ]
    asked = [row["benchmark"] for row in next(iter(arms.values()))]
    how = Bootstrap(resamples=int(experiment.manifest["settings"]["resamples"]))
    return findings(scores, asked, how)


def _difference(values: Mapping[str, Any]) -> Difference:
    return Difference(**{**values, "seeds": tuple(values["seeds"])})


def asked_questions(tested: Mapping[Arm, Artefact]) -> list[tuple[str, str]]:
    """Return (benchmark, id) of the questions that every arm was asked: the same for all."""
    first = load_table(next(iter(tested.values())), ANSWERS, ["benchmark", "id"])
    pairs = zip(first["benchmark"].to_pylist(), first["id"].to_pylist(), strict=True)
    return list(dict.fromkeys(pairs))


def arm_scores(
    study: Study, name: str, arm: Arm, evaluation: Artefact, questions: Sequence[tuple[str, str]]
) -> ArmScores:
    """Return what `arm` of the experiment `name` answered to `questions`, in their order."""
    rows = load_table(evaluation, ANSWERS).to_pylist()
    # Several scorings of one question: the first one that was asked for is compared.
    by_question = {(row["benchmark"], row["id"]): row for row in reversed(rows)}
    trained = study.find("run", arm.run(name)).manifest["counts"] if arm.trains else {}
    return ArmScores(
        arm,
        samples=trained.get("trained", 0),
        steps=trained.get("steps", 0),
        tokens=trained.get("tokens", 0),
        correct=_column(by_question, questions, "correct"),
        loss=_column(by_question, questions, "answer_loss"),
    )


def _column(
    rows: Mapping[tuple[str, str], Mapping[str, Any]],
    questions: Sequence[tuple[str, str]],
    name: str,
) -> Floats:
    return _floats(rows[each][name] for each in questions)


def _floats(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else float(value) for value in values])


def _rows(questions: Sequence[tuple[str, str]], scores: Sequence[ArmScores]) -> pa.Table:
    benchmarks, ids = [each[0] for each in questions], [each[1] for each in questions]
    return pa.concat_tables(
        pa.table(
            {
                "strategy": [each.arm.strategy] * len(ids),
                "budget": [each.arm.budget] * len(ids),
                "seed": pa.array([each.arm.seed] * len(ids), pa.int64()),
                "benchmark": benchmarks,
                "id": ids,
                "correct": pa.array(each.correct, from_pandas=True),
                "answer_loss": pa.array(each.loss, from_pandas=True),
            }
        )
        for each in scores
    )


def _about(
    study: Study,
    name: str,
    settings: ExperimentSettings,
    tested: Mapping[Arm, Artefact],
    dataset: Artefact,
) -> About:
    first = next(iter(tested.values()))
    return About(
        name=name,
        study=study.title,
        dataset=dataset.name,
        pool=int(dataset.manifest["counts"]["included"]),
        model=str(first.manifest["facts"]["model"]["name"]),
        settings=settings,
        benchmarks={
            key: BenchmarkFacts(
                questions=int(found["questions"]),
                chance=float(found["chance"]),
                contaminated=_contaminated(tested.values(), key),
            )
            for key, found in first.results(EVALUATION_RESULTS)["benchmarks"].items()
        },
    )


def _contaminated(tested: Iterable[Artefact], benchmark: str) -> int:
    """Return how many questions of a benchmark are in the training data of any arm."""
    found: set[str] = set()
    for each in tested:
        known = each.results(EVALUATION_RESULTS)["benchmarks"][benchmark]["contamination"]
        found |= {*known.get("exact", ()), *known.get("near", ())}
    return len(found)
