"""InfiMed's whole way on one's own model: what each step does, how it stands, and its start."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import RecipeSettings
from diq_core.errors import UserError
from diq_core.fields import help_of
from diq_core.kinds import row
from diq_core.lineage import newest
from diq_core.options import argv, shown
from diq_core.stages.recipe import INFIMED, steps_of
from diq_core.stages.recipe_progress import (
    Standing,
    progress,
    recipes,
    settings_of,
    start,
    stop,
)
from diq_core.study import Study
from pages.parts.boxes import show_note, show_user_error
from pages.parts.embedded_model import base_model_input
from pages.parts.frame import guarded
from pages.parts.images_unseen import images_input
from pages.parts.plain_table import draw_table
from pages.parts.server_path import may_decide
from pages.parts.text import visible

_EVERY = 2.0
_OPEN = ("waiting", "running")
_MARKS = {"done": "✓", "running": "▸", "waiting": "…", "failed": "✗", "stopped": "■"}


def recipe_section(study: Study) -> None:
    """Draw the recipes that were begun and, folded, the form for another one."""
    begun = recipes(study)
    st.header("The whole way by one recipe", divider="gray")
    st.write(
        "As InfiMed trains: **fine-tune** on a mixture, see which questions the tuned model "
        "answers **sometimes**, **reinforce** these, and **test** the model before and after. Each "
        "step is a job of its own: it can be seen, stopped and continued."
    )
    if begun:
        name = begun[0]
        if len(begun) > 1:
            name = st.selectbox("Recipe", begun, key="recipe", width=320)
        _draw_begun(study, name)
    with st.expander("Begin another recipe" if begun else "Begin the recipe",
                     icon=":material/route:"):  # fmt: skip
        _form(study, begun)


def _draw_begun(study: Study, name: str) -> None:
    try:
        found = progress(study, name)
    except UserError as error:
        show_user_error(error)
        return
    live = any(each.state in _OPEN for each in found)
    st.fragment(_draw_steps, run_every=_EVERY if live else None)(study, name, live)
    _draw_actions(study, name, found)


def _draw_steps(study: Study, name: str, was_live: bool) -> None:
    with guarded():
        found = progress(study, name)
        if was_live and not any(each.state in _OPEN for each in found):
            st.rerun()
        done = sum(each.state == "done" for each in found)
        st.progress(done / len(found), f"{done} of {len(found)} steps of '{visible(name)}' done")
        _draw_table(found)


def _draw_table(found: Sequence[Standing]) -> None:
    """Draw the steps, with their states as soon as one has begun."""
    begun = any(each.state != "not begun" for each in found)
    rows = [
        (
            str(number), each.step.about, *([_state(each)] if begun else []), _made(each),
            each.message or _ours(each),
        )
        for number, each in enumerate(found, 1)
    ]  # fmt: skip
    draw_table(("", "Step", *(["State"] if begun else []), "What it makes", "More"), rows)


def _state(each: Standing) -> str:
    return f"{_MARKS.get(each.state, '')} {each.state}".strip().replace(" ", "\u00a0")


def _made(each: Standing) -> str:
    return f"{row(each.step.order.kind).label} {each.step.order.name}"


def _ours(each: Standing) -> str:
    return f"Ours: {each.step.ours}" if each.step.ours else ""


def _draw_actions(study: Study, name: str, found: Sequence[Standing]) -> None:
    live = any(each.state in _OPEN for each in found)
    if live and st.button("Stop what is left", key="recipe-stop", icon=":material/stop:"):
        stop(study, name)
        st.rerun()
    if live or all(each.state == "done" for each in found):
        return
    if not may_decide(study):
        st.caption("Only a curator or an admin of this study may let it go on.")
    elif st.button("Go on where it stopped", key="recipe-on", type="primary",
                   icon=":material/play_arrow:"):  # fmt: skip
        _begin(study, name, settings_of(study, name))


def _form(study: Study, begun: Sequence[str]) -> None:
    datasets = {one.name: one for one in study.artefacts("dataset")}
    if not datasets:
        show_note("There is no dataset yet", ("Import some, and mix them on the page Dataset.",))
        return
    chosen = _dataset(study, datasets)
    model = base_model_input(study, "recipe-model")
    images = images_input("recipe-images") if datasets[chosen].holds("images") else "read"
    with st.container(horizontal=True):
        tuned = _steps("Steps of fine-tuning", "recipe-sft")
        reinforced = _steps("Steps of reinforcement", "recipe-rl")
        limit = st.number_input(
            "Test questions of each set", min_value=1, value=None, placeholder="all", width=220,
            key="recipe-limit", help="The shipped sets are asked before, tuned and after.",
        )  # fmt: skip
    free = _free(begun)
    name = st.text_input(
        "Name of its work", free, key=f"recipe-name-{free}", max_chars=50
    ).strip()  # fmt: skip
    whole = RecipeSettings()
    settings = RecipeSettings(
        model=model, dataset=chosen, images=images,
        sft=whole.sft.model_copy(update={"max_steps": tuned}),
        rl=whole.rl.model_copy(update={"max_steps": reinforced}),
        evaluate=whole.evaluate.model_copy(update={"limit": int(limit) if limit else None}),
    )  # fmt: skip
    try:
        steps = steps_of(name, settings)
    except UserError as error:
        show_user_error(error)
        return
    _draw_table([Standing(each, "not begun") for each in steps])
    if st.button("Begin the recipe", key="recipe-begin", type="primary",
                 icon=":material/play_arrow:"):  # fmt: skip
        _begin(study, name, settings)
    with st.expander("The same in a terminal", icon=":material/terminal:"):
        typed = ["recipe", "infimed", "--study", str(study.path), "--name", name, *argv(settings)]
        st.code(visible(shown(typed)), language=None, wrap_lines=True)


def _dataset(study: Study, datasets: dict[str, Artefact]) -> str:
    """Draw which dataset it begins with; the newest mixture is chosen."""
    mixed = newest(study, [one for one in datasets.values() if one.input("mix")])
    first = mixed or newest(study, datasets.values())
    names = list(datasets)
    if mixed is None:
        show_note(
            "No dataset of this study is a mixture",
            ("Any dataset can be learned from; to mix several, in InfiMed's shape, go to the page "
             "Dataset.",),
        )  # fmt: skip
    return str(st.selectbox("Dataset", names, index=names.index(first.name) if first else 0,
                            key="recipe-dataset", width=420))  # fmt: skip


def _steps(label: str, key: str) -> int | None:
    steps = st.number_input(
        label, min_value=1, value=None, placeholder="by passes: 3", width=220, key=key,
        help=help_of(RecipeSettings, "sft" if key.endswith("sft") else "rl"),
    )  # fmt: skip
    return int(steps) if steps else None


def _free(begun: Sequence[str]) -> str:
    name, number = INFIMED, 1
    while name in begun:
        number += 1
        name = f"{INFIMED}-{number}"
    return name


def _begin(study: Study, name: str, settings: RecipeSettings) -> None:
    try:
        start(study, name, settings)
    except UserError as error:
        show_user_error(error)
        return
    st.rerun()
