"""What a datasheet says of patients' identifiers: what was looked for, found and let pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diq_core.markdown import plain, table
from diq_core.privacy.identifier import WORDS

_WORDS: Mapping[str, str] = {str(kind): words for kind, words in WORDS.items()}
NO_PROMISE = (
    "What looks for identifiers misses some (names without a title, handwriting, faces, languages "
    "other than English, German, French and Spanish); this is no statement that none is left."
)


def found_in_export(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the gate at the export found, as paragraphs; no found text is among it.

    Args:
        found: as the manifest holds it.
    """
    yield _open(found)
    if found["open"]:
        yield table(("may tell who a patient is", "findings"), _rows(found["open"]))
    release = found.get("release")
    if release:
        yield (
            f"**Written all the same**, in the role {plain(release['role'])}: "
            f"{plain(release['reason'])}"
        )
    if found["withheld"]:
        yield (
            f"Samples left out for what they hold: {len(found['withheld']):,}, listed in "
            "`dropped.jsonl`."
        )
    if found["cleared"]:
        yield f"Findings that people called no identifiers: {found['cleared']:,}."
    if found["doubtful"]:
        yield table(("only likely, and written", "findings"), _rows(found["doubtful"]))
    if found["images_not_read"]:
        yield (
            "**The images were not looked at** for text that is drawn into them: "
            f"{plain(found['images_not_read'])}."
        )
    yield NO_PROMISE


def _open(found: Mapping[str, Any]) -> str:
    looked = f"{found['texts']:,} texts were looked through before they were written"
    if not found["open"]:
        return f"{looked}; nothing was found that stops an export."
    return f"{looked}. Samples or files that may tell who a patient is: {found['samples']:,}."


def _rows(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(plain(_WORDS.get(kind, kind)), f"{count:,}") for kind, count in counts.items()]
