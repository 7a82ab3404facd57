"""The tree of exceptions. Every error a user can cause is a `UserError`.

A `UserError` says what is wrong, which thing is meant (file, line, id, field) and what to
do about it. The command line prints it and exits with 2; a page shows it in a box. Anything
else that is raised is our fault: the command line exits with 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial


class DiqError(Exception):
    """Base of all exceptions that this package raises on purpose."""


class UserError(DiqError):
    """Something the user can put right.

    Args:
        what: the problem as a sentence without its full stop.
        which: the thing that is meant, e.g. ``"pool.jsonl, line 7, field 'answer'"``.
        todo: what to do about it, as a sentence without its full stop.
    """

    def __init__(self, what: str, *, which: str = "", todo: str) -> None:
        self.what = what
        self.which = which
        self.todo = todo
        advice = todo[:1].upper() + todo[1:]
        super().__init__(f"{what}{f' ({which})' if which else ''}. {advice}.")

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments are not pickled by default, and caches pickle exceptions.
        return partial(type(self), self.what, which=self.which, todo=self.todo), ()


class BadFile(UserError):
    """A file cannot be read at all (empty, truncated, not what its name says)."""


class UnknownFormat(UserError):
    """A file can be read, but its fields fit no known format."""


class BadSetting(UserError):
    """A setting is outside its range or contradicts another one."""


class SettingNeeded(BadSetting):
    """Nothing proves what a setting has to be, and a person can say it.

    Args:
        setting: its name, as the settings of this kind of work call it.
        choices: values that it may have → what each would mean, in words; "" = its name says it.
    """

    def __init__(
        self, what: str, *, which: str = "", todo: str, setting: str, choices: Mapping[str, str]
    ) -> None:
        super().__init__(what, which=which, todo=todo)
        self.setting = setting
        self.choices = dict(choices)

    def __reduce__(self) -> tuple[object, ...]:
        return partial(
            type(self), self.what, which=self.which, todo=self.todo,
            setting=self.setting, choices=self.choices,
        ), ()  # fmt: skip


class NotFound(UserError):
    """A study, artefact, file or model that was named does not exist."""


class SettingsDiffer(UserError):
    """An artefact of this name exists already, made with other settings or inputs."""


class Busy(UserError):
    """Another process is already making this artefact."""


class OutOfSpace(UserError):
    """The disk is full; what was finished is kept and the same command continues."""


class OutOfMemory(UserError):
    """The memory of the machine or of its graphics card is full; what was finished is kept."""


class OverlapFound(UserError):
    """Validation questions occur in the training pool, so influence would be circular."""


class Stopped(DiqError):
    """The user asked a running job to stop; what was finished is kept."""


class Unfinished(DiqError):
    """This process did its part; shards of others are still missing.

    Args:
        total: shards of the whole work.
        missing: numbers of those that are not there.
        of: ranks that they are dealt out to.
    """

    def __init__(self, total: int, missing: list[int], *, of: int) -> None:
        self.total, self.missing, self.of = total, missing, of
        ranks = ", ".join(str(rank) for rank in sorted({number % of for number in missing}))
        tail = f", {len(missing)} missing (of rank {ranks})" if missing else ""
        super().__init__(f"{total - len(missing)} of {total} shards{tail}")
