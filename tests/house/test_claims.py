"""What README, docs, pages and help claim: what is named is there, and nothing is promised that
cannot be kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from scipy.stats import binom

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
SAID = (*DOCS, ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py")),
        *sorted((ROOT / "diq_core" / "config").rglob("*.py")),
        *sorted((ROOT / "diq_core" / "cli").rglob("*.py")))  # fmt: skip

KINDS = ("a file", "a study", "a model", "an endpoint", "a stranger", "a colleague")
UNKEPT = (
    r"sends nothing anywhere", r"nothing (ever )?leaves (this|the|your) (machine|computer)",
    r"100 ?% secure", r"completely secure", r"guaranteed? (safe|secure)", r"HIPAA.compliant",
    r"GDPR.compliant", r"scans? (samples )?for identifiers", r"de-?identifie[sd] automatically",
    r"state of the art", r"bug.free",
)  # fmt: skip


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_a_test_or_benchmark_that_is_named_is_there(file: Path) -> None:
    text = file.read_text()
    for name in re.findall(r"\b(?:tests|benchmarks)/[\w/]+\.py\b", text):
        assert (ROOT / name).is_file(), f"{file.name} names {name}"
    for name in re.findall(r"python -m (benchmarks(?:\.\w+)+)", text):
        place = ROOT / name.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), name


def test_the_threat_model_names_tests_for_each() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    for kind in KINDS:
        (row,) = (line for line in rows if line.startswith(f"| {kind}"))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 5
        assert all(cells), f"a cell about {kind} is empty"
        assert "`tests/" in cells[3]


@pytest.mark.parametrize("words", UNKEPT)
def test_nothing_is_promised_that_cannot_be_kept(words: str) -> None:
    for file in SAID:
        assert not re.search(words, file.read_text(), re.IGNORECASE), file


def test_the_sizes_in_the_docs_are_those_that_were_simulated() -> None:
    found = json.loads((ROOT / "benchmarks" / "size" / "results.json").read_text())
    text = (ROOT / "docs" / "evaluate.md").read_text()
    assert f"{found['pairs']:,} pairs of equally good models a row" in text
    assert f"all {len(found['rows'])} rows" in text
    table = re.findall(
        r"^\| (accuracy|loss|skewed loss) \| (\d+) \| 1 : 1 \| (\S+) \| (\S+) \|$",
        text, re.MULTILINE,
    )  # fmt: skip
    assert len(table) >= 15
    for what, questions, *shares in table:
        (row,) = (row for row in found["rows"] if row["what"] == what and "seeds" not in row
                  and row["questions"] == int(questions))  # fmt: skip
        assert shares == [f"{row[at] / found['pairs']:.3f}" for at in ("at_0.05", "at_0.003")]


def test_no_test_was_found_to_be_larger_than_its_level() -> None:
    found = json.loads((ROOT / "benchmarks" / "size" / "results.json").read_text())
    for row in found["rows"]:
        for level in (0.05, 0.003):
            # 160 rows, two levels: chance alone exceeds this in one of a hundred whole tables.
            most = binom.ppf(1 - 0.01 / 320, found["pairs"], level)
            assert row.get(f"at_{level}", 0) <= most, row
