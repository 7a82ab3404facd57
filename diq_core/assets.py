"""Where the app lies, and the files that ship with it: rubric, classifier, demo study."""

from __future__ import annotations

from pathlib import Path

from diq_core.errors import NotFound

REINSTALL = "install diq-studio again, or run it from a complete checkout with `make app`"


def app_folder() -> Path:
    """Return the folder of app.py, pages and assets: within the core in a wheel, else above it."""
    core = Path(__file__).resolve().parent
    installed = core / "_app"
    return installed if installed.is_dir() else core.parent


ASSETS = app_folder() / "assets"


def asset(*parts: str) -> Path:
    """Return the path of a shipped file or folder, e.g. ``asset("rubric.json")``.

    Raises:
        NotFound: it is not there, because only a part of the project is.
    """
    path = ASSETS.joinpath(*parts)
    if not path.exists():
        what = f"The app's own file '{'/'.join(parts)}' is missing"
        raise NotFound(what, which=str(path), todo=REINSTALL)
    return path
