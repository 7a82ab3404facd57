"""Each guard around the attacks bites: what must not happen is made to happen, and is told."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from tests.support import containment
from tests.support.containment import MEMORY, Containment, bounds_broken, outcome_broken
from tests.support.tampering import CANARY

NOWHERE = ("192.0.2.1", 9)
"""Kept free for examples (RFC 5737): nobody is there."""
LEAST = 150


@pytest.fixture
def inner(tmp_path_factory: pytest.TempPathFactory) -> Containment:
    """Return surroundings that are this test's own, so that their faults are not its failure."""
    place = tmp_path_factory.mktemp("inner")
    (place / "work").mkdir()
    return Containment(place / "outside", place / "work")


def told(inner: Containment, attack: Callable[[], object]) -> str:
    inner.begin()
    attack()
    return "\n".join(inner.end())


def secret(inner: Containment) -> Path:
    return inner.folder / "system" / "passwd"


def link(inner: Containment) -> Path:
    made = inner.scanned / "link"
    made.symlink_to(secret(inner))
    return made


def test_one_that_does_nothing_is_contained(inner: Containment) -> None:
    assert told(inner, lambda: None) == ""


@pytest.mark.parametrize("through", [secret, link])
def test_reading_is_seen(inner: Containment, through: Callable[[Containment], Path]) -> None:
    said = told(inner, lambda: through(inner).read_bytes())
    assert f"opens {secret(inner).resolve()}" in said
    assert f"read {secret(inner)}" in said


def test_reading_in_c_is_seen(inner: Containment) -> None:
    import pyarrow as pa

    def attack() -> None:
        with pa.OSFile(str(secret(inner))) as file:
            file.read()

    assert f"read {secret(inner)}" in told(inner, attack)


def rewrite(file: Path) -> None:
    about = file.stat()
    file.write_text("x" * about.st_size)
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))


def replace(file: Path) -> None:
    (file.parent / "new").write_text(file.read_text())
    (file.parent / "new").rename(file)


@pytest.mark.parametrize("how", [rewrite, replace, lambda file: file.chmod(0o600)])
def test_changing_is_seen(inner: Containment, how: Callable[[Path], None]) -> None:
    assert f"changed {secret(inner)}" in told(inner, lambda: how(secret(inner)))


def test_removing_is_seen(inner: Containment) -> None:
    assert f"removed {secret(inner)}" in told(inner, lambda: secret(inner).unlink())


@pytest.mark.parametrize("name", ["log.txt", "review.db"])
def test_the_canarys_words_are_found(inner: Containment, name: str) -> None:
    out = inner.scanned / name
    said = told(inner, lambda: out.write_bytes(b"\x00" + CANARY.encode()))
    assert said == f"wrote the canary's words into {out}"


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_connection_is_seen(inner: Containment, kind: socket.SocketKind) -> None:
    def attack() -> None:
        with socket.socket(type=kind) as one:
            one.setblocking(False)
            one.connect_ex(NOWHERE)

    assert "sends to 192.0.2.1 port 9" in told(inner, attack)


def test_a_name_that_is_asked_for_is_seen(inner: Containment) -> None:
    def attack() -> None:
        with contextlib.suppress(OSError):
            socket.getaddrinfo("attacker.invalid", 80)

    assert "asks who attacker.invalid is" in told(inner, attack)


def test_this_machine_may_be_asked(inner: Containment) -> None:
    def attack() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(("localhost", server.getsockname()[1])).close()

    assert told(inner, attack) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))", "sends"),
        ("import sys; open(sys.argv[1])", "opens"),
        ("import subprocess as s, sys; s.run([sys.executable, '-c', 'open(%r)' % sys.argv[1]])",
         "opens"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_a_process_does_is_seen(inner: Containment, code: str, expected: str) -> None:
    environment = {**os.environ, **inner.environment()}
    command = [sys.executable, "-c", code, str(secret(inner))]
    said = told(inner, lambda: subprocess.run(command, env=environment, check=True, timeout=30))
    assert f"a process {expected}" in said if expected else said == ""


def test_time_ends(inner: Containment) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(containment, "WAIT", 0.05)
        inner.begin()
        with pytest.raises(TimeoutError, match="an attack took more than"):
            time.sleep(10)
        inner.end()
        patch.setattr(containment, "SECONDS", -1)
        assert "took 0 seconds" in told(inner, lambda: None)


@pytest.mark.slow
def test_memory_ends(inner: Containment) -> None:
    # In a process of its own: what others leave there meanwhile would hide what this one takes.
    attack = (
        "import sys; from pathlib import Path; from tests.support import containment as c\n"
        "c.MEMORY = 20 * 1024; inner = c.Containment(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "inner.begin(); bytearray(b'x') * (256 * 1024 * 1024); print(inner.end())"
    )
    command = [sys.executable, "-c", attack, str(inner.folder), str(inner.scanned)]
    assert "took" in subprocess.run(command, capture_output=True, check=True, text=True).stdout


def test_bounds_of_memory() -> None:
    assert bounds_broken((0, 0), (0, MEMORY + 1024)) == ["a process took 1537 MB"]
    assert bounds_broken((5, 5), (6, MEMORY - 1)) == []


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        (0, "fine", []),
        (2, "The file is damaged", []),
        (1, "", ["ends with 1"]),
        (-9, "", ["ends with -9"]),
        (2, "Traceback (most recent call last):", ["shows a traceback"]),
        (0, f"row 1: {CANARY}", ["shows the canary's words"]),
    ],
)
def test_the_outcome_is_judged(code: int, text: str, said: list[str]) -> None:
    assert outcome_broken(code, text) == said


def test_a_command_that_breaks_is_seen(around: Containment) -> None:
    app = typer.Typer()

    @app.command()
    def broken() -> None:
        click.echo(CANARY)
        raise KeyError("x")

    CliRunner().invoke(app)
    assert around.faults == ["ends with 1", "shows the canary's words"]
    around.faults.clear()


@pytest.mark.slow
def test_there_are_at_least_150_attacks() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    # The project asks pytest for few words already, so this is one line a file: name, number.
    counts = dict(line.rsplit(": ", 1) for line in done.stdout.splitlines() if ".py: " in line)
    attacks = sum(int(number) for name, number in counts.items() if "test_containment" not in name)
    print(attacks, "attacks")
    assert attacks >= LEAST, done.stdout[-500:]
