"""The browser's part of the desk: browser/desk.js and what that imports (see `served`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pages.parts import served

_HERE = Path(__file__).resolve().parent


def mount(**arguments: Any) -> Any:
    """Draw the desk; the arguments are those of a streamlit component that is mounted."""
    return served.mount("review", _HERE, "desk.js", "desk.html", "desk.css", **arguments)
