"""The words on screen: every term is explained once, and no page speaks in tags or settings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.parts.glossary import explain, terms

ROOT = Path(__file__).resolve().parents[2]
JARGON = re.compile(r"\[[NDP]\]|'?embedded'? |squeezed|\bdtype\b|\bautograd\b")


def scripts() -> list[Path]:
    return [ROOT / "overview.py", *sorted((ROOT / "pages").rglob("*.py"))]


def spoken(script: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines and texts of a script that are more than one word, docstrings apart."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    described = {
        id(each.value)
        for each in ast.walk(tree)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) not in described and " " in node.value:
            yield node.lineno, node.value


def test_every_term_is_one_of_the_house_and_is_explained() -> None:
    assert {"Sample", "Difficulty", "Influence", "Validation set", "Quadrant", "Balance weight",
            "Budget", "Strategy", "Selection", "Verdict", "Export", "Run", "Evaluation",
            "Study"} <= set(terms())  # fmt: skip
    for name, meaning in terms().items():
        assert meaning.endswith("."), name
        assert len(meaning.split()) >= 8, name


def test_help_marks_say_what_the_glossary_says() -> None:
    assert explain("Run") == f"**Run**: {terms()['Run']}"
    assert explain("Run", "Loss").count("  \n") == 1
    with pytest.raises(KeyError, match="Nonsense"):
        explain("Nonsense")


def test_every_word_that_a_page_has_explained_is_in_the_glossary() -> None:
    asked = {
        word
        for script in scripts()
        for call in re.findall(r"\bexplain\(([^)]*)\)", script.read_text(encoding="utf-8"))
        for word in re.findall(r"\"([^\"]+)\"", call)
    }
    assert len(asked) > 8
    assert asked <= set(terms())


def test_no_page_speaks_in_tags_or_values_of_settings() -> None:
    found = [
        f"{script.relative_to(ROOT)}:{line}: {text}"
        for script in scripts()
        for line, text in spoken(script)
        if JARGON.search(text)
    ]
    assert found == []


def test_the_scan_sees_what_a_page_says_and_not_what_its_code_says(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text('"""The \'embedded\' model."""\nst.caption(f"{n} [N] of {m}")\n', "utf-8")
    assert [text for _, text in spoken(page) if JARGON.search(text)] == [" [N] of "]
