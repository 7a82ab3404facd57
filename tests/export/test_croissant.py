from __future__ import annotations

import json

import pytest

from diq_core.digests import file_digest
from diq_core.export.croissant import croissant
from diq_core.export.exporters import EXPORTERS
from diq_core.export.writer import write_export

FORMATS = tuple(EXPORTERS)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("with_pictures", [False, True])
def test_the_library_accepts_and_reads_it(
    format: str, with_pictures, pictured, images, tmp_path, facts_of
) -> None:
    import mlcroissant as mlc

    samples = pictured if with_pictures else pictured[1:4]
    if format == "alpaca":
        samples = pictured[1:4]
    written = write_export(samples, tmp_path, format, images=images)
    text = croissant(facts_of(samples, format=format), written, tmp_path)
    (tmp_path / "croissant.json").write_text(text, encoding="utf-8", newline="\n")
    dataset = mlc.Dataset(tmp_path / "croissant.json")
    assert not dataset.metadata.ctx.issues.errors
    for file in dataset.metadata.file_objects:
        assert file.sha256 == file_digest(tmp_path / file.content_url)
    if format != "datasets":
        ids = [row["samples/id"].decode() for row in dataset.records("samples")]
        assert ids[:2] == [sample.id for sample in samples[:2]]
        assert len(ids) == len(samples)


@pytest.mark.parametrize("format", ["trl", "parquet", "sharegpt", "llama-factory"])
def test_its_records_hold_the_response(format, pictured, images, tmp_path, facts_of) -> None:
    import mlcroissant as mlc

    written = write_export(pictured[:2], tmp_path, format, images=images)
    described = json.loads(croissant(facts_of(pictured[:2], format=format), written, tmp_path))
    (tmp_path / "croissant.json").write_text(json.dumps(described))
    first = next(iter(mlc.Dataset(tmp_path / "croissant.json").records("samples")))
    (turns,) = (value for value in first.values() if isinstance(value, list))
    assert list(turns[-1].values())[-1] == b"No"


def test_equal_facts_and_files_give_equal_bytes(plain_samples, tmp_path, facts_of) -> None:
    written = write_export(plain_samples, tmp_path, "trl", images=None)
    facts = facts_of(plain_samples)
    assert croissant(facts, written, tmp_path) == croissant(facts, written, tmp_path)


def test_it_tells_licences_use_and_limits(plain_samples, tmp_path, facts_of) -> None:
    written = write_export(plain_samples, tmp_path, "trl", images=None)
    text = croissant(facts_of(plain_samples, name="x\ud800\n"), written, tmp_path)
    text.encode()
    described = json.loads(text)
    assert described["license"] == [
        "Apache-2.0",
        "MIT (question); US-Gov public domain (chains, MIRAGE)",
    ]
    assert described["name"] == "x(U+D800)"
    assert "not a medical device" in described["rai:dataUseCases"][1]
    assert described["rai:dataLimitations"][-1] == "Only English."
    assert described["conformsTo"][0] == "http://mlcommons.org/croissant/1.0"
