from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.markdown import one_line, plain, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("MIT (question); CC BY 4.0", "MIT (question); CC BY 4.0"),
        ("![x](http://evil/a.png)", r"!\[x\](http\://evil/a.png)"),
        ("<img src=x>", r"\<img src=x\>"),
        ("a|b\n# c", r"a\|b # c"),
        ("a\u202eb\x00", "a(U+202E)b(U+0000)"),
        ("half \ud800", "half (U+D800)"),
        ("&lt; `c` *e* $m$", r"\&lt; \`c\` \*e\* \$m\$"),
    ],
)
def test_foreign_words_are_shown_and_not_obeyed(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text())
def test_any_text_becomes_one_harmless_line(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert not re.search(r"(?<!\\)(?:\\\\)*[<\[|`]", shown)


def test_a_long_text_is_cut() -> None:
    assert one_line("x" * 500) == "x" * 199 + "…"


def test_a_table() -> None:
    assert (
        table(("source", "samples"), [("a", "1")])
        == "| source | samples |\n| --- | ---: |\n| a | 1 |"
    )
