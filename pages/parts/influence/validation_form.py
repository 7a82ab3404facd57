"""Which validation questions define "better": the file, and what is drawn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from diq_core.config import MOST_TASKS, InfluenceSettings
from diq_core.data.sample import Sample
from diq_core.fields import help_of, widget
from diq_core.stages.influence_worker import draw_validation
from diq_core.stages.sources import SHIPPED_VALIDATION
from diq_core.study import Study
from pages.parts.text import escaped, shortened, visible
from pages.parts.uploads import FILE_KINDS, keep_once

_SHOWN_QUESTIONS = 3


def validation_form(study: Study) -> tuple[str | None, int, int, tuple[str, ...]]:
    """Draw the choice; return the file (None = shipped), questions a task, the seed, and the tasks
    that are also measured alone."""
    own = st.radio(
        "File", ("MedQA development questions, which ship with the app", "A file of my own"),
        key="validation-kind",
    )  # fmt: skip
    file = None
    if own == "A file of my own":
        upload = st.file_uploader(
            "Validation questions", type=list(FILE_KINDS), key="validation-file",
            help="Questions with answers that are in neither the pool nor a test you report. The "
            "field meta.task, else subject, else source, names the task.",
        )  # fmt: skip
        file = str(keep_once(study, upload)) if upload else None
    with st.container(horizontal=True):
        per_task = st.number_input(
            "Questions of each task", key="validation-number", width=180,
            **widget(InfluenceSettings, "per_task"),
        )  # fmt: skip
        seed = st.number_input(
            "Seed", key="validation-seed", width=140,
            **widget(InfluenceSettings, "seed") | {"min_value": 0},
        )  # fmt: skip
    questions, tasks = _drawn(file or str(SHIPPED_VALIDATION), int(per_task), int(seed))
    st.caption(f"{len(questions)} questions of {len(tasks)} tasks are drawn:")
    drawn_tasks(tasks, questions)
    return file, int(per_task), int(seed), _tasks_alone([each["task"] for each in tasks])


def _tasks_alone(tasks: Sequence[str]) -> tuple[str, ...]:
    """Draw which tasks are also measured alone, and return them."""
    chosen = st.multiselect(
        "Also measure by task", tasks, key="influence-by-task", max_selections=MOST_TASKS,
        placeholder="None", format_func=visible, help=help_of(InfluenceSettings, "by_task"),
    )  # fmt: skip
    return tuple(chosen)


def drawn_tasks(tasks: Sequence[Mapping[str, Any]], questions: Sequence[Sample] = ()) -> None:
    """Draw what each task contributes and, where they are given, its first questions."""
    if not tasks:
        return
    by_id = {question.id: question for question in questions}
    with st.expander(f"The validation questions by task ({len(tasks)})"):
        for task in tasks:
            note = f" · {escaped(task['note'])}" if task["note"] else ""
            examples = "".join(
                f"<li>{escaped(shortened(by_id[id].question, 140))}</li>"
                for id in task["ids"][:_SHOWN_QUESTIONS]
                if id in by_id
            )
            st.html(
                f"<div><b>{escaped(task['task'])}</b>: {len(task['ids'])} of {task['available']}"
                f'{note}</div><ul class="diq-list">{examples}</ul>'
            )


def _drawn(source: str, per_task: int, seed: int) -> tuple[list[Sample], list[dict[str, Any]]]:
    return _read((source, Path(source).stat().st_mtime), per_task, seed)


@st.cache_data(max_entries=16, show_spinner="Drawing the validation questions …")
def _read(
    file: tuple[str, float], per_task: int, seed: int
) -> tuple[list[Sample], list[dict[str, Any]]]:
    settings = InfluenceSettings(per_task=per_task, seed=seed)
    questions, draws = draw_validation(file[0], settings)
    return questions, [asdict(draw) for draw in draws]
