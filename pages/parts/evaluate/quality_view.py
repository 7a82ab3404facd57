"""Whose written answers are better reasoned: pairs of answers, judged by a model or by people."""

from __future__ import annotations

from functools import partial

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.quality.requests import Pair
from diq_core.stages.answers import load_pairs
from diq_core.stages.joining import image_file
from diq_core.study import Study
from pages.parts.choose import choose_artefact
from pages.parts.evaluate.quality_forms import judge_form, pair_form, send_form
from pages.parts.evaluate.quality_result import draw_judgement
from pages.parts.job_panel import form_place, latest_job
from pages.parts.tables import BY_DIGEST
from pages.parts.text import escaped, show_text
from pages.parts.viewer import show_images
from pages.parts.words import count


def draw_quality(study: Study) -> None:
    """Draw the pairs, what was judged of them, and the forms that have more of them judged."""
    st.write(
        "Two models' written answers to the same questions, side by side: which one reasons "
        "better? A language model can judge them, asked in both orders, or clinicians can, blind."
    )
    pairing = latest_job(study, "answers")
    answers = choose_artefact(study, "answers", managed=True)
    if answers is not None:
        _draw_pairs(answers)
        _draw_judging(study, answers)
        with st.expander("Send the pairs to clinicians", icon=":material/stethoscope:"):
            send_form(study, answers)
    with form_place(pairing, answers, "Pair the answers of two other models") as is_open:
        if is_open:
            pair_form(study)


def _draw_judging(study: Study, answers: Artefact) -> None:
    job = latest_job(study, "quality")
    made = choose_artefact(
        study, "quality", managed=True,
        among=lambda one: (one.input("answers") or {}).get("digest") == answers.digest,
    )  # fmt: skip
    if made is not None:
        draw_judgement(made)
    with form_place(job, made, "Have another model judge, or in another way") as is_open:
        if is_open:
            judge_form(study, answers)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def _pairs(answers: Artefact) -> list[Pair]:
    return load_pairs(answers)


def _draw_pairs(answers: Artefact) -> None:
    counts, facts = answers.manifest["counts"], answers.manifest["facts"]
    names = [facts[side]["name"] for side in ("first", "second")]
    said = [f"'{names[0]}' against '{names[1]}' on {count(counts['pairs'], 'questions')}."]
    said += [f"{number:,} without a pair: {why}." for why, number in counts["reasons"].items()]
    st.html(f'<p class="diq-note">{escaped(" ".join(said))}</p>')
    pairs = _pairs(answers)
    with st.expander("Read the answers", icon=":material/compare:"):
        number = st.number_input(
            f"Pair, 1 to {len(pairs):,}", 1, len(pairs), 1, key=f"pair-{answers.name}", width=200
        )
        _draw_pair(answers, pairs[int(number) - 1], names)


def _draw_pair(answers: Artefact, pair: Pair, names: list[str]) -> None:
    show_text(pair.first.question)
    show_images(pair.first, partial(image_file, answers), key="pair")
    sides = zip(st.columns(2, gap="large"), names, (pair.first, pair.second), strict=True)
    for column, name, answer in sides:
        with column:
            st.html(f'<p class="diq-note"><b><bdi>{escaped(name)}</bdi></b></p>')
            if answer.reasoning:
                show_text(answer.reasoning)
            show_text(answer.answer)
