"""Which part of a data set is read where there are several: what is asked for, else training."""

from __future__ import annotations

import re
from collections.abc import Iterable

from diq_core.data.findings import Finding, finding
from diq_core.errors import BadSetting, SettingNeeded

TRAIN = "train"
NAMES = (
    "train", "training", "validation", "valid", "val", "dev", "test", "testing", "eval",
    "evaluation",
)  # fmt: skip
"""What splits are called."""
_SPLIT = re.compile(rf"(?i)({'|'.join(NAMES)})([^a-z].*)?")


def is_split(name: str) -> bool:
    """Return whether something is called as splits are: train, validation, test_2 …"""
    return _SPLIT.fullmatch(name) is not None


def choose(names: Iterable[str], wanted: str, which: str) -> str:
    """Return one name: the wanted one, else the only one, else that of the training split.

    Args:
        which: file, folder or data set, for the message.

    Raises:
        BadSetting: there is no such split.
        SettingNeeded: none is named, and none is for training.
    """
    there = sorted(names)
    trains = [name for name in there if name.lower() in (TRAIN, "training")]
    found = wanted or (trains or there)[0] if trains or len(there) == 1 else wanted
    if found not in there:
        what = f"There is no split '{wanted[:60]}'" if wanted else "The data set has several splits"
        if not there:
            raise BadSetting(what, which=which, todo="leave the split out: the file has none")
        shown = ", @".join(name[:60] for name in there[:20])
        todo = f"add one of these to its name: @{shown}; an import also takes it as --split"
        if wanted:
            raise BadSetting(what, which=which, todo=todo)
        splits = dict.fromkeys(there, "")
        raise SettingNeeded(what, which=which, todo=todo, setting="split", choices=splits)
    return found


def not_read(names: Iterable[str], chosen: str, file: str) -> list[Finding]:
    """Return the finding that says which other splits there are; none where there are none."""
    others = ", ".join(name[:60] for name in sorted(names)[:20] if name != chosen)
    if not others:
        return []
    message = f"Only the split '{chosen[:60]}' is read; there are also: {others}"
    return [finding("one-split", message, hint="--split chooses another one", file=file)]
