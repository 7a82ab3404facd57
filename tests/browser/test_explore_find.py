"""Find and colour under a real pointer and from the keyboard: filter, colours, quotas, sorting."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_explore import visit

pytestmark = pytest.mark.xdist_group("browser")


def says(page: Page, text: str) -> None:
    """Wait until the address says this."""
    page.wait_for_function(f"decodeURIComponent(location.search).includes({json.dumps(text)})")


def says_not(page: Page, text: str) -> None:
    """Wait until the address no longer says this."""
    page.wait_for_function(f"!decodeURIComponent(location.search).includes({json.dumps(text)})")


def choose(page: Page, label: str, option: str) -> None:
    """Choose an entry of a list from the keyboard."""
    box = page.get_by_role("combobox", name=label)
    box.focus()
    page.keyboard.type(option)
    page.keyboard.press("Enter")


def test_filter_colour_quota_and_order_by_pointer_and_by_key(page: Page, address: str) -> None:
    visit(page, address, panel="list", listed="all")
    # A filter: a value by the pointer, words from the keyboard.
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("combobox", name="Any of").click()
    page.get_by_role("option").first.click()
    says(page, "where=source=")
    page.get_by_role("textbox", name="Words in question").fill("cardiology")
    page.keyboard.press("Enter")
    says(page, "find=cardiology")
    expect(page.get_by_text("fit the filter").first).to_be_visible()
    page.keyboard.press("Escape")
    # Colours: by the pointer, then from the keyboard.
    page.get_by_role("button", name="Axes and colours").click()
    page.get_by_role("combobox", name="Colour by").click()
    page.get_by_role("option", name="subject").click()
    says(page, "colour=subject")
    expect(page.locator(".diq-legend")).to_be_visible()
    choose(page, "Colour by", "length")
    says(page, "colour=length")
    page.keyboard.press("Escape")
    # Quotas: by the form, then as they are written.
    page.get_by_role("button", name="Quotas").click()
    page.get_by_role("button", name="Add the quota").click()
    says(page, "quotas=source<=10%")
    page.get_by_role("textbox", name="All quotas").fill("source<=10%; quadrant=Q2>=1")
    page.keyboard.press("Enter")
    says(page, "quadrant=Q2>=1")
    page.keyboard.press("Escape")
    # Order: by the head of a column, then from the keyboard.
    page.get_by_test_id("stDataFrame").click(position={"x": 215, "y": 12})
    says(page, "sort=-")
    choose(page, "Sort by", "length of response, lowest")
    says(page, "sort=length")
    # Everything but the order of a list is a step that a key undoes.
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    says_not(page, "quadrant=Q2")
    page.get_by_role("button", name="Undo").click()
    says_not(page, "quotas=")
