"""The words of a sample weighed: what is kept of it, the job that computes it, and the button."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import InfluenceSettings, TokensSettings, build
from diq_core.errors import UserError
from diq_core.jobs import control, standing
from diq_core.jobs.order import Order, order_for
from diq_core.models.files import SHIPPED
from diq_core.options import shown
from diq_core.stages.influence_room import room_of
from diq_core.stages.tokens_cache import Weighed, kept
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.explore.written import signed
from pages.parts.job_panel import ACTIVE, job_panel
from pages.parts.server_path import may_read
from pages.parts.text import escaped, visible


def draw_weighing(
    study: Study, influence: Artefact | None, id: str, stored: float
) -> Weighed | None:
    """Draw how far the words of a sample are weighed, and return them; None = not yet.

    Args:
        stored: the sample's influence; NaN = it has none.
    """
    if influence is None or stored != stored:
        st.caption("Its words cannot be weighed: it has no influence score.")
        return None
    found = kept(study, influence, id)
    if found is not None:
        _legend(found, stored)
        return found
    job = standing.look(study, "tokens", influence.name)
    order = order_for(
        "tokens", influence.name, TokensSettings(samples=(id,)), influence=influence.name
    )
    if job is not None and (job.state in ACTIVE or _is_same(job.order, order, job.state)):
        job_panel(study, "tokens", influence.name)
        if job.state in ACTIVE:
            return None
    _offer(study, influence, order)
    return None


def _is_same(then: Order | None, now: Order, state: str) -> bool:
    return state != "done" and then is not None and then.settings == now.settings


def _offer(study: Study, influence: Artefact, order: Order) -> None:
    model = str(influence.settings["model"])
    if st.button(
        "Weigh each word", key="reading-weigh", icon=":material/balance:", shortcut="W",
        help="Which words of the reasoning help, and which hurt.",
    ):  # fmt: skip
        try:
            # The artefact may come from somebody else, and it names the model's folder.
            may_read(study, model)
            control.start(study, order)
        except UserError as error:
            show_user_error(error)
            return
        st.rerun()
    try:
        needed = room_of(build(InfluenceSettings, influence.settings))
    except UserError as error:
        show_user_error(error)
        return
    whose = "the model that ships with the app" if model in SHIPPED else "the model"
    room = f" {needed.text()}." if needed else ""
    st.caption(
        f"Two passes of {whose}: seconds where this computer still has the direction of "
        f"improvement, else some minutes, once.{room} The page stays usable."
    )
    with st.expander("The same in a terminal", icon=":material/terminal:"):
        st.code(visible(shown(order.command(study))), language=None, wrap_lines=True)


def _legend(found: Weighed, stored: float) -> None:
    st.html(
        '<p class="diq-legend"><span class="diq-helps diq-t3">helps</span> '
        '<span class="diq-hurts diq-t3">hurts</span> the stronger, the deeper, within this sample. '
        f"Its {len(found.terms):,} tokens add up to <b>{escaped(signed(found.influence))}</b>; "
        f"stored is <b>{escaped(signed(stored))}</b>. Point at a word for its influence and loss."
        "</p>"
    )
