"""Signing in at a real OpenID Connect provider on this machine, and what each role may do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli_w
from playwright.sync_api import Browser, Page, expect

from benchmarks.app_server import free_port
from benchmarks.review import prepare
from benchmarks.review_wire import Server
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.reading import people
from diq_core.review.store.roles import Actor, Role

provider = pytest.importorskip(
    "oidc_provider_mock", reason="oidc-provider-mock of requirements-dev.txt is not installed"
)

ADMIN = "ada@clinic.example"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = open_store(prepare(tmp_path))
    yield found
    found.close()


@pytest.fixture
def address(browser: Browser, store: Store, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    users = [
        provider.User(sub="1", claims={"email": ADMIN, "email_verified": True}),
        provider.User(sub="2", claims={"email": "ben@clinic.example", "email_verified": True}),
        provider.User(sub="3", claims={"email": ADMIN, "email_verified": False}),
    ]
    with provider.run_server_in_thread(user_claims=users) as oidc:
        secrets = tmp_path / "secrets.toml"
        auth = {
            "redirect_uri": f"http://127.0.0.1:{port}/oauth2callback",
            "cookie_secret": "made for this test only",
            "client_id": "diq",
            "client_secret": "made for this test only",
            "server_metadata_url": f"http://127.0.0.1:{oidc.server_port}/.well-known/openid-configuration",
        }
        secrets.write_text(tomli_w.dumps({"auth": auth, "review": {"admins": [ADMIN]}}))
        server = Server(tmp_path, "--secrets.files", str(secrets), port=port)
        server.start()
        yield f"http://127.0.0.1:{port}"
        server.kill()


def sign_in(page: Page, address: str, sub: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=sub]").fill(sub)
    page.locator("button[type=submit]").first.click()
    page.get_by_text("Steps", exact=True).wait_for()
    page.goto(f"{address}/review?study=made&reviewer=Somebody+Else")
    page.get_by_text("Sign out").wait_for()


def test_nobody_reviews_without_signing_in(page: Page, address: str):
    page.goto(f"{address}/review?study=made&reviewer=Somebody+Else")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator(".desk")).to_have_count(0)


def test_the_first_admin_is_named_in_the_secrets(page: Page, address: str, store: Store):
    sign_in(page, address, "1")
    expect(page.get_by_text(ADMIN)).to_be_visible()
    page.get_by_role("radio", name="People and log").click()
    page.get_by_text("Give a role").click()
    page.get_by_role("button", name="Give this role").click()
    expect(page.get_by_text("Nobody has a role yet")).to_have_count(0)
    assert people(store) == {ADMIN: "admin"}


@pytest.mark.parametrize(
    ("role", "seen"), [(None, ""), ("viewer", "Results"), ("reviewer", "Review")]
)
def test_the_role_in_the_store_counts(
    page: Page, address: str, store: Store, role: Role | None, seen: str
):
    boss = Actor(ADMIN, "admin")
    store.grant(boss, ADMIN, "admin", version=0, key="first one")
    if role:
        store.grant(boss, "ben@clinic.example", role, version=0, key="second one")
    sign_in(page, address, "2")
    if seen:
        expect(page.get_by_role("radio", name=seen, exact=True)).to_be_visible()
    else:
        expect(page.get_by_text("You have no role in this study")).to_be_visible()
    expect(page.get_by_role("radio", name="Set up")).to_have_count(0)


def test_an_unconfirmed_address_is_nobodys(page: Page, address: str):
    sign_in(page, address, "3")
    expect(page.get_by_text(ADMIN)).to_have_count(0)
    expect(page.get_by_role("radio", name="Set up")).to_have_count(0)
