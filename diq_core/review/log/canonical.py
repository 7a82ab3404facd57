"""One way to write a value as bytes, so that equal values have equal hashes everywhere.

Everything is escaped to printable ASCII. That is how NUL, lone surrogates, bidirectional
controls and combining characters pass byte-true through databases that would refuse or
normalise them (PostgreSQL refuses NUL in text).
"""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """Return JSON of `value` as ASCII bytes: keys sorted, no spaces, no NaN or infinity."""
    text = json.dumps(
        value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("ascii")


def digest(value: Any) -> str:
    """Return the SHA-256 of `canonical(value)` as hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def verbatim(text: str) -> str:
    """Return `text` in printable ASCII; different texts give different results."""
    return json.dumps(text, ensure_ascii=True)[1:-1]


def plain(escaped: str) -> str:
    """Return the text of which `verbatim` made `escaped`."""
    text: str = json.loads(f'"{escaped}"')
    return text
