"""Where the files lie that ship with the app: the rubric, the classifier, the demo study."""

from __future__ import annotations

from pathlib import Path

from diq_core.errors import NotFound

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def asset(*parts: str) -> Path:
    """Return the path of a shipped file or folder, e.g. ``asset("rubric.json")``.

    Raises:
        NotFound: it is not there, because the package was installed without its checkout.
    """
    path = ASSETS.joinpath(*parts)
    if not path.exists():
        raise NotFound(
            f"The app's own file '{'/'.join(parts)}' is missing",
            which=str(path),
            todo="run the app from a complete checkout, installed with `make app`",
        )
    return path
