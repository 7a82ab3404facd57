"""Addresses on the net: e-mail, web and IP."""

from __future__ import annotations

import ipaddress
import re

from diq_core.privacy.rule import Rule, shaped


def _ipv4(value: str) -> bool:
    parts = [int(each) for each in value.split("/")[0].split(":")[0].split(".")]
    return all(each < 256 for each in parts) and max(parts) > 9


def _ipv6(value: str) -> bool:
    try:
        ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return sum(each.isalnum() for each in value) > 3


TOP = (
    "com",
    "org",
    "net",
    "edu",
    "gov",
    "mil",
    "info",
    "biz",
    "name",
    "health",
    "clinic",
    "hospital",
    "care",
    "io",
    "co",
    "me",
    "app",
    "dev",
    "de",
    "fr",
    "es",
    "at",
    "ch",
    "uk",
    "us",
    "eu",
    "it",
    "nl",
    "be",
    "ca",
    "au",
    "mx",
    "ar",
    "ie",
    "int",
    "test",
    "local",
    "example",
    "invalid",
)
"""Ends of domains that are known without a scheme before them."""

NUMBERS: tuple[Rule, ...] = (
    # Not the number of an enzyme (EC 3.4.21.4).
    shaped("ip", 
        r"(?<!EC )(?<!EC:)(?<!E\.C\. )(?<![0-9A-Za-z.])[0-9]{1,3}(?:\.[0-9]{1,3})"
        r"{3}(?:/[0-9]{1,2}|:[0-9]{2,5})?(?!\.[0-9])", _ipv4, near=".", often=3, fewest=4,
        runs=range(1, 4)),
    shaped("ip", 
        r"(?<!:)(?=[0-9A-F:]{0,40}:[0-9A-F]{0,4}:)[0-9A-F:]{3,39}(?:(?<=:)"
        r"[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?!:)", _ipv6, near=":", often=2),
)  # fmt: skip
IPV6_START = re.compile(
    r"(?<![0-9A-Za-z:])::(?:[0-9A-Fa-f]{1,4}:){0,6}[0-9A-Fa-f]{1,4}(?![0-9A-Za-z:])"
)

_AT = r"\s(?:at|AT)\s|\s?(?:\(at\)|\[at\]|\{at\}|<at>)\s?"
_DOT = r"\s(?:dot|DOT|punkt|Punkt|punto)\s|\s?(?:\(dot\)|\[dot\]|\{dot\}|<dot>)\s?"
SPOKEN_EMAIL = re.compile(
    rf"(?<![\w.%+-])[\w%+][\w.%+'-]{{0,63}}(?:(?:{_DOT})[\w%+-]{{1,40}}){{0,3}}(?:{_AT})"
    rf"[\w-]{{1,63}}(?:(?:{_DOT}|\.)[\w-]{{1,63}}){{0,3}}(?:{_DOT})(?i:{'|'.join(TOP)})(?![\w-])"
)
"""An address as it is said: "john at example dot com"."""
EMAIL = re.compile(
    r"(?<![\w.%+-])[\w%+][\w.%+'-]{0,63}\s?(?:@|\(at\)|\[at\])\s?(?:[\w-]{1,63}(?:\.|"
    r"\s?(?:\(dot\)|\[dot\])\s?)){1,8}[^\W\d_]{2,24}(?![\w-])"
)
URL = re.compile(
    r"(?:(?:https?|ftps?|sftp)://|www\.)[^\s<>\"'`{}|\\^]{2,400}"
    rf"|(?<![\w@.-])(?-i:(?:[a-z0-9](?:[a-z0-9-]{{0,62}})\.){{1,6}}(?:{'|'.join(TOP)}))"
    rf"(?:/[^\s<>\"'`]{{0,300}})?(?![\w-]|\.[a-z0-9])",
    re.IGNORECASE,
)
