"""Files from outside a study: where they are, and how a manifest names them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from diq_core.assets import ASSETS
from diq_core.data.importing import import_samples
from diq_core.data.sample import Sample
from diq_core.digests import file_digest

SHIPPED_VALIDATION = ASSETS / "validation" / "medqa_dev.jsonl"
SHIPPED_BENCHMARKS = {
    "MedQA test, 120 questions": ASSETS / "benchmarks" / "medqa_test.jsonl",
    "MMLU medical subjects, 120 questions": ASSETS / "benchmarks" / "mmlu_medical.jsonl",
}
"""What a page calls them → file."""


def read_questions(source: str) -> list[Sample]:
    """Return the samples of a file of validation or test questions.

    Raises:
        UserError: see `import_samples`.
    """
    return list(import_samples(source, ignore=None, compare=False).samples)


def source_digest(source: str) -> str:
    """Return the SHA-256 of a file, of a folder's files and names, or of a hub id's text.

    A hub id has no bytes here; the rows that were read are vouched for by the dataset itself.
    """
    path = Path(source)
    if path.is_file():
        return file_digest(path)
    whole = hashlib.sha256(b"" if path.is_dir() else source.encode())
    for file in sorted(path.rglob("*")) if path.is_dir() else ():
        if file.is_file():
            whole.update(file.relative_to(path).as_posix().encode() + b"\0")
            whole.update(bytes.fromhex(file_digest(file)))
    return whole.hexdigest()


def source_reference(source: str) -> dict[str, str]:
    """Return how a manifest names `source`: its last name only, since folders differ by machine."""
    path = Path(source)
    return {
        "path": path.name if path.exists() else source,
        "digest": source_digest(source),
    }
