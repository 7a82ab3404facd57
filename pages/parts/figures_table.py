"""Tables of figures: words may wrap, a figure and its unit never come apart."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from pages.parts.text import escaped


def figures_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, figures: Collection[int]
) -> None:
    """Draw a table of plain text; one that is too wide for the page is scrolled in itself.

    Args:
        figures: positions of the columns that hold figures.
    """
    head = "".join(f'<th scope="col">{escaped(name)}</th>' for name in heads)
    body = "".join(
        f"<tr>{''.join(_cell(cell, place in figures) for place, cell in enumerate(row))}</tr>"
        for row in rows
    )
    st.html(
        f'<div class="diq-wide"><table class="diq-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(text: str, together: bool) -> str:
    style = ' class="diq-nowrap"' if together else ""
    return f"<td{style}>{escaped(text)}</td>"
