"""The form that starts a fine-tune: the samples, the recipe, and where each value comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from diq_core.config import FinetuneSettings, build
from diq_core.fields import choices, groups_of, help_of, widget
from diq_core.jobs.order import order_for
from diq_core.models.files import EMBEDDED
from diq_core.study import Study
from diq_core.training.recipe import PRESETS, Explained, explain, find_preset
from pages.parts.boxes import show_note, show_scrolling
from pages.parts.choose import choose_artefact, name_input
from pages.parts.embedded_model import SHIPPED, base_model_input
from pages.parts.estimate import draw_estimate
from pages.parts.finetune.train_elsewhere import draw_elsewhere
from pages.parts.finetune.validation_input import validation_input
from pages.parts.images_unseen import images_input
from pages.parts.job_panel import start_button
from pages.parts.server_path import may_read
from pages.parts.text import escaped, visible
from pages.parts.words import count

_OWN_FILE = "A file or folder of my own"


def finetune_form(study: Study) -> None:
    """Draw the choice of samples and recipe, the estimate, and the button that starts."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        export, data = _source(study)
        model = base_model_input(study, "finetune-model")
        values, given = _recipe()
        if data or (export and study.find("export", export).manifest["counts"]["images"]):
            values["images"] = images_input("finetune-images")
        held, validation = validation_input(study, objective=values.get("objective", "sft"))
        if held:
            values["holdout"] = held
            given = [*given, "holdout"]
        settings = build(FinetuneSettings, {**values, "model": model})
        name = name_input(study, "run")
        order = order_for("run", name, settings, data=data, export=export, validation=validation)
        if export or data:
            draw_estimate(study, order, settings.max_steps)
            start_button(study, order, "Fine-tune")
            if export:
                draw_elsewhere(settings, study.find("export", export))
        else:
            st.caption("Choose the samples first.")
    with right:
        _draw_origins(settings, given)


def _source(study: Study) -> tuple[str | None, str | None]:
    """Draw which samples; return (export's name, path), one of them or neither."""
    exports = study.artefacts("export")
    kinds = [*(["An export of this study"] if exports else []), _OWN_FILE]
    kind = st.radio("Samples", kinds, key="finetune-source", horizontal=True)
    if kind == _OWN_FILE:
        path = st.text_input(
            "Path of the file or folder, or hub id", key="finetune-data",
            help="Any format that the import reads, whoever chose the samples.",
        ).strip()  # fmt: skip
        return None, may_read(study, path) or None
    export = choose_artefact(study, "export", beside=("run",))
    if export is None:
        return None, None
    counts = export.manifest["counts"]
    if not counts["exported"]:
        show_note(
            f"The export '{visible(export.name)}' holds no sample to train on",
            (f"All {count(counts['dropped'], 'samples')} of its selection could not be written; "
             "dropped.jsonl in its folder says why of each. Write it in another format, or fix "
             "another selection.",),
        )  # fmt: skip
        return None, None
    st.caption(f"{count(counts['exported'], 'samples')}.")
    return export.name, None


def _recipe() -> tuple[dict[str, Any], list[str]]:
    """Draw preset and changes; return all values and the names of those the user changed."""
    names = [preset.name for preset in PRESETS]
    chosen = st.radio(
        "Recipe", names, index=names.index("quick"), key="finetune-preset",
        format_func=lambda name: find_preset(name).title,
        captions=[preset.sentence for preset in PRESETS],
    )  # fmt: skip
    values = dict(find_preset(chosen).values)
    before = FinetuneSettings(**values)
    with st.expander("Change single settings"):
        changed = _fields(before, chosen)
    given = [name for name, value in changed.items() if value != getattr(before, name)]
    return {**values, **{name: changed[name] for name in given}}, given


def _fields(now: FinetuneSettings, preset: str) -> dict[str, Any]:
    """Draw the fields that people change; the rest is for the command line."""
    found: dict[str, Any] = {}

    def number(name: str, label: str, **more: Any) -> Any:
        ends = widget(FinetuneSettings, name) | {"value": getattr(now, name)} | more
        return st.number_input(label, key=f"{name}-{preset}", **ends)

    one, other = st.columns(2)
    with one:
        st.caption("Objective")
        found["max_tokens"] = number("max_tokens", "Longest sample, in tokens")
        st.caption("Adapter")
        methods = choices(FinetuneSettings, "method")
        found["method"] = st.selectbox("Method", methods, index=methods.index(now.method),
                                       key=f"method-{preset}",
                                       help=help_of(FinetuneSettings, "method"))  # fmt: skip
        found["rank"] = number("rank", "Adapter rank")
        st.caption("Run")
        found["seed"] = number("seed", "Seed", min_value=0)
    with other:
        st.caption("Optimisation")
        found["learning_rate"] = number("learning_rate", "Learning rate", format="%.1e",
                                        min_value=1e-7)  # fmt: skip
        found["epochs"] = number("epochs", "Passes over the samples", min_value=0.01)
        steps = number("max_steps", "Steps (0 = by passes)", min_value=0, value=now.max_steps or 0)
        found["max_steps"] = steps or None
        found["batch_size"] = number("batch_size", "Samples in a step")
    found["merge"] = st.checkbox("Also write the whole model with the adapter merged in",
                                 now.merge, key=f"merge-{preset}",
                                 help=help_of(FinetuneSettings, "merge"))  # fmt: skip
    return found


def _draw_origins(settings: FinetuneSettings, given: Sequence[str]) -> None:
    st.header("Every setting, and where it comes from")
    explained = {row.name: row for row in explain(settings, given)}
    groups = groups_of(FinetuneSettings)
    rest = [name for name in explained if not any(name in names for names in groups.values())]
    rows = "".join(
        f"<tr><th colspan='3'>{escaped(group)}</th></tr>" + "".join(map(_origin_row, shown))
        for group, names in {**groups, "Of the library": rest}.items()
        if (shown := [explained[name] for name in names])
    )
    head = "<thead><tr><th>Setting</th><th>Value</th><th>Origin</th></tr></thead>"
    show_scrolling("Settings", f'<table class="diq-table">{head}{rows}</table>', height=520)
    st.caption(
        "What is said to be of a paper comes from a note by one of its readers, and nobody has "
        "confirmed it."
    )


def _origin_row(row: Explained) -> str:
    name = row.name.replace("_", " ")
    value = SHIPPED if (row.name, row.value) == ("model", EMBEDDED) else row.value
    return (
        f"<tr><td class='diq-nowrap'>{escaped(name)}</td><td>{escaped(value)}</td>"
        f"<td class='diq-nowrap'>{escaped(row.origin)}</td></tr>"
    )
