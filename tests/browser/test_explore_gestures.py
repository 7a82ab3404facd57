"""Each gesture of the Explore page by pointer and from the keyboard: open, place, mark, fix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.generate_study import generate_study
from benchmarks.map import draw
from diq_core.cli import app as diq
from tests.browser.test_explore import BOX, region_size, visit
from tests.browser.test_explore_find import says, says_not
from tests.browser.walk import settle

pytestmark = pytest.mark.xdist_group("browser")

Use = Callable[[Locator], None]
STUDY = "gestures"


def by_pointer(what: Locator) -> None:
    what.click()


def by_key(what: Locator) -> None:
    what.focus()
    what.press("Enter")


@pytest.fixture(scope="module")
def study(workspace: Path) -> str:
    """A study of its own: what is fixed and marked here is nobody else's."""
    generate_study(workspace / STUDY, 400)
    return STUDY


def button(page: Page, name: str, *, exact: bool = True) -> Locator:
    return page.get_by_role("button", name=name, exact=exact).first


def press(page: Page, key: str) -> None:
    """Press a key of the page where no field has the focus."""
    page.locator("h1").first.click()
    page.keyboard.press(key)


def test_a_row_opens_and_is_placed_marked_sent_and_closed(
    page: Page, address: str, study: str
) -> None:
    visit(page, address, study=study, panel="list", listed="all")
    # A row by the pointer, and the one below it from the keyboard.
    grid = page.get_by_test_id("stDataFrame")
    grid.click(position={"x": 100, "y": 70})
    says(page, "sample=")
    first = page.evaluate("new URLSearchParams(location.search).get('sample')")
    press(page, "x")
    expect(page.get_by_text("best first").first).to_be_visible()
    page.get_by_test_id("data-grid-canvas").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "first => new URLSearchParams(location.search).get('sample') !== first", arg=first
    )
    expect(page.locator(".diq-card").first).to_be_visible()
    # In, out and by the rule: first by the pointer, then by their keys.
    for name, key in {"Put in": "i", "Take out": "o", "By the rule": "u"}.items():
        button(page, name, exact=False).click()
        expect(button(page, name, exact=False)).to_be_disabled()
        press(page, "Control+z")
        expect(button(page, name, exact=False)).to_be_enabled()
        press(page, key)
        expect(button(page, name, exact=False)).to_be_disabled()
    expect(page.locator(".diq-reason")).not_to_contain_text("by hand")
    # Flag, note and review by the pointer; their keys are tested with the map.
    button(page, "Flag", exact=False).click()
    page.get_by_label("Your name").fill("Ann")
    button(page, "Keep").click()
    expect(page.get_by_text("Flagged by Ann")).to_be_visible()
    button(page, "Note", exact=False).click()
    page.get_by_label("Note").fill("Look at the dose.")
    button(page, "Keep").click()
    expect(page.get_by_text("Look at the dose.")).to_be_visible()
    settle(page)
    button(page, "Send to review", exact=False).click()
    expect(page.get_by_text("sent to the review")).to_be_visible()
    button(page, "Close", exact=False).click()
    expect(page.get_by_text("best first").first).to_be_visible()


@pytest.mark.parametrize("use", [by_pointer, by_key])
def test_a_region_is_placed_flagged_sent_and_removed(
    page: Page, address: str, study: str, use: Use
) -> None:
    visit(page, address, study=study)
    if use is by_pointer:
        draw(page, BOX)
    else:
        use(button(page, "Region by numbers", exact=False))
        use(button(page, "Q1"))
        page.keyboard.press("Escape")
    size = region_size(page)
    use(button(page, f"Take out: all {size}"))
    says(page, "out=")
    use(button(page, f"Put in: all {size}"))
    says(page, "in=")
    use(button(page, "Undo", exact=False))
    says(page, "out=")
    use(button(page, f"By the rule: all {size}"))
    says_not(page, "out=")
    use(button(page, f"Flag: all {size}"))
    page.get_by_label("Your name").fill("Ann")
    use(button(page, "Keep"))
    expect(page.get_by_label("Your name")).to_have_count(0)
    use(button(page, f"Send to review: all {size}"))
    expect(page.get_by_text("sent to the review").first).to_be_visible()
    if use is by_pointer:
        button(page, "Remove", exact=False).click()
    else:
        press(page, "Escape")
    says_not(page, "region=")


