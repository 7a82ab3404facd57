"""Export: write a fixed selection as training files, with everything needed to trust them."""

from __future__ import annotations

import re
import shlex
from functools import partial

import streamlit as st

from diq_core.artefact import MANIFEST, Artefact
from diq_core.config import ExportSettings
from diq_core.export.datasheet import images_sentence
from diq_core.export.exporters import exporters, find_exporter
from diq_core.export.loading import how_to_load
from diq_core.fields import help_of
from diq_core.jobs.order import order_for
from diq_core.review.store.reading import can, people
from diq_core.review.verdicts.overview import glance
from diq_core.stages.export import DATASHEET, removed_from_images
from diq_core.stages.selection import OWN
from diq_core.stages.sources import SHIPPED_VALIDATION
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.choose import choose_artefact, name_input
from pages.parts.export_gate import gate_box
from pages.parts.export_preview import export_preview
from pages.parts.export_push import draw_push, name_for
from pages.parts.export_waiver import waiver_box
from pages.parts.frame import go_to, open_page
from pages.parts.glossary import explain
from pages.parts.job_panel import form_place, latest_job, start_button
from pages.parts.review.room import shared_store
from pages.parts.reviewer import known_reviewer
from pages.parts.text import escaped, visible
from pages.parts.words import count, size
from pages.parts.zipped import one_file, zip_bytes


def draw(study: Study) -> None:
    """Draw the page for a study in any state."""
    st.title("Export", help=explain("Export"))
    st.write(
        "Write the chosen samples as training files. A datasheet, machine-readable metadata and "
        "the complete recipe lie beside them, so that others can check and repeat the choice."
    )
    selection = choose_artefact(study, "selection", beside=("export",), managed=True)
    if selection is None:
        show_note("There is no fixed selection yet", ("Choose samples on the map and fix them.",))
        if st.button("Explore and select", type="primary", key="to-explore"):
            go_to("selection", study)
        return
    job = latest_job(study, "export")
    export = choose_artefact(study, "export", beside=("selection",), managed=True)
    if export is not None:
        draw_export(study, export)
    with form_place(job, export, "Write another export") as is_open:
        if is_open:
            draw_form(study, selection)


def draw_form(study: Study, selection: Artefact) -> None:
    """Draw the choice of format, a preview and the button that starts."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.write(f"**{count(selection.manifest['counts']['kept'], 'samples')}** are chosen.")
        known = exporters()
        format_ = st.radio(
            "Format", list(known), format_func=lambda name: visible(known[name].label),
            captions=[visible(each.description) for each in known.values()], key="export-format",
            help=help_of(ExportSettings, "format"),
        )  # fmt: skip
        also = st.multiselect(
            "Also write it as", [name for name in known if name != format_], key="export-also",
            format_func=lambda name: visible(known[name].label), placeholder="nothing else",
            help=help_of(ExportSettings, "also"),
        )  # fmt: skip
        name = name_input(study, "export")
        settings = ExportSettings(
            format=format_, also=tuple(also), verdicts=verdicts_box(study),
            waive_review=waiver_box(study, selection),
        )  # fmt: skip
        passed = gate_box(study, selection, settings)
        if passed is not None:
            order = order_for("export", name, passed, selection=selection.name,
                              as_=name_for(study, passed))  # fmt: skip
            start_button(study, order, "Write the export", icon=":material/output:")
    with right:
        st.caption("The best sample in this format")
        export_preview(study, selection, format_)


def verdicts_box(study: Study) -> bool:
    """Draw whether the clinicians' verdicts come along, where there are any to come along."""
    seen = glance(study)
    if seen is not None and not seen.samples:
        return False
    wanted = st.checkbox(
        "Include the clinicians' verdicts", key="export-verdicts",
        help=f"{help_of(ExportSettings, 'verdicts')} Each is listed under “reviewer 1”, "
        "“reviewer 2” …, without names and comments.",
    )  # fmt: skip
    if not wanted:
        return False
    store, actor = shared_store(study), known_reviewer()
    if not (can(store, actor, "read_all") if actor else not people(store)):
        show_note(
            "You may not see other people's verdicts, so this export goes without them",
            ("Say who you are on the page Review, or ask the study's admin for a role.",),
        )
        return False
    st.caption(
        "Where they accepted a sample with an edit, their text is written instead of the old one. "
        "A rejected sample stays in as long as the selection keeps it: on the page Review, under "
        "Certificate, you can fix a selection without it."
    )
    return True


