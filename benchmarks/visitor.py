"""One person at the Explore page without a browser, and a plain account of what they set.

The account knows nothing of the page: it keeps the knobs, and chooses straight from the tables of
scores. So what the page chooses can be compared with it (see `benchmarks.sequences`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from diq_core.errors import BadSetting
from diq_core.selection.choose import select
from diq_core.selection.contents import Contents
from diq_core.selection.pool import Mask
from diq_core.selection.scores import Scores
from diq_core.stages.joining import load_scores, load_table
from diq_core.study import Study

ROOT = Path(__file__).resolve().parent.parent
EXPLORE, ELSEWHERE = "pages/4_explore.py", "pages/2_difficulty.py"
_FIRST = {"rule": "paper", "weight": 0.5, "difficulty_cut": 50.0, "influence_cut": 50.0,
          "budget": "10%", "put_in": (), "taken_out": (), "words": "", "marks": False}  # fmt: skip


class Differs(AssertionError):
    """What the page chooses is not what was set on it."""


@dataclass
class Account:
    """What one person has set, step by step; knows nothing of the page.

    Attributes:
        steps: what was set, oldest first, and `at`, which of them is set now.
    """

    steps: list[dict[str, Any]] = field(default_factory=lambda: [dict(_FIRST)])
    at: int = 0

    @property
    def now(self) -> dict[str, Any]:
        """What is set now."""
        return self.steps[self.at]

    def set(self, **values: Any) -> None:
        """Note a change; setting what is set already is none."""
        after = {**self.now, **values}
        if after != self.now:
            self.steps = [*self.steps[: self.at + 1], after]
            self.at += 1

    def place(self, ids: Iterable[str], where: str) -> None:
        """Note that samples were put in, taken out, or left to the rule."""
        here = set(ids)
        put_in, taken_out = set(self.now["put_in"]) - here, set(self.now["taken_out"]) - here
        put_in |= here if where == "put in" else set()
        taken_out |= here if where == "take out" else set()
        self.set(put_in=tuple(sorted(put_in)), taken_out=tuple(sorted(taken_out)))

    def arrive(self, state: dict[str, Any]) -> None:
        """Note that the browser went back to where this was set."""
        same = [at for at, one in enumerate(self.steps) if one == state]
        if same:
            self.at = min(same, key=lambda at: abs(at - self.at))
        self.set(**state)

    def forget(self) -> None:
        """Note that nobody remembers what was set before."""
        self.steps, self.at = [self.now], 0

    def ids(self, ground: Ground) -> list[str] | None:
        """Return what this must choose, sorted; None where it cannot be chosen."""
        knobs = {**self.now, "words": "" if self.now["marks"] else self.now["words"]}
        del knobs["marks"]
        try:
            chosen = select(ground.scores, contents=Contents(holding=ground.holding), **knobs)
        except BadSetting:
            return None
        return sorted(chosen.ids[chosen.kept].tolist())


@dataclass
class Ground:
    """The study that both people work on."""

    study: Study
    scores: Scores
    texts: dict[str, str]

    @classmethod
    def of(cls, study: Study) -> Ground:
        parts = (study.find("dataset"), study.find("difficulty"), study.find("influence"))
        table = load_table(parts[0], "samples.parquet", ["id", "question", "excluded"])
        texts = {row["id"]: row["question"] for row in table.to_pylist() if not row["excluded"]}
        return cls(study, load_scores(*parts), texts)

    def found(self, word: str) -> list[str]:
        """Return the samples in use in whose question a word begins like this."""
        return [id for id, text in self.texts.items() if re.search(rf"(?i)\b{word}", text)]

    def holding(self, word: str) -> Mask:
        """Return bool[n]: which samples of the dataset these are."""
        return np.isin(self.scores.ids.astype(str), self.found(word))


class Visitor:
    """One person at one page, as streamlit runs it."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.account = ground, Account()
        self.trail: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.app = self._opened({"study": ground.study.path.name})

    @property
    def address(self) -> dict[str, str]:
        """What the address of the page says."""
        return {name: value[0] if isinstance(value, list) else str(value)
                for name, value in self.app.query_params.items()}  # fmt: skip

    @property
    def tells_problem(self) -> bool:
        """Whether the page says that something is wrong."""
        return any("diq-problem" in str(one.proto.body) for one in self.app.get("html"))

    def press(self, key: str) -> bool:
        """Press a button if it can be pressed."""
        found = [one for one in self.app.button if one.key == key and not one.disabled]
        if found:
            self._ran(found[0].click())
        return bool(found)

    def turn(self, kind: str, key: str, value: Any) -> bool:
        """Set a control, if it is there."""
        found = [one for one in getattr(self.app, kind) if one.key == key]
        if found:
            self._ran(found[0].set_value(value))
        return bool(found)

    def go_away_and_back(self) -> None:
        """Choose another page in the menu, then this one again."""
        self.app.switch_page(ELSEWHERE)
        self._at({"study": self.ground.study.path.name})
        self.app.switch_page(EXPLORE)
        self._at({"study": self.ground.study.path.name})

    def go_back(self) -> bool:
        """Go back in the browser, if there is a way."""
        if len(self.trail) < 2:
            return False
        self.trail.pop()
        address, state = self.trail.pop()
        self.account.arrive(state)
        self._at(address)
        return True

    def reload(self, address: dict[str, str] | None = None) -> None:
        """Open the address anew: nothing but the address is left of what was set."""
        self.app = self._opened(address or self.address)
        self.account.forget()

    def command(self) -> list[str]:
        """Return the command that the page shows for what is chosen."""
        lines = [one.value for one in self.app.code if one.value.startswith("diq select ")]
        if len(lines) != 1:
            raise Differs(f"the page shows {len(lines)} commands")
        return shlex.split(lines[0])[1:]

    def _opened(self, address: dict[str, str]) -> AppTest:
        self.app = AppTest.from_file(str(ROOT / "overview.py"), default_timeout=600)
        self.app.switch_page(EXPLORE)
        self._at(address)
        return self.app

    def _at(self, address: dict[str, str]) -> None:
        self.app.query_params.clear()
        for name, value in address.items():
            self.app.query_params[name] = value
        self._ran(self.app)

    def _ran(self, what: Any) -> None:
        self.app = what.run()
        if self.app.exception:
            raise Differs(f"the page failed: {self.app.exception[0].message}")

    def note(self) -> None:
        """Note the address as the browser does: a change of it can be gone back from."""
        if not self.trail or self.trail[-1][0] != self.address:
            self.trail.append((self.address, dict(self.account.now)))
