"""The classes of identifiers, and what is kept of one that was found."""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "name", "place", "date", "age", "phone", "fax", "email", "ssn", "record", "plan", "account",
    "licence", "vehicle", "device", "url", "ip", "biometric", "other", "unread",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

WORDS: dict[Kind, str] = {
    "name": "name of a person",
    "place": "address, ZIP code or town",
    "date": "date other than a year",
    "age": "age over 89",
    "phone": "telephone number",
    "fax": "fax number",
    "email": "e-mail address",
    "ssn": "social security number",
    "record": "medical record number",
    "plan": "health plan number",
    "account": "account or card number",
    "licence": "certificate or licence number",
    "vehicle": "vehicle number or plate",
    "device": "device identifier or serial number",
    "url": "web address",
    "ip": "IP address",
    "biometric": "biometric identifier",
    "other": "other unique number",
    "unread": "text too dense in numbers or names to be looked through",
}
"""Each class as a person reads it.

The classes are those of HIPAA's safe harbour, 45 CFR 164.514(b)(2)(i); full-face photographs, its
17th, are not found. "unread" is none of them: it says that nothing is known about a text.
"""


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """Where a text holds an identifier: everything but the identifier.

    Attributes:
        field: the field of the sample that was looked at.
        start: first character, counted from 0.
        end: one after the last character.
        kind: its class, one of `KINDS`.
        digest: 16 hex digits of a keyed SHA-256 of the text (see `digest`).
        sure: a checksum, a label or a title says so; otherwise only its shape or a list does.
    """

    field: str
    start: int
    end: int
    kind: Kind
    digest: str
    sure: bool


def digest(text: str, key: bytes) -> str:
    """Return 16 hex digits by which equal identifiers are known again.

    Case, white space and punctuation do not count: "555-0100" is "555 0100". Numbers are few
    enough to be tried one after the other, so only a secret `key` keeps what was digested secret.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(each for each in folded if each.isalnum())
    return hmac.digest(key, bare.encode("utf-8", "surrogatepass"), "sha256").hex()[:16]
