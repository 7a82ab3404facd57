"""Dataset: import a file, see what it is made of, what is wrong with it, and its samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.data.composition import Composition, compose
from diq_core.data.findings import RULES
from diq_core.stages.dataset import MIX
from diq_core.stages.joining import PROBLEMS, SAMPLES
from diq_core.stages.shared_images import shared_lines
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.charts import bars, histogram_chart
from pages.parts.choose import await_artefact, choose_artefact
from pages.parts.dataset.alike_view import alike_view
from pages.parts.dataset.identifiers import draw_identifiers, show_unread_images
from pages.parts.dataset.import_form import import_form
from pages.parts.dataset.import_look import layout_label
from pages.parts.dataset.mix_form import mix_form
from pages.parts.dataset.mix_view import draw_mix
from pages.parts.dataset.reflection_view import reflection_view
from pages.parts.frame import next_button, open_page
from pages.parts.glossary import explain
from pages.parts.job_panel import ACTIVE, latest_job
from pages.parts.sample_browser import sample_browser
from pages.parts.tables import BY_DIGEST, table
from pages.parts.text import shortened, show_list, show_text
from pages.parts.views import choose_view
from pages.parts.words import count, share

if TYPE_CHECKING:
    import pyarrow as pa

_MIXTURE = "Mixture"
_VIEWS = ("What is in it", "Problems", "Identifiers", "Same questions", "Left out", "Samples",
          "Reflective chains")  # fmt: skip
_ROWS = 100
_SIGNS = {"error": ":material/error:", "warning": ":material/warning:", "info": ":material/info:"}


def draw(study: Study) -> None:
    """Draw the page for a study in any state."""
    st.title("Dataset", help=explain("Dataset", "Sample"))
    job = latest_job(study, "dataset")
    mixing = latest_job(study, "mix")
    if mixing is not None and mixing.state in ACTIVE:
        await_artefact("dataset", mixing.name)
    dataset = choose_artefact(study, "dataset", managed=True)
    if dataset is not None:
        draw_dataset(study, dataset)
        with st.expander("Import another file", icon=":material/add:"):
            import_form(study)
        if mixing is None or mixing.state not in ACTIVE:
            with st.expander("Mix several datasets into one", icon=":material/merge:"):
                mix_form(study)
    elif job is None or job.state not in ACTIVE:
        st.write(
            "Bring a file of samples: questions with answers and, where you have it, the reasoning "
            "that leads there. Every row is checked, and nothing is thrown away silently."
        )
        import_form(study)


def draw_dataset(study: Study, dataset: Artefact) -> None:
    """Draw a finished dataset."""
    facts, counts = dataset.manifest["facts"], dataset.manifest["counts"]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.metric("Samples in use", f"{counts['included']:,}", width=190)
        st.metric("Left out", f"{counts['samples'] - counts['included']:,}", width=190)
        st.metric("Rows not readable", f"{counts['unreadable']:,}", width=190)
        next_button(study, "dataset", dataset)
    draw_shared_images(dataset)
    show_text(f"Layout: {layout_label(facts['format'])} ({facts['reason']})", limit=400)
    mix = study.resolve(dataset, MIX) if dataset.input(MIX) else None
    view = choose_view((_VIEWS[0], _MIXTURE, *_VIEWS[1:]) if mix else _VIEWS)
    if view == "Problems":
        draw_problems(dataset)
    elif view == _MIXTURE and mix:
        draw_mix(mix)
    elif view == "Same questions":
        alike_view(study, dataset)
    elif view == "Identifiers":
        draw_identifiers(study, dataset)
    elif view == "Left out":
        draw_left_out(dataset)
    elif view == "Reflective chains":
        reflection_view(study, dataset)
    elif view == "Samples":
        sample_browser(dataset)
    else:
        show_unread_images(dataset)
        draw_composition(composition(dataset), facts.get("unused", ()))


def draw_shared_images(dataset: Artefact) -> None:
    """Say which of its images validation and benchmark questions show, too."""
    if lines := shared_lines(dataset):
        show_list(lines)


@st.cache_data(max_entries=8, show_spinner="Counting …", hash_funcs=BY_DIGEST)
def composition(dataset: Artefact) -> Composition:
    """Return the composition of the samples in use."""
    return compose(table(dataset, SAMPLES))


def draw_composition(found: Composition, unused: Sequence[dict[str, Any]] = ()) -> None:
    """Draw what the samples in use are made of, and what of the file was not used."""
    parts = (
        ("with reasoning", found.with_reasoning),
        ("with answer options", found.with_options),
        ("with images", found.with_images),
        ("with a context passage", found.with_context),
    )
    st.write(
        f"Of the **{count(found.samples, 'samples')}** in use: "
        + " · ".join(f"**{share(part, found.samples)}** {words}" for words, part in parts)
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Sources")
        bars(found.sources, unit="samples", key="sources")
    with right:
        st.header("Subjects")
        bars(found.subjects, unit="samples", key="subjects")
    st.header("Lengths")
    top = max((max(one.bins, default=0) for one in found.lengths.values()), default=0)
    for column, (field, lengths) in zip(
        st.columns(3, gap="large"), found.lengths.items(), strict=True
    ):
        with column:
            st.markdown(f"**{field.capitalize()}**")
            if not lengths.count:
                st.caption("No sample has it.")
                continue
            median = lengths.quantiles[0.5]
            histogram_chart(
                lengths.edges, lengths.bins, x=lengths.unit, unit="samples", key=f"lengths-{field}",
                mark=median, mark_label=f"median {median:.0f}", top=top,
            )  # fmt: skip
            st.caption(
                f"{count(lengths.count, 'samples')}; {lengths.smallest:,} to {lengths.largest:,} "
                f"{lengths.unit}. The last bar holds all that is longer."
            )
    draw_unused(unused)
    with st.expander("Licences and files"):
        bars(found.licences, unit="samples", key="licences")
        bars(found.files, unit="samples", key="files")


def draw_unused(unused: Sequence[dict[str, Any]]) -> None:
    """Draw the columns that were not used, with an example of each."""
    if not unused:
        return
    with st.expander(f"{count(len(unused), 'columns')} of the file not used, and kept in meta"):
        st.dataframe(
            {
                "Column": [shortened(each["column"], 60) for each in unused],
                "Share of the file": [f"{each['share']:.1%}" for each in unused],
                "Rows": [each["rows"] for each in unused],
                "Example": [shortened(each["example"], 100) for each in unused],
            },
            hide_index=True,
            key="unused",
        )


def draw_problems(dataset: Artefact) -> None:
    """Draw the findings, rule by rule, with what to do about each."""
    problems = table(dataset, PROBLEMS)
    if not problems.num_rows:
        show_note("No problem was found", ("Every row was readable and passed every check.",))
        return
    severities = ("error", "warning", "info")
    counted = problems["rule"].value_counts().to_pylist()
    rules = sorted(
        ((entry["values"], entry["counts"]) for entry in counted),
        key=lambda item: (severities.index(RULES[item[0]].severity), -item[1], item[0]),
    )
    for rule, number in rules:
        label = f"{RULES[rule].sentence} **{number:,}**"
        with st.expander(label, icon=_SIGNS[RULES[rule].severity], key=f"rule-{rule}",
                         on_change="rerun") as box:  # fmt: skip
            if box.open:
                draw_rule(problems, rule, number)


def draw_rule(problems: pa.Table, rule: str, number: int) -> None:
    """Draw the places where one rule found something."""
    import pyarrow.compute as pc

    rows = problems.filter(pc.equal(problems["rule"], rule)).slice(0, _ROWS).to_pylist()
    st.dataframe(
        {
            "Place": [shortened(f"{row['file']}, line {row['line']}", 60) for row in rows],
            "Sample": [shortened(row["id"], 30) for row in rows],
            "Field": [shortened(row["field"], 30) for row in rows],
            "What": [shortened(row["message"], 160) for row in rows],
            "What to do": [shortened(row["hint"], 160) for row in rows],
        },
        hide_index=True,
        key=f"places-{rule}",
    )
    if number > len(rows):
        st.caption(f"The first {len(rows)} of {number:,}; all are in problems.parquet.")


def draw_left_out(dataset: Artefact) -> None:
    """Draw the samples that are left out, each with its reason."""
    import pyarrow.compute as pc

    samples = table(dataset, SAMPLES, ("id", "question", "excluded"))
    rows = samples.filter(pc.is_valid(samples["excluded"]))
    if not rows.num_rows:
        show_note("Nothing is left out", ("Every sample can be scored and chosen.",))
        return
    pages = -(-rows.num_rows // _ROWS)
    page = st.pagination(pages, key="left-out-page") if pages > 1 else 1
    shown = rows.slice((page - 1) * _ROWS, _ROWS).to_pylist()
    st.dataframe(
        {
            "Why": [shortened(row["excluded"], 90) for row in shown],
            "Sample": [shortened(row["id"], 30) for row in shown],
            "Question": [shortened(row["question"], 120) for row in shown],
        },
        hide_index=True,
        key="left-out",
    )
    st.caption(f"{count(rows.num_rows, 'samples')} left out. They stay in the dataset's file.")


with open_page("dataset") as current:
    draw(current)
