from __future__ import annotations

import json

import pytest

from diq_core.assets import asset
from diq_core.errors import BadFile, NotFound
from diq_core.scoring.difficulty.rubric import ASPECTS, read_rubric, shipped_rubric
from diq_core.statistics.levels import LEVELS


def written(tmp_path, change):
    content = json.loads(asset("rubric.json").read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "rubric.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_shipped_rubric_has_one_sentence_for_each_level_of_each_aspect():
    rubric = shipped_rubric()
    assert tuple(aspect.name for aspect in rubric.aspects) == ASPECTS
    anchors = [level.anchor for aspect in rubric.aspects for level in aspect.levels]
    assert len(anchors) == len(set(anchors)) == 15
    assert all(anchor.endswith(".") for anchor in anchors)
    assert rubric.version
    assert "cannot be answered as it stands" in rubric.flawed


def test_anchor_is_found_by_level():
    overall = shipped_rubric().aspect("overall")
    assert overall.anchor(3) == "Wrong about half of the time."
    assert tuple(level.value for level in overall.levels) == LEVELS


def test_missing_part_is_named(tmp_path):
    path = written(tmp_path, lambda content: content.pop("flawed"))
    with pytest.raises(BadFile, match=r"rubric cannot be read: KeyError\('flawed'\)"):
        read_rubric(path)


def test_other_aspects_are_refused(tmp_path):
    path = written(tmp_path, lambda content: content["aspects"].reverse())
    with pytest.raises(BadFile, match="aspects knowledge, reasoning, overall, in this order"):
        read_rubric(path)


def test_missing_level_is_refused(tmp_path):
    path = written(tmp_path, lambda content: content["aspects"][1]["levels"].pop())
    with pytest.raises(BadFile, match=r"levels \(1, 2, 3, 4, 5\).*aspect 'reasoning'"):
        read_rubric(path)


def test_missing_asset_says_how_to_get_it():
    with pytest.raises(NotFound, match=r"'no/such.json' is missing.*Install diq-studio again"):
        asset("no", "such.json")
