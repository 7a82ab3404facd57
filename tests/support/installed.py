"""The wheel in an environment of its own, as `pip install diq-studio` leaves it there.

The dependencies are those that the tests run with, lent by a path; the checkout is not lent.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.app_server import ROOT, free_port, wait_until_healthy

# What would let the environment see more than was installed into it, or another workspace.
_OURS = ("PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH", "DIQ_WORKSPACE")


def build_wheel(folder: Path) -> Path:
    """Build the sdist of this checkout in `folder`, the wheel of that, and return the wheel."""
    _quiet("-m", "hatchling", "build", "-t", "sdist", "-d", str(folder), cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    _quiet("-m", "pip", "wheel", *offline, "-w", str(folder), str(sdist), cwd=folder)
    return next(folder.glob("*.whl"))


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheel.

    Attributes:
        folder: the environment.
        wheel: what was installed.
        site: where its packages lie.
    """

    folder: Path
    wheel: Path
    site: Path

    def run(
        self, program: str, *arguments: str, cwd: Path, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, e.g. ``diq``, as a user who knows no checkout."""
        return subprocess.run(
            [self.folder / "bin" / program, *arguments],
            cwd=cwd, env=_environment() | variables, capture_output=True, text=True, check=False,
        )  # fmt: skip

    @contextmanager
    def app(self, cwd: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
        """Run `diq app` in the folder `cwd`; yield its process and its address."""
        port, log = free_port(), cwd / "app.log"
        command = [self.folder / "bin" / "diq", "app", "--headless", "--port", str(port)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=cwd, env=_environment(), stdout=output, stderr=subprocess.STDOUT
            )
        try:
            wait_until_healthy(process, f"http://127.0.0.1:{port}", 60.0, log)
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def install(wheel: Path, folder: Path) -> Installed:
    """Make an environment in `folder` and install the wheel into it."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    offline = ("--no-deps", "--no-index", "--disable-pip-version-check")
    _quiet("-m", "pip", "--python", str(python), "install", *offline, str(wheel), cwd=folder)
    site = _site(folder)
    # Read as a line of sys.path only: what .pth files in there say, e.g. of an editable
    # install of this checkout, is not followed.
    lent = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (site / "lent_by_the_tests.pth").write_text("\n".join(lent) + "\n", encoding="utf-8")
    return Installed(folder, wheel, site)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, installed; by `make wheel-test` with dependencies of its own."""
    if fresh := os.environ.get("DIQ_WHEEL_ENVIRONMENT"):
        folder = Path(fresh).resolve()
        return Installed(folder, next(folder.parent.glob("*.whl")), _site(folder))
    place = tmp_path_factory.mktemp("installed")
    return install(build_wheel(place), place / "environment")


def _site(folder: Path) -> Path:
    return next(folder.glob("lib/python3*/site-packages"))


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _OURS}


def _quiet(*arguments: str, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
