"""What the arms answered, as one small text file that is kept beside this code.

``results/arms.jsonl`` has one line for each arm: how many samples and tokens it learned from, how
many of them were known to be wrong, and its score on every question. ``results/choices.jsonl`` has
one line for each strategy and budget, trained or not: what was chosen. ``results/about.json`` says
what was asked and of which pool. Everything in docs/evidence.md is computed from these files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.paper_in_small.grid import GRIDS, read_grid
from diq_core.artefact import MANIFEST, Artefact
from diq_core.config import SelectSettings
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples
from diq_core.errors import BadSetting
from diq_core.experiment.arms import WHOLE, Arm, plan_arms, selection_settings
from diq_core.stages.experiment_results import arm_scores, asked_questions
from diq_core.stages.joining import SAMPLES, load_scores, load_table
from diq_core.stages.selection import SELECTION, choose
from diq_core.study import Study

RESULTS = Path(__file__).parent / "results"
ARMS, CHOICES, ABOUT = RESULTS / "arms.jsonl", RESULTS / "choices.jsonl", RESULTS / "about.json"


def collect(study: Study, influence: Artefact) -> None:
    """Write the three files from every arm of `study` that is complete."""
    RESULTS.mkdir(exist_ok=True)
    dataset, difficulty = study.find("dataset"), study.find("difficulty")
    samples = {sample.id: sample for sample in load_samples(load_table(dataset, SAMPLES))}
    arms = list(_arms(study, samples))
    _write(ARMS, (row for row, _ in arms))
    _write(CHOICES, _choices(dataset, difficulty, influence, samples))
    about = {
        "pool": {
            "samples": len(samples),
            "included": dataset.manifest["counts"]["included"],
            "known_wrong": sum(map(_is_wrong, samples.values())),
        },
        "questions": arms[0][1],
        "model": arms[0][0]["model"],
        "recipe": read_grid(next(iter(GRIDS))).recipe.model_dump(mode="json"),
    }
    ABOUT.write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _arms(
    study: Study, samples: Mapping[str, Sample]
) -> Iterator[tuple[dict[str, Any], list[tuple[str, str]]]]:
    for grid in GRIDS:
        settings = read_grid(grid)
        found = {
            arm: study.find("evaluation", arm.run(grid))
            for arm in plan_arms(settings)
            if (study.folder("evaluation", arm.run(grid)) / MANIFEST).exists()
        }
        if not found:
            continue
        questions = asked_questions(found)
        for arm, evaluation in found.items():
            if not arm.trains and grid != next(iter(GRIDS)):
                continue
            scores = arm_scores(study, grid, arm, evaluation, questions)
            yield {
                "strategy": arm.strategy, "budget": arm.budget, "seed": arm.seed, "grid": grid,
                "samples": scores.samples, "steps": scores.steps, "tokens": scores.tokens,
                "known_wrong": _wrong_chosen(study, grid, arm, samples),
                "correct": [int(value) for value in scores.correct],
                "loss": [round(float(value), 6) for value in scores.loss],
                "model": evaluation.manifest["facts"]["model"]["digest"],
            }, questions  # fmt: skip


def _wrong_chosen(study: Study, grid: str, arm: Arm, samples: Mapping[str, Sample]) -> int | None:
    if not arm.trains:
        return None
    table = load_table(study.find("selection", arm.selection(grid)), SELECTION, ["id", "kept"])
    return sum(_is_wrong(samples[id]) for id in table.filter(table["kept"])["id"].to_pylist())


def _choices(
    dataset: Artefact, difficulty: Artefact, influence: Artefact, samples: Mapping[str, Sample]
) -> Iterator[dict[str, Any]]:
    """Yield for each strategy and budget what it chooses; a draw is averaged over 200 seeds."""
    budgets = sorted({budget for grid in GRIDS for budget in read_grid(grid).budgets})
    strategies = dict.fromkeys(name for grid in GRIDS for name in read_grid(grid).strategies)
    cells = [(strategy, budget) for strategy in strategies for budget in budgets]
    for strategy, budget in [*cells, ("full", WHOLE)]:
        settings = selection_settings(Arm(strategy, budget, 0), read_grid(next(iter(GRIDS))))
        # As the arms were chosen: by an earlier version, which counted what stands between blanks.
        scores = load_scores(dataset, difficulty, influence, settings.aspect, length="blanks")
        drawn = strategy == "random" or strategy.startswith("q")
        kept = [
            [samples[id] for id in _kept(scores, settings.model_copy(update={"seed": seed}))]
            for seed in range(200 if drawn else 1)
        ]
        if not kept[0]:
            continue
        chosen = [one for some in kept for one in some]
        words = [len(f"{one.reasoning} {one.answer}".split()) for one in chosen]
        yield {
            "strategy": strategy, "budget": budget, "samples": len(kept[0]),
            "known_wrong": round(float(np.mean([sum(map(_is_wrong, some)) for some in kept])), 3),
            "median_words": float(np.median(words)),
            "multiple_choice": round(float(np.mean([bool(one.options) for one in chosen])), 3),
        }  # fmt: skip


def _kept(scores: Any, settings: SelectSettings) -> list[str]:
    try:
        found = choose(scores, settings)
    except BadSetting:
        # The scores that this strategy needs were not measured.
        return []
    kept: list[str] = found.ids[found.kept].tolist()
    return kept


def _is_wrong(sample: Sample) -> bool:
    return bool(sample.meta.get("known_wrong"))


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
