"""Open the app: prepare the workspace and start streamlit on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from diq_core.assets import ASSETS
from diq_core.errors import NotFound, UserError
from diq_core.jobs import queue
from diq_core.study import STUDY_FILE, studies_in

_ROOT = ASSETS.parent
DEMO = ASSETS / "demo_study"


def prepare(workspace: Path) -> None:
    """Make the workspace and put a copy of the demo study into it, if it has none."""
    target = workspace / "demo"
    workspace.mkdir(parents=True, exist_ok=True)
    if not target.exists() and (DEMO / STUDY_FILE).exists():
        partial = workspace / ".demo.part"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(DEMO, partial)
        partial.rename(target)


def run(workspace: Path, *, port: int, headless: bool) -> int:
    """Serve the app on this machine until it is interrupted; return its exit code.

    Raises:
        NotFound: the app's files are not beside the package.
    """
    if not (_ROOT / "app.py").exists():
        raise NotFound("The app's pages are not here", which=str(_ROOT),
                       todo="run this command in a checkout of the project")  # fmt: skip
    prepare(workspace)
    _adopt(workspace)
    command = [
        sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port),
        "--server.headless", str(headless).lower(),
    ]  # fmt: skip
    environment = {**os.environ, "DIQ_WORKSPACE": str(workspace.resolve())}
    print(f"DIQ Studio: http://127.0.0.1:{port}\nStudies: {workspace.resolve()}\nCtrl-C ends it.")
    try:
        return subprocess.call(command, cwd=_ROOT, env=environment)
    except KeyboardInterrupt:
        return 0


def _adopt(workspace: Path) -> None:
    for study in studies_in(workspace):
        try:
            queue.adopt(study)
        except UserError as error:
            # The study's own page says it again; the other studies are served.
            print(f"diq: {error}", file=sys.stderr)
