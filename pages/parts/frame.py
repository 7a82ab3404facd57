"""How every page begins: set up, menu, the study it is about, and a net below it all.

A page file is ``with open_page("difficulty") as study: ...`` and may rely on nothing that
another page did: on a fresh server it may be the first one that is visited.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from diq_core.artefact import Artefact
from diq_core.errors import UserError
from diq_core.jobs import queue
from diq_core.kinds import Kind, row
from diq_core.shortage import in_words
from diq_core.status import StepStatus, damage, status
from diq_core.study import Study, studies_in
from pages.parts import served
from pages.parts.boxes import show_fault, show_problem, show_user_error
from pages.parts.glossary import draw_glossary
from pages.parts.reviewer import require_login
from pages.parts.subject import link, tell_unknown
from pages.parts.text import shortened, visible

_ADOPT_EVERY = 15.0
_HERE = Path(__file__).resolve().parent
_LOG = logging.getLogger("diq.pages")


PageKey = Kind | Literal["overview"]


@dataclass(frozen=True)
class Page:
    """One entry of the menu.

    Attributes:
        key: the kind of work that is done on the page, or "overview".
        icon: drawn when the page stands for no step.
        file: its script, relative to overview.py.
    """

    key: PageKey
    icon: str
    file: str

    @property
    def title(self) -> str:
        """What a person calls it."""
        return "Overview" if self.key == "overview" else row(self.key).title

    @property
    def action(self) -> str:
        """What going there is called on a button."""
        return "Overview" if self.key == "overview" else row(self.key).action


PAGES = (
    Page("overview", ":material/home:", "overview.py"),
    Page("dataset", ":material/description:", "pages/1_dataset.py"),
    Page("difficulty", ":material/stairs:", "pages/2_difficulty.py"),
    Page("influence", ":material/trending_up:", "pages/3_influence.py"),
    Page("selection", ":material/scatter_plot:", "pages/4_explore.py"),
    Page("review", ":material/stethoscope:", "pages/5_review.py"),
    Page("export", ":material/output:", "pages/6_export.py"),
    Page("run", ":material/model_training:", "pages/7_finetune.py"),
    Page("evaluation", ":material/monitoring:", "pages/8_evaluate.py"),
)

_BY_KEY = {page.key: page for page in PAGES}
STATE_ICONS = {
    "done": ":material/check_circle:",
    "running": ":material/clock_loader_40:",
    "failed": ":material/error:",
    "ready": ":material/radio_button_unchecked:",
    "waiting": ":material/radio_button_unchecked:",
    "optional": ":material/stethoscope:",
}


def workspace() -> Path:
    """Return the folder of all studies."""
    return Path(os.environ.get("DIQ_WORKSPACE") or "studies").resolve()


@contextmanager
def open_page(key: Kind) -> Iterator[Study]:
    """Set up the page `key`, draw the menu and give the study it is about.

    Without any study the page says so and ends. An error inside is shown in plain words,
    never as a traceback.
    """
    with open_frame(key) as study:
        if study is None:
            _no_study()
            st.stop()
        yield study


@contextmanager
def open_frame(key: PageKey) -> Iterator[Study | None]:
    """Do the same for a page that has something to say without a study, too."""
    page = page_of(key)
    st.set_page_config(
        page_title=f"{page.title} · DIQ Studio",
        page_icon=str(_HERE / "logo.svg"),
        layout="wide",
        initial_sidebar_state="auto",
    )
    st.html(_HERE / "style.css")
    st.html(_HERE / "screens.css")
    st.logo(str(_HERE / "wordmark.svg"), size="large")
    study, ready = None, False
    with guarded():
        require_login()
        study = _choose_study(page)
        _menu(study, key)
        # What else there is to say without a study is for a workspace that has none.
        ready = study is not None or not studies_in(workspace())
        unknown = _unknown_page(page)
        if unknown:
            show_problem(
                f"There is no page called '{shortened(unknown, 64)}'",
                ("The address asks for it, so nothing is shown instead. Choose one on the left.",),
            )
            ready = False
    if not ready:
        st.stop()
    if study is not None:
        with guarded():
            broken = damage(study)
            if broken:
                show_problem("Part of this study cannot be read", broken)
            _adopt(study.path)
        with guarded():
            tell_unknown(study)
    with guarded():
        yield study


@contextmanager
def guarded() -> Iterator[None]:
    """Show an error that is raised inside; a fragment or callback of a page needs it as well."""
    try:
        with in_words():
            yield
    except UserError as error:
        show_user_error(error)
    except Exception:  # noqa: BLE001  the one net below every page; it is logged in full
        reference = secrets.token_hex(4)
        _LOG.exception("page failed, reference %s", reference)
        show_fault(reference)


def next_button(study: Study, key: Kind, about: Artefact) -> None:
    """Draw the way on from the finished page `key`: to the first step that can be done now.

    What was finished, `about`, goes along. Where nothing can be done, there is no button.
    """
    after = PAGES.index(page_of(key)) + 1
    states: dict[str, str] = {step.key: step.state for step in status(study)}
    can_be_done = [page for page in PAGES if states.get(page.key) in ("ready", "failed")]
    if not can_be_done and states.get(PAGES[after].key) == "waiting":
        return
    page = (can_be_done or [PAGES[after]])[0]
    if st.button(page.action, type="primary", icon=":material/arrow_forward:", key="next"):
        go_to(page.key, study, about)


def page_of(key: PageKey) -> Page:
    """Return the page of a kind of work."""
    return _BY_KEY[key]


def go_to(key: PageKey, study: Study, about: Artefact | None = None, **more: str) -> None:
    """Open the page of a kind of work on `study`, and there on `about`.

    Args:
        more: what else the address of that page names, e.g. its part.
    """
    st.switch_page(page_of(key).file, query_params=link(study, about) | more)


def _unknown_page(page: Page) -> str:
    """Return the name of the page that the address asks for and that is not there; else "".

    Streamlit draws the main page then, and takes the name out of the address.
    """
    context = get_script_run_ctx()
    if page.key != "overview" or context is None or context.pages_manager.intended_page_script_hash:
        return ""
    return context.pages_manager.intended_page_name or ""


@st.cache_resource(ttl=_ADOPT_EVERY, show_spinner=False)
def _adopt(study: Path) -> None:
    # What an earlier server left behind goes on as soon as somebody looks at the study, and so
    # does a queue whose worker was killed meanwhile.
    queue.adopt(Study(study))


def _choose_study(page: Page) -> Study | None:
    """Return the study that the address names, else the first.

    One that is not there is said, and the visitor chooses.
    """
    studies = {study.path.name: study for study in studies_in(workspace())}
    asked = st.query_params.get("study")
    name = asked if asked in studies else None
    if asked is None and studies:
        # From here on the address survives a reload and can be passed on.
        name = st.query_params["study"] = next(iter(studies))
    if studies:
        _study_box(page, studies, name)
    if asked is not None and name is None:
        _tell_unknown_study(asked, is_any=bool(studies))
    return studies[name] if name else None


def _study_box(page: Page, studies: Mapping[str, Study], name: str | None) -> None:
    names = list(studies)
    with st.sidebar:
        chosen = st.selectbox(
            "Study",
            names,
            index=names.index(name) if name else None,
            format_func=_titles(studies).__getitem__,
            key=f"study-beside-{name}",
            placeholder="Choose a study",
        )
    if chosen != name and chosen is not None:
        # Nothing that was typed or chosen for the one study may reach the other.
        st.session_state.clear()
        st.switch_page(page.file, query_params=link(studies[chosen]))


def _tell_unknown_study(asked: str, *, is_any: bool) -> None:
    todo = "Choose one on the left." if is_any else "There is none yet: start one on the overview."
    show_problem(
        f"There is no study called '{shortened(asked, 64)}' here",
        (f"The address asks for it, so nothing is shown instead. {todo}",),
    )


def _titles(studies: Mapping[str, Study]) -> dict[str, str]:
    """Return a title for each name; where two are alike, the folder's name tells them apart.

    The box knows its options by what they are called, so two of one title would be one.
    """
    titles = {name: _title(study) for name, study in studies.items()}
    times = Counter(titles.values())
    return {
        name: f"{title} ({name})" if times[title] > 1 else title for name, title in titles.items()
    }


def _title(study: Study) -> str:
    try:
        return visible(study.title)
    except UserError:
        return f"{study.path.name} (damaged)"


def _menu(study: Study | None, key: str) -> None:
    steps: dict[str, StepStatus] = {}
    if study is not None:
        # A damaged file of the study must not take the ways out of the page with it.
        with guarded():
            steps = {step.key: step for step in status(study)}
    with st.sidebar:
        for page in PAGES:
            step = steps.get(page.key)
            icon = STATE_ICONS[step.state] if step else page.icon
            with st.container(key=f"menu-{'here' if page.key == key else page.key}"):
                st.page_link(
                    page.file,
                    label=page.title,
                    icon=icon,
                    width="stretch",
                    query_params=link(study),
                )
        draw_glossary()
        st.caption("Samples leave this computer only to an address that you name.")
        served.mount("frame", _HERE, "menu.js", key="frame-menu")


def _no_study() -> None:
    st.title("There is no study yet")
    st.write("A study holds one set of samples and everything that is found out about it.")
    if st.button("Go to the overview and start one", type="primary"):
        st.switch_page("overview.py")
