"""What all tests share: property tests that never vary, and the lane that a test belongs to.

The quick lane (`make quick`) is every test that is not marked `slow`. No test can slip into it
that does not belong there: one that is not marked and starts a process, or loads the shipped
language model, fails and says so.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.small_disk import small_disk

__all__ = ["small_disk"]

settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
settings.load_profile("same-every-time")

# Tests sign with a secret of their own and leave the user's alone.
os.environ["DIQ_SECRET_FILE"] = str(Path(tempfile.mkdtemp(prefix="diq-test-")) / "secret")

SLOW_ROOMS = ("whole", "browser", "browser_client", "jobs", "pages", "attacks", "cases")
"""Folders whose every test is slow: whole commands, Chromium, node, processes, drawn pages, and
what is one attack or one file many times over."""

_HERE = Path(__file__).parent
# Libraries ask these what machine they are on.
_PROBES = ("uname", "lscpu", "ldconfig", "nvidia-smi")
# A model's folder is tried in a process of its own, once, before it is loaded: 3 s each.
_TRIAL = "diq_core.models.trial_program"
# A list, because a hook of the interpreter cannot be taken off again: empty = not watching.
_watched: list[pytest.Item] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow by its folder, and begin with it: two workers then end together."""
    for item in items:
        if item.path.relative_to(_HERE).parts[0] in SLOW_ROOMS:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    return (yield from _watching(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    return (yield from _watching(item))


def _watching(item: pytest.Item) -> Generator[None, Any, Any]:
    if item.get_closest_marker("slow") is None:
        _watched.append(item)
    try:
        return (yield)
    finally:
        _watched.clear()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched:
        return
    if event == "subprocess.Popen" and not _is_allowed(*arguments[:2]):
        _refuse(f"starts a process ({arguments[0]})")
    if event == "open" and _is_shipped_model(str(arguments[0])):
        _refuse("loads the shipped language model")


def _is_allowed(program: object, arguments: Any) -> bool:
    return Path(str(program)).name in _PROBES or _TRIAL in arguments


def _is_shipped_model(path: str) -> bool:
    return path.endswith(".gguf") and "smollm2" in path.casefold()


def _refuse(what: str) -> None:
    _watched.clear()
    pytest.fail(f"This test {what}: mark it with @pytest.mark.slow, for it is not quick")


sys.addaudithook(_watch)
