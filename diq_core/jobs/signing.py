"""This machine's secret: which commands in a study were written here, and keys made of it.

A study is data, and may come from somebody else; what it says is to be run must not be run because
it says so. So whatever this machine puts down to be run is signed with a secret that lies outside
all studies. Machines that work on one study on a shared disk share the secret: the environment
variable names the file on each of them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_state_path

from diq_core.errors import BadSetting
from diq_core.study import Study

SECRET_FILE = "DIQ_SECRET_FILE"
"""Environment variable that names the file of the secret."""
FOREIGN = "It came with this study; start it if you trust it"
"""What is said of a command that was not written here."""

_SHORTEST = 32


def sign(study: Study, *facts: str | int | Sequence[str] | Sequence[int]) -> str:
    """Return this machine's signature of `facts` about `study`, as hex.

    Raises:
        BadSetting: the secret can be neither read nor made.
    """
    said = json.dumps([str(study.path.resolve()), *facts], ensure_ascii=True)
    return hmac.new(_secret(), said.encode("ascii"), hashlib.sha256).hexdigest()


def is_signed(
    study: Study, signature: str, *facts: str | int | Sequence[str] | Sequence[int]
) -> bool:
    """Return whether `signature` is this machine's, of these `facts` about `study`."""
    return hmac.compare_digest(signature.encode(), sign(study, *facts).encode())


def key_for(purpose: str) -> bytes:
    """Return a key of this machine's own for `purpose`; the secret does not follow from it.

    Raises:
        BadSetting: the secret can be neither read nor made.
    """
    return hmac.digest(_secret(), f"key for {purpose}".encode(), "sha256")


def secret_file() -> Path:
    """Return where the secret of this machine lies."""
    named = os.environ.get(SECRET_FILE)
    return Path(named) if named else user_state_path("diq-studio", appauthor=False) / "secret"


def _secret() -> bytes:
    path = secret_file()
    try:
        if not path.exists():
            _make(path)
        secret = path.read_bytes().strip()
    except OSError as error:
        raise _unusable(path, error.strerror or "it cannot be read") from None
    if len(secret) < _SHORTEST:
        raise _unusable(path, f"it is shorter than {_SHORTEST} characters")
    return secret


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        # Of two that begin at once the first one counts, for both.
        os.link(half, path)
    except FileExistsError:
        pass
    finally:
        half.unlink()


def _unusable(path: Path, why: str) -> BadSetting:
    return BadSetting(
        f"The secret that marks this machine's own jobs cannot be used: {why}",
        which=str(path),
        todo=f"name a file that you may write with {SECRET_FILE}",
    )
