"""A study with the influence of a few samples, really measured with the tiny model."""

from __future__ import annotations

import json
from pathlib import Path

from diq_core.config import ImportSettings, InfluenceSettings
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import influence
from diq_core.study import Study, create_study
from tests.support.tiny import questions, tiny_llama, tiny_tokenizer


def tiny_study(home: Path, *, limit: int | None = None) -> Study:
    """Make ``home/study``, of nine samples, and ``home/model``.

    Args:
        limit: how many of the samples have influence; None = all.
    """
    tiny_llama().save_pretrained(home / "model")
    tiny_tokenizer().save_pretrained(home / "model")
    for name, count, first in (("pool", 9, 0), ("held_out", 4, 50)):
        rows = [
            {"id": each.id, "question": f"{each.question} ({each.id})", "answer": each.answer,
             "reasoning": each.reasoning, "meta": {"task": "sums"}}
            for each in questions(count, first=first)
        ]  # fmt: skip
        (home / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = create_study(home / "study")
    importing.run(study, "main", ImportSettings(exclude_duplicates=False), silent(),
                  source=str(home / "pool.jsonl"), validation=[])  # fmt: skip
    settings = InfluenceSettings(
        model=str(home / "model"), max_tokens=400, batch_tokens=600, limit=limit
    )
    influence.run(study, "main", settings, silent(), dataset=study.find("dataset"),
                  validation=str(home / "held_out.jsonl"))  # fmt: skip
    return study
