"""Open the app: prepare the workspace and become the server that shows it."""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from diq_core import demo
from diq_core.assets import REINSTALL, app_folder
from diq_core.errors import BadSetting, NotFound, UserError
from diq_core.jobs import queue
from diq_core.study import studies_in

HOST = "127.0.0.1"
# The server ends in good order, then sends itself the signal again: by then it has nothing to do.
_SERVER = """
import signal, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: sys.exit(0))
from streamlit.web.cli import main
main(prog_name="streamlit")
"""


def run(workspace: Path, *, port: int, headless: bool) -> NoReturn:
    """Serve the app on this machine.

    The server takes this process's place and its working directory: there is no second process
    that could stay behind on the port, and a relative path means on a page what it means to `diq`.

    Raises:
        NotFound: the app's files are not here.
        BadSetting: the port is taken, or not for us.
    """
    script = app_folder() / "app.py"
    if not script.exists():
        raise NotFound("The app's pages are not here", which=str(script), todo=REINSTALL)
    _check_port(port)
    demo.prepare(workspace)
    _adopt(workspace)
    print(f"DIQ Studio: http://{HOST}:{port}\nStudies: {workspace.resolve()}\nCtrl-C ends it.")
    own = Path.cwd() / ".streamlit"
    if own.is_dir() and own.parent != script.parent:
        print(f"Streamlit's settings and secrets are also read from: {own}")
    sys.stdout.flush()
    command = [
        sys.executable, "-c", _SERVER, "run", str(script), "--server.port", str(port),
        "--server.headless", str(headless).lower(),
    ]  # fmt: skip
    # A file of the user's named like a module must not be imported from the working directory.
    safe = {"DIQ_WORKSPACE": str(workspace.resolve()), "PYTHONSAFEPATH": "1"}
    os.execve(sys.executable, command, {**os.environ, **safe})


def _check_port(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise BadSetting(
            f"Port {port} is in use" if taken else f"Port {port} cannot be used: {error.strerror}",
            which=f"{HOST}:{port}",
            todo=f"choose another, e.g. diq app --port {port + 1 if port < 65535 else 8502}",
        ) from None


def _adopt(workspace: Path) -> None:
    for study in studies_in(workspace):
        try:
            queue.adopt(study)
        except UserError as error:
            # The study's own page says it again; the other studies are served.
            print(f"diq: {error}", file=sys.stderr)
