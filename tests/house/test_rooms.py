"""The house stays in order, as far as `lint-imports` cannot say it (see .importlinter)."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE, PARTS = ROOT / "diq_core", ROOT / "pages" / "parts"
HEAVY = ("torch", "transformers", "streamlit", "ray", "lm_eval", "trl", "pandas", "sqlalchemy")


def modules(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.rglob("*.py"))


def rooms() -> list[Path]:
    """Return every folder at the top of the core, and the parts of the pages."""
    return [*sorted(one.parent for one in CORE.glob("*/__init__.py")), PARTS]


@pytest.mark.slow
def test_importing_the_core_loads_nothing_heavy() -> None:
    program = "import sys, diq_core; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "diq_core.study" in loaded
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.parametrize("room", rooms(), ids=lambda room: room.name)
def test_no_two_modules_of_a_room_have_one_name(room: Path) -> None:
    places = defaultdict(list)
    for path in modules(room):
        if path.stem != "__init__":
            places[path.stem].append(str(path.relative_to(room.parent)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_file_of_the_core_names_the_path_of_a_page() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules(CORE)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if "pages/" in line
    ]
    assert named == []


def test_every_module_and_package_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in [*ROOT.glob("*.py"), *modules(CORE, ROOT / "pages", ROOT / "benchmarks")]
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_chamber_of_the_pages_is_kept_apart() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    listed = contracts["importlinter:contract:page-chambers"]["modules"].split()
    assert listed == [f"pages.parts.{one.parent.name}" for one in sorted(PARTS.glob("*/*.py"))
                      if one.stem == "__init__"]  # fmt: skip
