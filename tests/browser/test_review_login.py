"""Signing in at a real OpenID Connect provider on this machine, and what each role may do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.review import prepare
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.reading import people
from diq_core.review.store.roles import Actor, Role
from tests.support.login import ADMIN, BEN, behind_login, sign_in


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = open_store(prepare(tmp_path))
    yield found
    found.close()


@pytest.fixture
def address(browser: Browser, store: Store, tmp_path: Path) -> Iterator[str]:
    with behind_login(tmp_path) as (found, _):
        yield found


def open_review(page: Page, address: str, sub: str) -> None:
    sign_in(page, address, sub)
    page.goto(f"{address}/review?study=made&reviewer=Somebody+Else")
    page.get_by_text("Sign out").wait_for()


def test_nobody_reviews_without_signing_in(page: Page, address: str):
    page.goto(f"{address}/review?study=made&reviewer=Somebody+Else")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    expect(page.locator(".desk")).to_have_count(0)


def test_the_first_admin_is_named_in_the_secrets(page: Page, address: str, store: Store):
    open_review(page, address, "1")
    expect(page.get_by_text(ADMIN)).to_be_visible()
    page.get_by_role("radio", name="People and log").click()
    drawn = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(drawn).to_be_visible()
    page.get_by_text("Give a role").click()
    # The form slides open: it may move between pressing a mouse and letting go, which is no click.
    page.get_by_role("button", name="Give this role").press("Enter")
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
        store.grant(boss, BEN, role, version=0, key="second one")
    open_review(page, address, "2")
    if seen:
        expect(page.get_by_role("radio", name=seen, exact=True)).to_be_visible()
    else:
        expect(page.get_by_text("You have no role in this study")).to_be_visible()
    expect(page.get_by_role("radio", name="Set up")).to_have_count(0)


def test_an_unconfirmed_address_is_nobodys(page: Page, address: str):
    open_review(page, address, "3")
    expect(page.get_by_text(ADMIN)).to_have_count(0)
    expect(page.get_by_role("radio", name="Set up")).to_have_count(0)
