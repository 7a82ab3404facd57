"""What a mixture took of each source, as a table and as a picture of the flows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import streamlit as st
from streamlit.elements.lib.streamlit_plotly_theme import GRAY_90

from diq_core.artefact import Artefact
from diq_core.config.mix import SourceKind
from pages.parts.boxes import show_note
from pages.parts.charts import inert, show
from pages.parts.palette import ACCENT, KIND_COLOURS
from pages.parts.text import shortened
from pages.parts.words import count

KIND_WORDS: dict[str, str] = {
    "general-multimodal": "General, with images",
    "medical-text": "Medical reasoning in text",
    "medical-multimodal": "Medical, with images",
    "reflective": "Reflective chains",
}
"""What a person calls a kind of source."""
_COLOURS = dict(zip(get_args(SourceKind), KIND_COLOURS, strict=False))


def draw_mix(mix: Artefact) -> None:
    """Draw a finished mixture: what was taken, and what was decided on the way."""
    counts, facts = mix.manifest["counts"], mix.manifest["facts"]
    sources, unit = facts["sources"], facts["unit"]
    with st.container(horizontal=True, gap="small"):
        st.metric("Samples taken", f"{counts['taken']:,}", width=190)
        st.metric("Asked for", f"{counts['asked']:,}", width=190)
        st.metric("Short answers", f"{counts['short_answers']:,}", width=190,
                  help="Samples whose whole response is a word or two.")  # fmt: skip
        st.metric(unit.capitalize(), f"{counts['length']:,}", width=230,
                  help="Of questions and responses together; images are not counted.")  # fmt: skip
    if facts["notes"]:
        show_note("What was decided on the way", [f"{each}." for each in facts["notes"]])
    st.dataframe(
        {
            "Source": [shortened(each["name"], 60) for each in sources],
            "Kind": [KIND_WORDS[each["kind"]] for each in sources],
            "Available": [each["available"] for each in sources],
            "Target": [each["target"] for each in sources],
            "Taken": [each["taken"] for each in sources],
            "Share": [f"{each['taken'] / max(1, counts['taken']):.1%}" for each in sources],
            unit.capitalize(): [each["length"] for each in sources],
        },
        column_config=dict.fromkeys(
            ("Available", "Target", "Taken", unit.capitalize()),
            st.column_config.NumberColumn(format="localized"),
        ),
        hide_index=True,
        key="mix-sources",
    )
    draw_flows(sources)
    draw_left_out(sources)


def draw_flows(sources: Sequence[Mapping[str, Any]]) -> None:
    """Draw how the samples flow from the sources through their kinds into the mixture."""
    import plotly.graph_objects as go

    given = [each for each in sources if each["taken"]]
    kinds = list(dict.fromkeys(each["kind"] for each in given))
    by_kind: Counter[str] = Counter()
    for each in given:
        by_kind[each["kind"]] += each["taken"]
    first, last = len(given), len(given) + len(kinds)
    names = [
        *(f"{shortened(each['name'], 30)} · {each['taken']:,}" for each in given),
        *(f"{KIND_WORDS[kind]} · {by_kind[kind]:,}" for kind in kinds),
        f"Mixture · {sum(by_kind.values()):,}",
    ]
    own = [_COLOURS[each["kind"]] for each in given]
    figure = go.Figure(
        go.Sankey(
            node={
                "label": [inert(name) for name in names], "pad": 18, "thickness": 14,
                "color": [*own, *(_COLOURS[kind] for kind in kinds), ACCENT],
                "line": {"width": 0}, "hovertemplate": "%{label}<extra></extra>",
            },
            link={
                "source": [*range(first), *range(first, last)],
                "target": [*(first + kinds.index(each["kind"]) for each in given),
                           *([last] * len(kinds))],
                "value": [*(each["taken"] for each in given), *(by_kind[kind] for kind in kinds)],
                "color": [_faint(colour) for colour in (*own, *(_COLOURS[kind] for kind in kinds))],
                "hovertemplate": "%{value:,} samples<extra></extra>",
            },
            textfont={"size": 13, "shadow": "none", "color": GRAY_90},
        )
    )  # fmt: skip
    told = ", ".join(
        f"{each['name']} gives {count(each['taken'], 'samples')} "
        f"({KIND_WORDS[each['kind']].lower()})" for each in given
    )  # fmt: skip
    show(figure, key="mix-flows", height=110 + 62 * max(3, len(given)),
         alt=f"Flows into the mixture: {told}")  # fmt: skip


def draw_left_out(sources: Sequence[Mapping[str, Any]]) -> None:
    """Draw why samples in use of the sources could not be taken."""
    rows = [(each["name"], why, number) for each in sources
            for why, number in each["left_out"].items()]  # fmt: skip
    if not rows:
        return
    total = sum(number for _, _, number in rows)
    with st.expander(f"{count(total, 'samples')} of the sources could not be taken"):
        st.dataframe(
            {
                "Source": [shortened(name, 60) for name, _, _ in rows],
                "Why": [shortened(why, 120) for _, why, _ in rows],
                "Samples": [number for _, _, number in rows],
            },
            hide_index=True,
            key="mix-left-out",
        )


def _faint(colour: str) -> str:
    """Return a colour through which both pages shine."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"