def draw_export(study: Study, export: Artefact) -> None:
    """Draw a finished export: what it holds, how to take it away, load it and repeat it."""
    counts, format_ = export.manifest["counts"], export.settings["format"]
    with st.container(horizontal=True, gap="medium"):
        st.metric("Samples written", f"{counts['exported']:,}", width=190)
        st.metric("Could not be written", f"{counts['dropped']:,}", width=220,
                  help="Listed with the reason in dropped.jsonl")  # fmt: skip
        st.metric("Format", visible(find_exporter(format_).label), width=260)
    removed = removed_from_images(export)
    if removed is None:
        show_note(
            "An older version copied the images of this export as they were",
            (
                "They may hold more than their picture, such as a position or a name. Write the "
                "export again under another name to have them without it.",
            ),
        )
    elif counts["images"]:
        st.caption(visible(images_sentence(counts["images"], removed)))
    st.download_button(
        "Download everything as zip", partial(zip_bytes, export), file_name=f"{export.name}.zip",
        mime="application/zip", type="primary", icon=":material/download:", on_click="ignore",
        key="download", disabled=removed is None,
    )  # fmt: skip
    if removed is not None:
        draw_push(study, export)
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Files")
        draw_files(export)
        st.header("How to load it")
        st.markdown(how_to_load(format_, images=bool(counts["images"])))
        st.header("How to repeat it")
        draw_reproduce(study, export)
    with right:
        st.header("Datasheet")
        with st.container(border=True, height=640, key="datasheet"):
            st.markdown(_below(export.file(DATASHEET).read_text(encoding="utf-8")))


def _below(document: str) -> str:
    """Return a document in Markdown with its headings two levels down: it stands under one."""
    parts = document.split("```")
    parts[::2] = [re.sub(r"^(?=#{1,4} )", "##", text, flags=re.MULTILINE) for text in parts[::2]]
    return "```".join(parts)


def draw_files(export: Artefact) -> None:
    """Draw the names and sizes of the files, and where they lie."""
    names = [*sorted(export.manifest["files"]), MANIFEST]
    pictures = [name for name in names if name.startswith("images/")]
    rows = "".join(
        f"<tr><td>{escaped(name)}</td><td>{size((export.path / name).stat().st_size)}</td></tr>"
        for name in names
        if name not in pictures
    )
    if pictures:
        rows += f"<tr><td>images/</td><td>{len(pictures):,} files</td></tr>"
    st.html(f'<table class="diq-table">{rows}</table>')
    draw_one_file(export, names)
    st.code(visible(str(export.path)), language=None, wrap_lines=True)


def draw_one_file(export: Artefact, names: list[str]) -> None:
    """Draw the choice of one file, and the button that takes it away alone."""
    training = [name for name in names if name == find_exporter(export.settings["format"]).file]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("One file alone", [*training, *(n for n in names if n not in training)],
                            key="one-file", width=240)  # fmt: skip
        st.download_button(
            "Download it", partial(one_file, export, name), file_name=name.rpartition("/")[2],
            icon=":material/download:", on_click="ignore", key="download-one",
            disabled=removed_from_images(export) is None,
        )  # fmt: skip


def draw_reproduce(study: Study, export: Artefact) -> None:
    """Draw the command that makes the same bytes again."""
    selection = study.resolve(export, "selection")
    dataset = study.resolve(selection, "dataset")
    source = (dataset.input("source") or {}).get("path", "FILE")
    command = ["diq", "reproduce", str(export.path / MANIFEST), "--source", source]
    made_of = [dataset]
    if selection.input("influence"):
        made_of.append(study.resolve(selection, "influence"))
    for role in selection.manifest["inputs"]:
        if role.startswith(OWN):
            made_of.append(study.resolve(selection, role))
    for option, file in other_files(made_of):
        command += [f"--{option}", file]
    command += ["--study", "NEW_FOLDER"]
    st.code(visible(shlex.join(command)), language=None, wrap_lines=True)
    st.caption(
        "On any machine, with the files that were used then: every step again, byte for byte."
    )


def other_files(made_of: list[Artefact]) -> list[tuple[str, str]]:
    """Return ("validation", "benchmark" or "scores", name) of the user's own files that took
    part, besides the source of the samples.
    """
    found = {
        ("scores" if role == "source" else role.split("-")[0], entry["path"])
        for artefact in made_of
        for role, entry in artefact.manifest["inputs"].items()
        if role.startswith(("validation", "benchmark"))
        or (role == "source" and artefact.kind == "scores")
    }
    return sorted(pair for pair in found if pair[1] != SHIPPED_VALIDATION.name)


with open_page("export") as current:
    draw(current)