@pytest.mark.parametrize("use", [by_pointer, by_key])
def test_a_choice_is_fixed_and_compared(page: Page, address: str, study: str, use: Use) -> None:
    fixed = use.__name__
    visit(page, address, study=study, panel="summary", rule="weight")
    for name, weight in ((f"{fixed}-1", "0.55"), (f"{fixed}-2", "0.6")):
        page.get_by_role("slider", name="Balance weight").press("ArrowRight")
        says(page, f"w={weight}")
        settle(page)
        use(button(page, "Fix this selection", exact=False))
        page.get_by_role("textbox", name="Name").fill(name)
        page.keyboard.press("Tab")
        settle(page)
        use(button(page, "Fix it", exact=False))
        expect(page.get_by_text(f"'{name}' is fixed")).to_be_visible()
        page.keyboard.press("Escape")
    # What differs from the one that was fixed last, and where to see it.
    page.get_by_role("slider", name="Balance weight").press("End")
    expect(page.get_by_text("in, −", exact=False)).to_be_visible()
    use(button(page, "Show in", exact=False))
    says(page, "listed=added")
    use(page.get_by_role("radio", name="Summary"))
    use(button(page, "Show out", exact=False))
    says(page, "listed=removed")
    use(page.get_by_role("radio", name="Summary"))
    use(button(page, "Compare", exact=False))
    expect(page.get_by_role("dialog")).to_contain_text("Jaccard")


@pytest.mark.parametrize("use", [by_pointer, by_key])
def test_a_selection_is_renamed_copied_archived_deleted_and_brought_back(
    page: Page, address: str, workspace: Path, study: str, use: Use
) -> None:
    name = use.__name__
    command = ["select", "--study", str(workspace / STUDY), "--name", name]
    diq(command, standalone_mode=False)

    def manage(about: str, act: str) -> None:
        page.goto(f"{address}/export?study={study}&selection={about}")
        settle(page)
        use(button(page, "…"))
        use(page.get_by_role("menuitem", name=act))

    for act, before, after in (
        ("Rename", name, f"{name}-new"),
        ("Duplicate", f"{name}-new", f"{name}-copy"),
    ):
        manage(before, act)
        page.get_by_role("textbox", name="New name").fill(after)
        page.keyboard.press("Tab")
        do_it = page.get_by_role("dialog").get_by_role("button", name=act)
        expect(do_it).to_be_enabled()
        use(do_it)
        says(page, f"selection={after}")
    for act, about, became in (
        ("Archive", f"{name}-new", "archived"),
        ("Delete", f"{name}-copy", "deleted"),
    ):
        manage(about, act)
        use(page.get_by_role("dialog").get_by_role("button", name=f"{act} it"))
        expect(page.get_by_text(f"{about} is {became}")).to_be_visible()
        use(button(page, "Undo", exact=False))
        expect(page.get_by_text(f"{about} is {became}")).to_have_count(0)


@pytest.mark.parametrize("use", [by_pointer, by_key])
def test_maps_axes_budgets_neighbours_and_marks(
    page: Page, address: str, study: str, use: Use
) -> None:
    visit(page, address, study=study)
    use(page.get_by_role("radio", name="Meaning"))
    says(page, "maps=meaning")
    use(page.get_by_role("radio", name="Scores"))
    says_not(page, "maps=")
    use(button(page, "Axes and colours", exact=False))
    across = page.get_by_role("combobox", name="Across")
    if use is by_pointer:
        across.click()
        page.get_by_role("option", name="loss", exact=False).first.click()
    else:
        across.focus()
        page.keyboard.type("loss")
        page.keyboard.press("Enter")
    says(page, "across=")
    page.keyboard.press("Escape")
    use(page.get_by_role("radio", name="Budgets"))
    says(page, "panel=curves")
    expect(page.get_by_text("What each budget would keep").first).to_be_visible()
    settle(page)
    use(button(page, "Quotas", exact=False))
    similar = page.get_by_role("slider", name="Skip questions that share")
    # What was folded while others were turned shows what holds.
    expect(similar).to_have_value("100")
    if use is by_pointer:
        box = similar.locator("xpath=ancestor::*[@data-testid='stSlider']").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.6)
    else:
        similar.press("ArrowLeft")
    says(page, "apart=")
    page.keyboard.press("Escape")
    use(button(page, "Filter", exact=False))
    page.get_by_role("textbox", name="Words in question").fill("cardiology")
    page.keyboard.press("Enter")
    says(page, "find=cardiology")
    mark = page.get_by_role("switch", name="Only mark what fits")
    if use is by_pointer:
        page.get_by_text("Only mark what fits").click()
    else:
        mark.press("Space")
    says(page, "marks=")
    use(button(page, "Remove the filter"))
    says_not(page, "find=")
