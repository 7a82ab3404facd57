"""A reviewer made of keys: judges samples by keyboard alone and notes how long each paint takes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from diq_core.review.form.form import Form
from diq_core.review.store.changes import Store
from diq_core.review.store.roles import Actor

SCALES = ("differential_diagnosis", "safety_check", "evidence_citation")
OF_ANSWERS = ("safety_check",)
VERDICTS = {"a": "accept", "r": "reject", "u": "unsure"}

# From the key to the frame after the one in which another sample stood on the desk.
_WATCH = """
window.diqPaints = [];
window.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const hosts = [...document.querySelectorAll("*")].filter((one) => one.shadowRoot);
  const desk = hosts.map((one) => one.shadowRoot.querySelector(".desk")).find(Boolean);
  if (!desk) return;
  const before = desk.dataset.sample;
  const start = event.timeStamp;
  const look = () => {
    if (desk.dataset.sample && desk.dataset.sample !== before) {
      requestAnimationFrame(() => window.diqPaints.push(performance.now() - start));
    } else if (performance.now() - start < 30000) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}, true);
"""


Judged = tuple[tuple[int | None, ...], str, tuple[str, ...]]
"""The levels (None = not asked), the verdict and the flags of a sample."""


@dataclass
class Walk:
    """What was judged: sample → (levels, verdict, flags), and how many keys each took."""

    judged: dict[str, Judged] = field(default_factory=dict)
    keys: list[int] = field(default_factory=list)


def watch(page: Page) -> None:
    """Note from now on how long paints take."""
    page.add_init_script(_WATCH)


def paints(page: Page) -> list[float]:
    """Return the milliseconds of every paint since the page was loaded."""
    found: list[float] = page.evaluate("window.diqPaints")
    return found


def on_desk(page: Page) -> str | None:
    """Return the sample on the desk; None when it is empty."""
    return page.locator(".desk").get_attribute("data-sample")


def judge(page: Page, walk: Walk, chooser: random.Random) -> None:
    """Judge the sample on the desk by keys and wait for the next one."""
    # Faster than any reader, the walk may have used up what was handed out in advance.
    page.wait_for_selector(".desk[data-sample]", timeout=60_000)
    sample = on_desk(page)
    assert sample is not None
    # A sample without reasoning is asked for the scale of its answer only.
    all_asked = page.locator("fieldset.scale").count() == len(SCALES)
    levels = {each: chooser.randint(1, 5) for each in (SCALES if all_asked else OF_ANSWERS)}
    letter = chooser.choice("arr")
    flags = ("unsafe",) if letter == "r" and chooser.random() < 0.5 else ()
    pressed = [*map(str, levels.values()), letter, *("s" for _ in flags), "Enter"]
    for key in pressed:
        page.keyboard.press(key)
    page.wait_for_function(
        """(before) => {
          const hosts = [...document.querySelectorAll("*")].filter((one) => one.shadowRoot);
          const desk = hosts.map((one) => one.shadowRoot.querySelector(".desk")).find(Boolean);
          return desk && (desk.dataset.sample !== before);
        }""",
        arg=sample,
        timeout=60_000,
    )
    walk.judged[sample] = (tuple(map(levels.get, SCALES)), VERDICTS[letter], flags)
    walk.keys.append(len(pressed))


def differences(store: Store, form: Form, name: str, walk: Walk) -> dict[str, int]:
    """Return how many verdicts are lost, other than typed, or in the log more than once."""
    from diq_core.review.store.reading import judgements, log

    stored = {
        one.sample: one
        for one in judgements(store, Actor("checker", "admin"), "verdict", scope=form.version)
        if one.reviewer == name
    }
    events: dict[str, int] = {}
    after = 0
    while found := log(store, Actor("checker", "admin"), after=after):
        after = found[-1].seq
        for event in found:
            if event.slot.kind == "verdict" and event.slot.reviewer == name:
                events[event.slot.sample] = events.get(event.slot.sample, 0) + 1
    lost = sum(sample not in stored for sample in walk.judged)
    other = sum(
        _said(stored[sample].value["answer"]) != said
        for sample, said in walk.judged.items()
        if sample in stored
    )
    doubled = sum(number > 1 for number in events.values())
    return {
        "lost": lost,
        "other": other,
        "doubled": doubled,
        "extra": len(stored.keys() - walk.judged.keys()),
    }


def _said(answer: dict[str, Any]) -> Judged:
    levels = tuple(map(answer["scales"].get, SCALES))
    return levels, answer["verdict"], tuple(answer["flags"])
