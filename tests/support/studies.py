"""Small finished studies, written straight through `draft.begin`: no model, no waiting."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import (
    Also,
    DifficultySettings,
    ExportSettings,
    ImportSettings,
    InfluenceSettings,
    SelectSettings,
    Settings,
)
from diq_core.data.findings import finding
from diq_core.data.sample import Option, Sample
from diq_core.data.table import problems_table, samples_table
from diq_core.draft import Draft, begin
from diq_core.files import write_json
from diq_core.jobs.order import Order, order_for
from diq_core.jobs.progress import Snapshot, silent
from diq_core.kinds import Kind
from diq_core.stages import selection as selecting
from diq_core.study import Study, create_study

HOSTILE = (
    '<script>alert("x")</script><img src="http://evil.example/x.png" onerror="alert(1)">',
    "![x](http://evil.example/x.png) [link](javascript:alert(1)) :red[red] :material/home: $x$",
    "left \u202eright-to-left\u202c and NUL \x00 and bell \x07",
    '=HYPERLINK("http://evil.example")',
)
RELEASE = {"release_role": "tester", "release_reason": "the texts are made up"}
"""What lets them pass an endpoint: a web address in a text may tell who somebody is."""
SOURCES = ("medmcqa", "huatuo-o1", "medquad")
SUBJECTS = ("Cardiology", "Surgery", "Pharmacology", "Paediatrics", "Neurology")


def sample(number: int, *, question: str = "") -> Sample:
    """Return sample `number` of a dataset: multiple choice or open, short or long."""
    chooser = random.Random(number)
    chain = "\n\n".join(
        f"Step {step}: the finding number {chooser.randint(1, 99)} speaks for one cause and "
        "against another, so it has to be weighed."
        for step in range(1, chooser.randint(3, 15))
    )
    choice = number % 3 != 0
    return Sample(
        id=f"s{number:04d}",
        question=question or f"A patient number {number} has sign {number % 7}. What is next?",
        answer="Option B" if choice else "Give fluids and observe.",
        reasoning=chain if number % 4 else "",
        options=tuple(Option(label, f"Option {label}") for label in "ABCD") if choice else (),
        answer_label="B" if choice else "",
        source=SOURCES[number % 3],
        subject=SUBJECTS[number % 5],
        licence="MIT",
        meta={"known_wrong": number % 17 == 0},
        file="pool.jsonl",
        line=number + 1,
    )


def add_dataset(
    study: Study, *, samples: int = 40, name: str = "main", questions: Sequence[str] = (),
    problems: bool = True,
) -> Artefact:  # fmt: skip
    """Add a dataset; its first questions are `questions`, its last two rows are left out."""
    pool = [
        sample(number, question=questions[number] if number < len(questions) else "")
        for number in range(samples)
    ]
    left_out = {found.id: "duplicate of s0001" for found in pool[-2:]}
    found = [
        finding("no-answer", "There is no answer", hint="add one", file="pool.jsonl", line=7,
                id="s0006", field="answer"),
        finding("bad-json", "The line is not valid JSON", hint="see its end", file="pool.jsonl",
                line=99),
    ] if problems else []  # fmt: skip
    draft = _begin(
        study,
        "dataset",
        name,
        ImportSettings().model_dump(mode="json"),
        {"source": {"path": "pool.jsonl", "digest": "ef" * 32}},
    )
    pq.write_table(samples_table(pool, left_out), draft.path / "samples.parquet")
    pq.write_table(problems_table(found), draft.path / "problems.parquet")
    return draft.finish(
        counts={"rows": samples + 1, "samples": samples, "included": samples - 2, "unreadable": 1,
                "excluded": {"duplicate": 2}, "findings": {"no-answer": 1, "bad-json": 1}},
        facts={"format": "own", "reason": "columns question, answer: our own fields",
               "kind": "JSON Lines: one object a line"},
    )  # fmt: skip


MODEL = {"name": "SmolLM2-135M-Instruct", "licence": "Apache-2.0", "digest": "cd" * 32,
         "device": "cpu", "dtype": "float32", "reason": "no GPU was found"}  # fmt: skip


def add_difficulty(study: Study, dataset: Artefact, *, name: str = "main") -> Artefact:
    """Add difficulty scores; every 13th sample has none."""
    chooser = random.Random(1)
    rows = []
    for id in _ids(dataset):
        row: dict[str, Any] = {"id": id, "reason": None}
        missing = int(id[1:]) % 13 == 5
        for aspect in ("knowledge", "reasoning", "overall"):
            weights = [chooser.random() for _ in range(5)]
            levels = [None if missing else weight / sum(weights) for weight in weights]
            expected = None if missing else sum(k * p for k, p in enumerate(levels, 1) if p)
            row |= {aspect: expected}
            row |= {f"p_{aspect}_{level}": p for level, p in enumerate(levels, 1)}
        rows.append(row | ({"reason": "the question is empty"} if missing else {}))
    numbers = [name for name in rows[0] if name not in ("id", "reason")]
    schema = pa.schema({"id": pa.string(), **dict.fromkeys(numbers, pa.float32()),
                        "reason": pa.string()})  # fmt: skip
    draft = _begin(study, "difficulty", name, DifficultySettings().model_dump(mode="json"),
                   {"dataset": study.reference(dataset)})  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema), draft.path / "scores.parquet")
    missing_count = sum(row["overall"] is None for row in rows)
    return draft.finish(
        counts={"scored": len(rows) - missing_count, "not_scored": missing_count},
        facts={"classifier": {"name": "embedded", "digest": "ab" * 32}, "model": MODEL},
    )


def add_influence(
    study: Study, dataset: Artefact, *, name: str = "main", scored: int | None = None,
    also: tuple[Also, ...] = (),
) -> Artefact:  # fmt: skip
    """Add influence scores of the first `scored` samples; of `also`, every 7th is undefined."""
    chooser = random.Random(2)
    rows: list[dict[str, Any]] = []
    for number, id in enumerate(_ids(dataset)):
        if scored is not None and number >= scored:
            rows.append({"id": id, "influence": None, "loss": None, "response_tokens": None,
                         "reason": "not drawn: measured for a part only"})  # fmt: skip
            continue
        tokens = chooser.randint(8, 600)
        rows.append({"id": id, "influence": chooser.gauss(0.4, 1.0) * 60 / tokens**0.7,
                     "loss": chooser.uniform(0.8, 3.2), "response_tokens": tokens,
                     "reason": None})  # fmt: skip
        rows[-1] |= {one: None if number % 7 == 3 else chooser.uniform(0.2, 1.2) for one in also}
    schema = pa.schema({"id": pa.string(), "influence": pa.float64(), "loss": pa.float64(),
                        "response_tokens": pa.int32(), **dict.fromkeys(also, pa.float64()),
                        "reason": pa.string()})  # fmt: skip
    settings = InfluenceSettings(limit=scored or None, also=also)
    draft = _begin(study, "influence", name, settings.model_dump(mode="json"),
                   {"dataset": study.reference(dataset),
                    "validation": {"path": "mine.jsonl", "digest": "aa" * 32}})  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema), draft.path / "scores.parquet")
    done = sum(row["reason"] is None for row in rows)
    tasks = [{"task": task, "ids": [f"v{n}" for n in range(20)], "available": 40, "note": ""}
             for task in SUBJECTS[:3]]  # fmt: skip
    return draft.finish(
        counts={"scored": done, "not_scored": 0, "not_drawn": len(rows) - done, "cut": 3},
        facts={
            "model": MODEL,
            "engine": {"name": "finite-difference", "kernel": "torch", "step": 1e-3,
                       "relative_error": 2.4e-5, "worst_error": 6e-5,
                       "doubled_step": 1e-4, "samples": ["s0001", "s0002", "s0003"]},
            "parameters": "all",
            "validation": {"tasks": tasks, "unscored": {}, "loss": 2.31, "gradient_norm": 11.7},
            "padding": 0.03,
        },
    )  # fmt: skip


def add_selection(
    study: Study, dataset: Artefact, difficulty: Artefact, influence: Artefact, *,
    name: str = "main", keep: int = 10,
) -> Artefact:  # fmt: skip
    """Add the selection that the stage makes of these scores."""
    settings = SelectSettings(budget=str(keep))
    return selecting.run(
        study, name, settings, silent(),
        dataset=dataset, difficulty=difficulty, influence=influence,
    )  # fmt: skip


def add_export(
    study: Study, selection: Artefact, *, name: str = "main", exported: int = 10
) -> Artefact:
    """Add an export in TRL's format of 10 samples, of which so many could be written."""
    draft = _begin(study, "export", name, ExportSettings().model_dump(mode="json"),
                   {"selection": study.reference(selection)})  # fmt: skip
    line = {"id": "s0000", "messages": [{"role": "user", "content": HOSTILE[0]},
                                        {"role": "assistant", "content": "Answer"}]}  # fmt: skip
    (draft.path / "train.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (draft.path / "DATASHEET.md").write_text("# Datasheet of main\n\n10 samples.\n", "utf-8")
    (draft.path / "croissant.json").write_text("{}\n", encoding="utf-8")
    counts = {"samples": 10, "exported": exported, "dropped": 10 - exported, "images": 0}
    return draft.finish(counts=counts)


def full_study(path: Path, *, title: str = "Cardiology pool", samples: int = 40) -> Study:
    """Make a study in which every step is done."""
    study = create_study(path, title=title)
    dataset = add_dataset(study, samples=samples, questions=HOSTILE)
    difficulty = add_difficulty(study, dataset)
    influence = add_influence(study, dataset)
    add_export(study, add_selection(study, dataset, difficulty, influence))
    return study


def add_job(study: Study, kind: Kind, *, name: str = "main", log: str = "", **facts: Any) -> None:
    """Record a job as its process would have left it; see `Snapshot` for the facts."""
    folder = study.job_folder(kind, name)
    folder.mkdir(parents=True, exist_ok=True)
    values = {"state": "done", "kind": kind, "name": name, "started": 1e9, "finished": 1e9 + 75,
              "order": Order(kind, name), **facts}  # fmt: skip
    write_json(folder / "progress.json", asdict(Snapshot(**values)))
    (folder / "log.txt").write_text(log, encoding="utf-8")


def command_for(kind: Kind, study: Path, name: str, settings: Settings, **inputs: Any) -> list[str]:
    """Return the command that a button starts for these settings and inputs."""
    return order_for(kind, name, settings, **inputs).command(Study(study))


def _begin(
    study: Study, kind: Kind, name: str, settings: dict[str, Any], inputs: dict[str, Any]
) -> Draft:
    draft = begin(study.folder(kind, name), kind=kind, settings=settings, inputs=inputs)
    assert isinstance(draft, Draft)
    return draft


def _ids(dataset: Artefact) -> list[str]:
    ids: list[str] = pq.read_table(dataset.path / "samples.parquet", columns=["id"])[
        "id"
    ].to_pylist()
    return ids
