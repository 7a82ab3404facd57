"""The examples of docs/extending.md are code that runs, and short."""

from __future__ import annotations

import re

import pytest

from diq_core.assets import ASSETS
from diq_core.config import Settings
from diq_core.data.formats import Format
from diq_core.export.exporters import Exporter
from diq_core.scoring.measures import Measure
from diq_core.selection.choose import select
from diq_core.selection.scores import Scores
from diq_core.selection.strategies import STRATEGIES, Strategy

TEXT = (ASSETS.parent / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.S)
KINDS = (Strategy, Measure, Format, Exporter, type(Settings))


@pytest.mark.parametrize(("block", "kind"), list(zip(BLOCKS, KINDS, strict=True)))
def test_each_example_makes_its_object_in_under_thirty_lines(block: str, kind: type) -> None:
    assert block.count("\n") < 30
    found: dict[str, object] = {}
    exec(block, found)
    assert any(isinstance(value, kind) for value in found.values())


def test_the_strategy_of_the_example_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, object] = {}
    exec(BLOCKS[0], found)
    strategy = found["PER_WORD"]
    assert isinstance(strategy, Strategy)
    monkeypatch.setitem(STRATEGIES, strategy.name, strategy)
    scores = Scores.of(["a", "b", "c"], influence=[4, 3, None], length=[8, 3, 1])
    selection = select(scores, strategy=strategy.name, budget=1)
    assert selection.reasons().to_pylist() == [
        "Out: ranked 2 by influence per word; the budget was 1",
        "In: rank 1 of 1 by influence per word",
        "Out: not scored — no influence score",
    ]
