"""What the Explore page shows, in one value: kept in the session and in the page's address.

The address holds only what differs from the defaults, so a link shared with a colleague or a
reload brings everything back: knobs, region and opened sample.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import streamlit as st

from diq_core.config import Aspect, Rule, SelectSettings, build
from diq_core.errors import BadSetting
from diq_core.maps.region import Region, region_from_text
from diq_core.score import AXES, Axes
from diq_core.selection.filters import split_filters
from diq_core.study import Study
from pages.parts.explore.values import (
    Listed,
    Maps,
    Panel,
    Scale,
    Space,
    read_value,
    write_value,
)


@dataclass(frozen=True)
class View:
    """Everything a visitor can set on the page.

    Attributes:
        space: the map in which the region was drawn.
        region: the region as text, in scores or in coordinates of the meaning map; "" = none.
        across, up: the scores on the axes; they take the parts of difficulty and influence.
        scale: axes of the map of scores.
        sample: id of the opened sample; "" = none.
        listed: "added" and "removed" = beside the selection that was fixed last.
        find: words that all occur in a sample; "" = any.
        where: conditions on its columns, separated by semicolons.
        marks: whether these only mark samples; else nothing else can be chosen.
        quotas: at least or at most so many of something, separated by semicolons.
        colour: the column that colours the dots; "" = their quadrant.
        sort: the column by which lists are sorted, with - before it from the highest; "" = the
            order of the choice.
        apart: the similarity from which near neighbours are skipped; None = none is.
        put_in, taken_out: ids that a hand placed, whatever the rule says.
    """

    strategy: str = "diq"
    rule: Rule = "paper"
    weight: float = 0.5
    quadrants: bool = True
    across: str = AXES[0]
    up: str = AXES[1]
    difficulty_cut: float = 50.0
    influence_cut: float = 50.0
    budget: str = "10%"
    aspect: Aspect = "overall"
    seed: int = 0
    max_per_source: float | None = None
    space: Space = "scores"
    region: str = ""
    scale: Scale = "values"
    maps: Maps = "scores"
    panel: Panel = "summary"
    listed: Listed = "chosen"
    sample: str = ""
    find: str = ""
    where: str = ""
    marks: bool = False
    quotas: str = ""
    apart: float | None = None
    colour: str = ""
    sort: str = ""
    put_in: tuple[str, ...] = ()
    taken_out: tuple[str, ...] = ()

    @property
    def shape(self) -> Region | None:
        """The region, or None."""
        return region_from_text(self.region) if self.region else None

    @property
    def axes(self) -> Axes:
        """The names of the scores on the two axes."""
        return self.across, self.up

    @property
    def settings(self) -> SelectSettings:
        """The settings with which `diq select` makes the same selection.

        Raises:
            BadSetting: a knob is outside its range.
        """
        names = {field.name for field in fields(self)} & SelectSettings.model_fields.keys()
        values = {name: getattr(self, name) for name in names}
        told = {"axes": self.axes, "quotas": split_filters(self.quotas),
                "where": () if self.marks else split_filters(self.where),
                "words": "" if self.marks else self.find}  # fmt: skip
        return build(SelectSettings, {**values, **told})

    @property
    def unfiltered(self) -> View:
        """The same without what a visitor wrote to choose among samples."""
        return replace(self, find="", where="", quotas="", apart=None)


_SHORT = {
    "weight": "w",
    "difficulty_cut": "hard",
    "influence_cut": "influential",
    "max_per_source": "limit",
    "put_in": "in",
    "taken_out": "out",
}
"""Field → its name in the address, where that differs."""

_WRITTEN, _CHANGED, _CAME = "explore-address", "explore-changed", "explore-came"
_DRAWN, _TURNED = "explore-drawn", "explore-turned"
_FOLDED = {
    field: popover
    for popover in (
        frozenset({"find", "where", "marks"}), frozenset({"quotas", "apart"}),
        frozenset({"quadrants", "seed", "max_per_source"}), frozenset({"across", "up", "colour"}),
    )
    for field in popover
}  # fmt: skip
"""Field whose control lies in a popover → all fields of that popover."""


def view_of(query: Mapping[str, str]) -> View:
    """Return the view that an address describes; what it says wrongly is left at its default."""
    view = View()
    for field in fields(View):
        text = query.get(_SHORT.get(field.name, field.name))
        if text is None:
            continue
        try:
            view = replace(view, **{field.name: read_value(field.name, text)})
        except (ValueError, BadSetting):
            continue
    return view


def misread(query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says about the view that means nothing: name in it → its text."""
    wrong = {}
    for field in fields(View):
        name = _SHORT.get(field.name, field.name)
        try:
            if name in query:
                read_value(field.name, query[name])
        except (ValueError, BadSetting):
            wrong[name] = query[name]
    return wrong


