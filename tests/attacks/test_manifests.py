"""Manifests that somebody changed: what is no number, no text or missing is named, never met."""

from __future__ import annotations

import copy
import json
import pickle
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.digests import file_digest
from diq_core.errors import BadFile, UserError
from diq_core.records import Told
from diq_core.status import damage, status
from diq_core.study import open_study
from tests.support.tampering import vouched_anew


def leaves(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where each single value stands."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, (*place, name))
    else:
        yield place


def with_leaf(values: dict[str, Any], place: tuple[str, ...], leaf: Any) -> dict[str, Any]:
    first, *rest = place
    return {**values, first: with_leaf(values[first], tuple(rest), leaf) if rest else leaf}


@pytest.mark.parametrize("kind", ["dataset", "difficulty", "influence", "embedding", "selection"])
@pytest.mark.parametrize("leaf", ["many", None, 1.5, [1], {"a": "b"}], ids=repr)
def test_a_count_that_is_no_number_is_named(study: Path, kind: str, leaf: Any) -> None:
    (file,) = (study / kind).glob("*/manifest.json")
    sound = json.loads(file.read_text())
    for place in leaves(sound["counts"]):
        changed = with_leaf(sound["counts"], place, leaf)
        file.write_text(json.dumps({**sound, "counts": changed}))
        (found,) = damage(open_study(study))
        assert f"counts.{place[0]}" in found
    assert len(status(open_study(study))) > 5


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("dataset", "format", 7), ("dataset", "reason", None), ("dataset", "unused", "x"),
        ("difficulty", "model", "m"),
        ("influence", "model", {"name": 1}), ("influence", "engine", []),
        ("influence", "engine", {"name": "e", "step": "x", "relative_error": 0, "samples": []}),
        ("influence", "validation", {"tasks": {}}), ("influence", "validation", {"loss": "x"}),
        ("influence", "validation", {"tasks": [{"task": "t", "ids": 1}]}),
        ("influence", "parameters", {}), ("selection", "cuts", [1]),
        ("selection", "cuts", {"difficulty": "x"}), ("selection", "notes", "x"),
    ],
)  # fmt: skip
def test_a_fact_of_another_type_is_named(study: Path, kind: str, field: str, value: Any) -> None:
    (folder,) = (study / kind).iterdir()
    facts = json.loads((folder / "manifest.json").read_text())["facts"]
    vouched_anew(folder, facts={**facts, field: value})
    (found,) = damage(open_study(study))
    assert f"facts.{field}" in found
    assert "manifest.json" in found


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("influence", "max_tokens", "many"), ("influence", "seed", {}), ("selection", "seed", []),
        ("selection", "axes", 5), ("difficulty", "classifier", [1]),
    ],
)  # fmt: skip
def test_a_setting_of_another_type_is_named(study: Path, kind: str, field: str, value: Any) -> None:
    (folder,) = (study / kind).iterdir()
    settings = json.loads((folder / "manifest.json").read_text())["settings"]
    made = vouched_anew(folder, settings={**settings, field: value})
    with pytest.raises(BadFile, match=rf"settings are damaged: field '{field}.*{kind}"):
        _ = made.settings
    assert len(status(open_study(study))) > 5


@pytest.mark.parametrize(
    ("kind", "part", "lacks"),
    [
        ("selection", "facts", "cuts"), ("selection", "counts", "quadrants"),
        ("dataset", "counts", "samples"), ("influence", "facts", "model"),
    ],
)  # fmt: skip
def test_what_a_manifest_lacks_is_said_by_whoever_needs_it(
    study: Path, kind: str, part: str, lacks: str
) -> None:
    (folder,) = (study / kind).iterdir()
    vouched_anew(folder, **{part: {}})
    if kind != "selection":
        # What was made of it names the digest of its manifest.
        made = vouched_anew(study / "selection" / "diq-10")
        inputs = {role: {**each, "digest": file_digest(study / each["path"] / "manifest.json")}
                  for role, each in made.manifest["inputs"].items()}  # fmt: skip
        vouched_anew(made.path, inputs=inputs)
    done = CliRunner().invoke(app, ["export", "--study", str(study), "--selection", "diq-10"])
    assert isinstance(done.exception, BadFile), done.exception
    assert f"lacks '{lacks}'" in str(done.exception) or "has been replaced" in str(done.exception)


@dataclass
class _Holder:
    told: Told


def test_a_record_is_copied_with_what_it_says_of_what_is_missing() -> None:
    told = Told({"a": {"b": 1}, "c": [{"d": 2}]}, "a file", "make it again")
    remade = asdict(_Holder(told))["told"]
    assert (remade, type(remade)) == (told, Told)
    for each in (told, copy.deepcopy(told), pickle.loads(pickle.dumps(told))):
        assert (each, each["c"][0].get("x")) == ({"a": {"b": 1}, "c": [{"d": 2}]}, None)
        with pytest.raises(BadFile, match=r"lacks 'x' .a file.*Make it again"):
            each["a"]["x"]


STEP = {"kind": "export", "settings": {}, "inputs": {}, "counts": {}, "versions": {}, "files": {}}
SOUND = {**STEP, "facts": {}, "name": "main"}
NEEDED = ("dataset", "selection")
RECIPES: tuple[Any, ...] = (
    {}, [], "x", None, {"dataset": {}}, {"dataset": []}, {"dataset": {**SOUND, "kind": "run"}},
    {"run": {**SOUND, "kind": "run"}}, {"review": {**SOUND, "kind": "review"}},
    {"scores/x": {**SOUND, "kind": "dataset"}}, {"x": SOUND},
    {"dataset": {**SOUND, "kind": "dataset"}},
    {kind: {**SOUND, "kind": kind} for kind in NEEDED},
    {kind: {**SOUND, "kind": kind, "settings": {"made_up": 1}} for kind in NEEDED},
    {kind: {**SOUND, "kind": kind, "name": "../../x"} for kind in NEEDED},
)  # fmt: skip


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_a_manifest_that_is_made_again_is_checked_first(tmp_path: Path, recipe: Any) -> None:
    file = tmp_path / "manifest.json"
    (tmp_path / "pool.jsonl").write_text('{"question": "Is it?", "answer": "Yes"}\n')
    for facts in ({"study": "t", "recipe": recipe}, {"recipe": recipe}, {"study": 7}, [], 7):
        file.write_text(json.dumps({**STEP, "facts": facts}))
        done = CliRunner().invoke(
            app, ["reproduce", str(file), "--source", str(tmp_path / "pool.jsonl"),
                  "--study", str(tmp_path / "new")],
        )  # fmt: skip
        assert isinstance(done.exception, UserError), done.exception
        shutil.rmtree(tmp_path / "new", ignore_errors=True)
    assert not (tmp_path.parent / "x").exists()
