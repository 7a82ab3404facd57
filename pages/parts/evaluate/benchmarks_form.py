"""Which questions a model is tested on: those that ship with the app, or files of one's own."""

from __future__ import annotations

import streamlit as st

from diq_core.config import EvaluateSettings
from diq_core.data.readers import ARCHIVE_SUFFIXES
from diq_core.fields import help_of
from diq_core.stages.sources import SHIPPED_BENCHMARKS
from diq_core.study import Study
from pages.parts.uploads import FILE_KINDS, keep_once


def benchmarks_form(study: Study, key: str) -> tuple[list[str], int | None]:
    """Draw the choice; return the files and how many questions of each (None = all).

    Args:
        key: tells this form from another one on the same page.
    """
    names = list(SHIPPED_BENCHMARKS)
    chosen = st.multiselect("Questions", names, default=names[:1], key=f"{key}-benchmarks")
    uploads = st.file_uploader(
        "Questions of my own", type=[*FILE_KINDS, *ARCHIVE_SUFFIXES], accept_multiple_files=True,
        key=f"{key}-files",
        help="Questions with known answers: MedQA, MMLU, MedMCQA, PubMedQA, MedXpertQA, "
        "MedBullets, VQA-RAD, SLAKE, PathVQA, PMC-VQA, OmniMedVQA, MMMU, or the app's own fields; "
        "those with images as a ZIP. Without options they count where answers are only written.",
    )  # fmt: skip
    files = [str(SHIPPED_BENCHMARKS[name]) for name in chosen]
    files += [str(keep_once(study, upload)) for upload in uploads]
    limit = st.number_input(
        "Questions of each (0 = all)", 0, 10**6, 60, key=f"{key}-limit", width=240,
        help=help_of(EvaluateSettings, "limit"),
    )  # fmt: skip
    return files, int(limit) or None