def query_of(view: View) -> dict[str, str]:
    """Return what the address has to say to bring this view back."""
    default = View()
    return {
        _SHORT.get(field.name, field.name): write_value(getattr(view, field.name))
        for field in fields(View)
        if getattr(view, field.name) != getattr(default, field.name)
    }


def current(study: Study) -> View:
    """Return the view of this study; on the first visit the one that the address describes."""
    views = st.session_state.setdefault("explore-views", {})
    name = study.path.name
    if name not in views:
        # The address of another study, from before the visitor changed it, means nothing here.
        views[name] = View() if views else view_of(st.query_params.to_dict())
    before = st.session_state.get("explore-study", name)
    st.session_state["explore-study"] = name
    if before != name:
        for key in [key for key in st.session_state if str(key).startswith("explore:")]:
            del st.session_state[key]
    return views[name]  # type: ignore[no-any-return]


def follow_address(study: Study) -> None:
    """Take the view from the address where that is another one than this page wrote last.

    So it is when the visitor goes back or forward in the browser. An address that says nothing
    brings back, on arriving from another page, what was set here before.
    """
    said = _ours()
    was_here = widget_key("panel") in st.session_state
    was_changed = st.session_state.pop(_CHANGED, False)
    written = st.session_state.get(_WRITTEN)
    if written is None or said == written or was_changed or not (said or was_here):
        return
    current(study)
    st.session_state["explore-views"][study.path.name] = view_of(st.query_params.to_dict())
    st.session_state[_CAME] = True


def came_by_address() -> bool:
    """Return, once, whether `follow_address` took the view from the address."""
    return bool(st.session_state.pop(_CAME, False))


def change(study: Study, **values: Any) -> None:
    """Set parts of the view; their controls follow in the next run."""
    st.session_state[_CHANGED] = True
    st.session_state[_TURNED] = frozenset(values)
    view = replace(current(study), **values)
    st.session_state["explore-views"][study.path.name] = view


def set_view(study: Study, view: View) -> None:
    """Set the whole view; its controls follow in the next run."""
    change(study, **{field.name: getattr(view, field.name) for field in fields(View)})


def widget_key(field: str) -> str:
    """Return the key of the control of a field."""
    return f"explore:{field}"


def control(study: Study, field: str) -> dict[str, Any]:
    """Return ``key`` and ``on_change`` for the control of a field, with its value set."""
    key, value = widget_key(field), getattr(current(study), field)
    drawn: set[str] = st.session_state.setdefault(_DRAWN, set())
    early = st.session_state.get(key) if key not in drawn else None
    drawn.add(key)
    if early is not None and early != value:
        # Turned before this server had drawn it: the page was there from the server before.
        change(study, **{field: early})
        st.rerun()
    put(field, key, value)
    return {"key": key, "on_change": _taker(study, field)}


def put(field: str, key: str, value: Any) -> None:
    """Write the value of a field into its control, where that may not have it.

    Writing a value that is there already would take a slider out of the visitor's hand. But what
    lies in a closed popover is made by the browser when that opens, with the last thing it was
    told: nothing, unless the value was written in the last run. So it is written in every run that
    nothing inside the popover began.
    """
    turned = st.session_state.get(_TURNED, frozenset())
    begun_inside = bool(turned) and turned <= _FOLDED.get(field, frozenset())
    if st.session_state.get(key) != value or (field in _FOLDED and not begun_inside):
        st.session_state[key] = value


def write_address(study: Study) -> None:
    """Bring the page's address up to date, in one step of the browser's way back."""
    wanted = query_of(current(study))
    ours = _ours()
    if ours != wanted:
        others = {name: st.query_params.get_all(name) for name in st.query_params
                  if name not in ours}  # fmt: skip
        st.query_params.from_dict({**others, **wanted})
    st.session_state[_WRITTEN] = wanted
    st.session_state[_CHANGED] = False
    st.session_state[_TURNED] = frozenset()


def _ours() -> dict[str, str]:
    """Return what the address says about the view."""
    names = {_SHORT.get(field.name, field.name) for field in fields(View)}
    return {name: text for name, text in st.query_params.to_dict().items() if name in names}


def _taker(study: Study, field: str) -> Callable[[], None]:
    def take() -> None:
        value = st.session_state[widget_key(field)]
        if value is None:
            return
        change(study, **{field: value})

    return take
