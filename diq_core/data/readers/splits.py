"""Which part of a data set is read where there are several: what is asked for, else training."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from diq_core.data.findings import Finding, finding
from diq_core.errors import BadSetting, SettingNeeded

TRAIN = "train"
NAMES = (
    "train", "training", "validation", "validate", "valid", "val", "dev", "test", "testing", "eval",
    "evaluation",
)  # fmt: skip
"""What splits are called."""
ALL = "*"
"""What stands for all parts, one after another, where they may be joined."""
TEST_FIRST = "(test)"
"""What stands for the part for testing, or the only one: how benchmarks are read."""
_TESTS = ("test", "testing")
_SPLIT = re.compile(rf"(?i)({'|'.join(NAMES)})([^a-z].*)?")


def is_split(name: str) -> bool:
    """Return whether something is called as splits are: train, validation, test_2 …"""
    return _SPLIT.fullmatch(name) is not None


def wants(split: str) -> bool:
    """Return whether a part must be there: one was named."""
    return split not in ("", TEST_FIRST)


def choose(
    names: Iterable[str] | Mapping[str, str], wanted: str, which: str, *, parts: str = "splits"
) -> str:
    """Return one name: the wanted one, else the only one, else that of the training split.

    Args:
        names: with what each would mean, where its name does not say it.
        which: file, folder or data set, for the message.
        parts: what they are called, in plural.

    Raises:
        BadSetting: there is no such split.
        SettingNeeded: none is named, and none is for training.
    """
    meanings = names if isinstance(names, Mapping) else dict.fromkeys(names, "")
    there = sorted(meanings)
    if wanted == TEST_FIRST:
        tests = [name for name in there if _begins_with_test(name)]
        wanted = tests[0] if len(tests) == 1 else ""
        if not wanted and len(there) > 1:
            what = f"There are several {parts}, and not one is called test"
            raise _to_name(what, meanings, which)
    trains = [name for name in there if name.lower() in (TRAIN, "training")]
    found = wanted or (trains or there)[0] if trains or len(there) == 1 else wanted
    if found not in there:
        # One of them is called by the word without its s: split, sheet, data file.
        what = (
            f"There is no {parts[:-1]} '{wanted[:60]}'" if wanted else f"There are several {parts}"
        )
        if not there:
            raise BadSetting(
                what, which=which, todo="leave it out: there are no parts to choose from"
            )
        if wanted:
            raise BadSetting(what, which=which, todo=_add(there))
        raise _to_name(what, meanings, which)
    return found


def _begins_with_test(name: str) -> bool:
    split = _SPLIT.fullmatch(PurePosixPath(name).name)
    return split is not None and split[1].lower() in _TESTS


def _add(there: Sequence[str]) -> str:
    shown = ", @".join(name[:60] for name in there[:20])
    return f"add one of these to its name: @{shown}; an import also takes it as --split"


def _to_name(what: str, meanings: Mapping[str, str], which: str) -> SettingNeeded:
    there = sorted(meanings)
    return SettingNeeded(
        what, which=which, todo=_add(there), setting="split",
        choices={name: meanings[name] for name in there},
    )  # fmt: skip


def not_read(
    names: Iterable[str], chosen: str, file: str, *, parts: str = "splits"
) -> list[Finding]:
    """Return the finding that says which other splits there are; none where there are none."""
    others = ", ".join(name[:60] for name in sorted(names)[:20] if name not in (chosen, ALL))
    if not others or chosen == ALL:
        return []
    message = f"Only the {parts[:-1]} '{chosen[:60]}' is read; there are also: {others}"
    return [finding("one-split", message, hint="--split chooses another one", file=file)]
