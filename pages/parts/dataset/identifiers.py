"""What may tell who a patient is: by class, each finding in its words, for a person to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.data.sample import Sample
from diq_core.privacy.gate import Finding, Ruling
from diq_core.privacy.identifier import WORDS, Kind
from diq_core.stages.deciding import (
    Listed,
    by_class,
    decide,
    findings_of,
    in_context,
    listed,
    samples_of,
)
from diq_core.stages.identifier_log import foreign, stamp
from diq_core.stages.joining import image_file
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.choose import free_name
from pages.parts.identifier_gate import answering, role_and_reason, show_in_context
from pages.parts.job_panel import latest_job, start_button
from pages.parts.server_path import may_decide
from pages.parts.tables import BY_DIGEST
from pages.parts.text import escaped, shortened
from pages.parts.viewer import show_images
from pages.parts.words import count

_ROWS = 10
_STANDINGS = {
    "open": "not decided: the sample is left out",
    "doubtful": "only likely: the sample stays in",
    "none": "no identifier",
    "identifier": "an identifier",
}
_RULINGS: dict[Ruling, str] = {
    "none": "no identifier: the sample may be used",
    "identifier": "an identifier: leave the sample out",
}


def draw_identifiers(study: Study, dataset: Artefact) -> None:
    """Draw what was found, class by class, and the form to decide."""
    _draw_what_this_is(study, dataset)
    rows = _listed(study, dataset, stamp(study))
    if not rows:
        show_note(
            "Nothing was found that may tell who a patient is",
            ("That is no proof that nothing is there: some identifiers are missed.",),
        )
        return
    decided = [each for each in rows if each.standing in ("none", "identifier")]
    if decided:
        _draw_again(study, dataset, len(decided))
    for kind, counts in by_class(rows).items():
        same = [each for each in rows if each.finding.what.kind == kind]
        undecided = counts["open"] + counts["doubtful"]
        label = f"{WORDS[kind].capitalize()} **{len(same):,}**"
        label += f" · {undecided:,} not decided" if undecided else " · decided"
        with st.expander(label, key=f"class-{kind}", on_change="rerun") as box:
            if box.open:
                _draw_class(study, dataset, kind, same)


def _draw_what_this_is(study: Study, dataset: Artefact) -> None:
    st.write(
        "Names, dates, numbers and places that may tell who a patient is. A sample with a sure "
        "finding is left out until somebody decides; what is only likely is listed and stays in. "
        "Some identifiers are missed, so this is no statement that none is left."
    )
    facts = dataset.manifest["facts"].get("identifiers")
    if facts is None:
        show_note(
            "This dataset was imported by a version that did not look for identifiers",
            (
                "Its texts were looked through just now, and are again before every export. "
                "No sample was left out for what it holds: import the file again for that.",
            ),
        )
    show_unread_images(dataset)
    elsewhere = foreign(study)
    if elsewhere:
        show_note(
            f"{count(elsewhere, 'decisions')} were made under another machine's secret",
            ("They do not count here; docs/security.md says how machines share a secret.",),
        )


def show_unread_images(dataset: Artefact) -> None:
    """Draw that a dataset's images were not looked at, where it has any and they were not."""
    facts = dataset.manifest["facts"].get("identifiers")
    why_not = facts["images"]["not_read_because"] if facts else ""
    if why_not and any(name.startswith("images/") for name in dataset.manifest["files"]):
        show_note(
            "The images were not looked at for text that is drawn into them",
            (f"Because {why_not}. A name or a date in a corner stays unseen. Import the file again "
             "with 'Also look in text that is drawn into images', under More settings.",),
        )  # fmt: skip


@st.cache_data(max_entries=4, show_spinner="Looking through the texts …", hash_funcs=BY_DIGEST)
def _found(dataset: Artefact) -> list[Finding]:
    return findings_of(dataset)


@st.cache_data(max_entries=8, show_spinner="Looking …", hash_funcs=BY_DIGEST)
def _listed(_study: Study, dataset: Artefact, log: str) -> list[Listed]:  # noqa: ARG001
    return listed(_study, dataset, _found(dataset))


def _draw_again(study: Study, dataset: Artefact, decided: int) -> None:
    """Draw how the decisions come into use: an import of the same file under another name."""
    made_with = {} if "decisions" not in dataset.manifest["inputs"] else {"some": True}
    st.write(
        f"**{count(decided, 'findings')}** are decided. "
        + ("This dataset was made by decisions before it; " if made_with else "")
        + "decisions take effect when the file is imported again, and in every export."
    )
    if dataset.input("mix"):
        st.caption("Mix the datasets again below, under another name: it follows the decisions.")
        return
    job = latest_job(study, "dataset")
    if job is None or job.order is None or job.order.name != dataset.name:
        st.caption("Import the same file again below, under another name.")
        return
    order = replace(job.order, name=free_name(study, "dataset"), restart=False)
    start_button(study, order, "Import again with these decisions", icon=":material/replay:")


def _draw_class(study: Study, dataset: Artefact, kind: Kind, same: Sequence[Listed]) -> None:
    pages = -(-len(same) // _ROWS)
    page = st.pagination(pages, key=f"found-page-{kind}") if pages > 1 else 1
    shown = same[(page - 1) * _ROWS : page * _ROWS]
    samples = samples_of(dataset, {each.finding.id for each in shown})
    ticked = []
    for each in shown:
        sample = samples[each.finding.id]
        with st.container(horizontal=True, gap="small", vertical_alignment="top"):
            mark = st.checkbox(
                f"Finding {each.number}", key=f"found-{kind}-{each.number}",
                label_visibility="collapsed", width="content",
            )  # fmt: skip
            with st.container():
                _draw_finding(dataset, each, sample)
        ticked += [each] * mark
    if not may_decide(study):
        st.caption("Only a curator or an admin of this study decides.")
        return
    _draw_form(study, dataset, kind, same, ticked)


def _draw_finding(dataset: Artefact, each: Listed, sample: Sample) -> None:
    seen = in_context(sample, each.finding)
    where = f"{shortened(each.finding.id, 30)} · {shortened(seen.place, 40)}"
    note = f"{where} · {_STANDINGS[each.standing]}"
    if seen.image:
        show_images(replace(sample, images=(seen.image,)), partial(image_file, dataset),
                    key=f"finding-{each.number}")  # fmt: skip
        box = ", ".join(map(str, each.finding.box))
        st.html(
            f'<p class="diq-note">Text at {escaped(box)} (left, top, right, bottom)</p>'
            f'<p class="diq-note">{escaped(note)}</p>'
        )
        return
    show_in_context(seen, note)


def _draw_form(
    study: Study, dataset: Artefact, kind: Kind, same: Sequence[Listed], ticked: Sequence[Listed]
) -> None:
    about = ticked or same
    which = f"The {len(ticked):,} ticked" if ticked else f"All {len(same):,} of this class"
    with st.form(f"decide-{kind}", border=False):
        ruling = st.radio(
            which, list(_RULINGS), format_func=_RULINGS.__getitem__, key=f"ruling-{kind}",
            index=None,
        )  # fmt: skip
        with st.container(horizontal=True):
            role, reason = role_and_reason(kind, "In which role you decide")
        sent = st.form_submit_button("Decide", icon=":material/gavel:")
    if not sent:
        return
    if ruling is None:
        show_note("Say first what they are", (f"{_RULINGS['none']}, or {_RULINGS['identifier']}",))
        return
    who = answering(role, reason)
    if who is not None:
        decide(study, dataset, about, ruling, who)
        st.rerun()
