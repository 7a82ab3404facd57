"""Pages are run as streamlit runs them, on small studies in a workspace of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from diq_core.jobs import control, queue
from diq_core.jobs.order import Order
from diq_core.study import Study

ROOT = Path(__file__).resolve().parents[2]
Opened = Callable[..., AppTest]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of studies that the app uses."""
    folder = tmp_path / "studies"
    folder.mkdir()
    monkeypatch.setenv("DIQ_WORKSPACE", str(folder))
    yield folder
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def open_page(workspace: Path) -> Opened:
    """Return a function that visits a page as the very first one: a cold deep link."""

    def visit(file: str = "overview.py", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "overview.py"), default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        if file != "overview.py":
            app.switch_page(file)
        return app.run()

    return visit


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, list[str]]]:
    """Jobs that a page started or queued, as (kind, name, command); none is really run."""
    calls: list[tuple[str, str, list[str]]] = []

    def start(study: Study, order: Order) -> None:
        calls.append((order.kind, order.name, order.command(study)))

    monkeypatch.setattr(control, "start", start)
    monkeypatch.setattr(queue, "enqueue", start)
    return calls


def words(app: AppTest) -> str:
    """Return everything on the page that is drawn as text, in one string."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "text", "code", "html")
    return "\n".join(
        str(element.value if kind != "html" else element.proto.body)
        for kind in kinds
        for element in app.get(kind)
    )


def unpacked(sent: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a map sends to the browser: its head, and its arrays by name."""
    length = int.from_bytes(sent[:4], "little")
    head = json.loads(sent[4 : 4 + length])
    arrays = {
        name: np.frombuffer(sent, f"<{kind}", size, 4 + length + start)
        for name, (kind, start, size) in head["arrays"].items()
    }
    return head, arrays


def maps_of(app: AppTest) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return what the maps of a page send to the browser, in their order."""
    sent = (each.proto for each in app.get("bidi_component"))
    return [unpacked(each.bytes) for each in sent if each.bytes]
