"""The difficulty rubric: three aspects, five levels each, one anchor sentence a level.

Labels, the labelling prompt and the review form all use this one text; its version stands in
everything that was rated by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from diq_core.assets import asset
from diq_core.errors import BadFile
from diq_core.statistics.levels import LEVELS

ASPECTS = ("knowledge", "reasoning", "overall")


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the scale, 1 (easiest) to 5, and the sentence that anchors it."""

    value: int
    anchor: str


@dataclass(frozen=True, slots=True)
class AspectRubric:
    """How one aspect is rated.

    Attributes:
        name: one of `ASPECTS`.
        title: the name as people read it.
        asks: the question that the rater answers.
        levels: in ascending order, exactly `LEVELS`.
    """

    name: str
    title: str
    asks: str
    levels: tuple[Level, ...]

    def anchor(self, value: int) -> str:
        """Return the sentence that anchors a level.

        Raises:
            KeyError: there is no such level.
        """
        return {level.value: level.anchor for level in self.levels}[value]


@dataclass(frozen=True, slots=True)
class Rubric:
    """The whole rubric.

    Attributes:
        version: changes with any change of the text.
        viewpoint: from whose view, and what is shown to the rater.
        rules: what raters must agree on beyond the anchors.
        aspects: in the order of `ASPECTS`.
        flawed: when a question counts as unanswerable, and how it is rated then.
    """

    version: str
    viewpoint: str
    rules: tuple[str, ...]
    aspects: tuple[AspectRubric, ...]
    flawed: str

    def aspect(self, name: str) -> AspectRubric:
        """Return the rubric of one aspect.

        Raises:
            KeyError: there is no such aspect.
        """
        return {aspect.name: aspect for aspect in self.aspects}[name]


def read_rubric(path: Path) -> Rubric:
    """Return the rubric in a JSON file.

    Raises:
        BadFile: it is not JSON, lacks a part, or has other aspects or levels than ours.
    """
    try:
        rubric = _rubric(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile(
            f"The rubric cannot be read: {error!r}", which=path.name, todo="restore this file"
        ) from None
    if tuple(aspect.name for aspect in rubric.aspects) != ASPECTS:
        raise BadFile(
            f"The rubric must have the aspects {', '.join(ASPECTS)}, in this order",
            which=path.name,
            todo="restore this file",
        )
    for aspect in rubric.aspects:
        if tuple(level.value for level in aspect.levels) != LEVELS:
            raise BadFile(
                f"The aspect must have the levels {LEVELS}, in this order",
                which=f"{path.name}, aspect '{aspect.name}'",
                todo="restore this file",
            )
    return rubric


@cache
def shipped_rubric() -> Rubric:
    """Return the rubric that ships with the app; the shipped labels were made by it."""
    return read_rubric(asset("rubric.json"))


def _rubric(content: dict[str, Any]) -> Rubric:
    return Rubric(
        version=str(content["version"]),
        viewpoint=content["viewpoint"],
        rules=tuple(content["rules"]),
        aspects=tuple(_aspect(each) for each in content["aspects"]),
        flawed=content["flawed"]["rule"],
    )


def _aspect(content: dict[str, Any]) -> AspectRubric:
    levels = tuple(Level(each["value"], each["anchor"]) for each in content["levels"])
    return AspectRubric(content["name"], content["title"], content["asks"], levels)
