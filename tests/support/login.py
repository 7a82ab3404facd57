"""The app behind a real OpenID Connect provider on this machine, as a server of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from playwright.sync_api import Page

from benchmarks.app_server import free_port
from benchmarks.review_wire import Server

ADMIN = "ada@clinic.example"
BEN = "ben@clinic.example"
SECRET = secrets.token_hex(32)


@contextmanager
def behind_login(workspace: Path, **tables: Mapping[str, Any]) -> Iterator[tuple[str, Server]]:
    """Serve `workspace` behind a login; give the address and the server.

    Three people are known: 1 is the first admin, 2 is Ben, and 3 says to be the admin without
    proof. `tables` are further tables of the secrets.
    """
    provider = pytest.importorskip(
        "oidc_provider_mock",
        reason="oidc-provider-mock of requirements-dev.txt is not installed",
    )
    port = free_port()
    users = [
        provider.User(sub="1", claims={"email": ADMIN, "email_verified": True}),
        provider.User(sub="2", claims={"email": BEN, "email_verified": True}),
        provider.User(sub="3", claims={"email": ADMIN, "email_verified": False}),
    ]
    with provider.run_server_in_thread(user_claims=users) as oidc:
        metadata = f"http://127.0.0.1:{oidc.server_port}/.well-known/openid-configuration"
        auth = {
            "redirect_uri": f"http://127.0.0.1:{port}/oauth2callback", "cookie_secret": SECRET,
            "client_id": "diq", "client_secret": SECRET, "server_metadata_url": metadata,
        }  # fmt: skip
        file = workspace / "secrets.toml"
        file.write_text(tomli_w.dumps({"auth": auth, "review": {"admins": [ADMIN]}, **tables}))
        server = Server(workspace, "--secrets.files", str(file), port=port)
        server.start()
        try:
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.kill()


def sign_in(page: Page, address: str, sub: str) -> None:
    """Sign in as the person with this number and wait for the overview."""
    page.goto(address)
    page.get_by_role("link", name="Sign in").click()
    page.locator("input[name=sub]").fill(sub)
    page.locator("button[type=submit]").first.click()
    page.get_by_text("Steps", exact=True).wait_for()
