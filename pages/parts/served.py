"""The browser's part of a page as streamlit serves it: modules as the files they are.

They come from this app's own address, so that the browser resolves their imports itself: no
bundle, no order kept by hand, and no script from a `blob:` address, which a
Content-Security-Policy could not tell from a foreign one. Handed over as one text instead,
streamlit makes it such a `blob:`, from which no import can be resolved.

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

FOLDER = "browser"
"""Where the files of a chamber's component lie, inside the chamber."""


def mount(name: str, home: Path, js: str, /, html: str = "", css: str = "", **given: Any) -> Any:
    """Draw the component `name`; what is `given` are arguments of a streamlit component.

    Args:
        home: the folder of the chamber; the files lie in its folder `FOLDER`.
        js, html, css: names of files there; "" = there is none.
    """
    lend(name, home)
    return _component(name, home, js, html, css)(**given)


def lend(name: str, home: Path) -> None:
    """Tell the running server where the files of `name` are, so that it serves them.

    Another server of this process is told anew.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"diq.{name}") is None:
        manifest = ComponentManifest("diq", "1", [ComponentConfig(name, FOLDER)])
        manager.register_from_manifest(manifest, home)


@cache
def _component(name: str, home: Path, js: str, html: str, css: str) -> Any:
    texts = {what: (home / FOLDER / file).read_text(encoding="utf-8")
             for what, file in (("html", html), ("css", css)) if file}  # fmt: skip
    return st.components.v2.component(
        f"diq.{name}", js=js, html=texts.get("html"), css=texts.get("css")
    )
