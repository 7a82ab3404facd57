"""A reproduction says why the images of an old export are not what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diq_core.artefact import Artefact
from diq_core.files import write_json
from diq_core.stages.reproduce import Reproduction, _compare


def step(folder: Path, digest: str, facts: dict[str, Any]) -> Artefact:
    folder.mkdir()
    manifest = {
        "kind": "export", "settings": {}, "inputs": {}, "counts": {"images": 1}, "facts": facts,
        "versions": {}, "files": {"images/a.png": digest},
    }  # fmt: skip
    write_json(folder / "manifest.json", manifest)
    (folder / "images").mkdir()
    (folder / "images" / "a.png").write_bytes(b"x")
    return Artefact(folder)


@pytest.mark.parametrize(("facts", "said"), [({}, True), ({"images": {"removed": {}}}, False)])
def test_images_that_were_copied_then_are_the_reason(
    tmp_path: Path, facts: dict[str, Any], said: bool
) -> None:
    then = step(tmp_path / "then", "0" * 64, facts)
    now = step(tmp_path / "now", "1" * 64, {"images": {"removed": {"EXIF": 1}}})
    found = _compare("export", {**then.manifest, "name": "then"}, now, {})
    text = Reproduction(str(now.path), [found]).text()
    assert "differs in images/a.png" in text
    assert ("written anew from their pixels" in text) == said
