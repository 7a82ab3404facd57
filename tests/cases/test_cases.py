"""Every case of every kind: files as people have them, and what must come of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diq_core.study import create_study
from tests.support.cases import Outcome, faults_of

HERE = Path(__file__).parent


def _cases() -> list[Any]:
    found = []
    for listed in sorted(HERE.glob("*/cases.jsonl")):
        for number, line in enumerate(listed.read_text("utf-8").splitlines(), 1):
            case = json.loads(line)
            if "expect" in case:
                name = f"{listed.parent.name}-{number}"
                found.append(pytest.param(name, listed.parent, case, id=name))
    return found


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_study(tmp_path_factory.mktemp("cases") / "study").path


@pytest.mark.parametrize(("name", "folder", "case"), _cases())
def test_what_comes_in_is_what_is_learned(
    name: str, folder: Path, case: dict[str, Any], study: Path
) -> None:
    outcome = Outcome(study, name, folder / case["file"], case.get("args", []))
    assert faults_of(case["expect"], outcome) == []
