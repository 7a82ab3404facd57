"""The browser's part of the desk as streamlit serves it: browser/desk.js and what that imports.

The modules are served as the files they are, from this app's own address, so that the browser
resolves their imports itself: no bundle, no order kept by hand, and no script from a `blob:`
address, which a Content-Security-Policy could not tell from a foreign one. Handed over as one
text instead, streamlit makes it such a `blob:`, from which no import can be resolved.

Streamlit finds the files of a component by the `pyproject.toml` of an installed distribution. It
would not find that of a checkout, nor of an editable install, so the folder is named here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

_FOLDER = "browser"
_HERE = Path(__file__).resolve().parent
_MANIFEST = ComponentManifest("diq", "1", [ComponentConfig("review", _FOLDER)])
_NAME = "diq.review"


def mount(**arguments: Any) -> Any:
    """Draw the desk; the arguments are those of a streamlit component that is mounted."""
    _name_folder()
    return _component()(**arguments)


def _name_folder() -> None:
    """Tell the running server where the files are; another server of this process is told anew."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(_NAME) is None:
        manager.register_from_manifest(_MANIFEST, _HERE)


@cache
def _component() -> Any:
    return st.components.v2.component(
        _NAME,
        html=_read("desk.html"),
        css=_read("desk.css"),
        js="desk.js",
    )


def _read(name: str) -> str:
    return (_HERE / _FOLDER / name).read_text(encoding="utf-8")
