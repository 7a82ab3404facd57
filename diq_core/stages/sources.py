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


def read_questions(
    source: str, *, images_to: Path | None = None, split: str | None = None
) -> list[Sample]:
    """Return the samples of a file of validation or test questions.

    Args:
        images_to: folder that their images are copied to; None = they are only checked.
        split: which part is read; None = that for training, see `import_samples`.

    Raises:
        UserError: see `import_samples`.
    """
    read = import_samples(source, ignore=None, compare=False, images_to=images_to, split=split)
    return list(read.samples)


def source_digest(source: str) -> str:
    """Return the SHA-256 of a file, of a folder's files and names, or of a hub id's text.

    What follows ``@`` after a path chooses a part, and is no part of its bytes. A hub id has no
    bytes here; the rows that were read are vouched for by the dataset itself.
    """
    path, _ = _parted(source)
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
    path, part = _parted(source)
    return {
        "path": path.name + part if path.exists() else source,
        "digest": source_digest(source),
    }


def _parted(source: str) -> tuple[Path, str]:
    """Return the path in a source, and what chooses a part of it, as ``@test``; often ""."""
    path = Path(source)
    before, sign, part = source.rpartition("@")
    if path.exists() or not (before and part and Path(before).exists()):
        return path, ""
    return Path(before), sign + part
