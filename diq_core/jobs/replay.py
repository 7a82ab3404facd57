"""A command that was written down, made anew before it is run: for this study, of this kind."""

from __future__ import annotations

from collections.abc import Sequence

from diq_core.errors import BadFile
from diq_core.kinds import Kind, row
from diq_core.study import Study

_STUDY = ("--study", "-s")


def rebuilt(study: Study, kind: Kind, name: str, command: Sequence[str]) -> list[str]:
    """Return the command that makes `name` of `kind` in `study`, as `command` describes it.

    Which study it names does not count: it is always this one. The process that runs it checks
    every option against the settings of its kind.

    Raises:
        BadFile: it does other work, or is to make something of another name.
    """
    rest = _after_verb(kind, command)
    if rest is None:
        raise _refused(kind, name, "it does other work")
    kept: list[str] = []
    own = ["--study", str(study.path)]
    parts = iter(rest)
    for part in parts:
        flag, joined, value = part.partition("=")
        if flag in _STUDY or (part.startswith("-s") and not part.startswith("--")):
            if part in _STUDY:
                next(parts, None)
            kept, own = [*kept, *own], []
            continue
        if flag in ("--name", "-n"):
            value = value if joined else next(parts, "")
            if value != name:
                raise _refused(kind, name, f"it makes {value[:64]!a}")
            kept += ["--name", name]
            continue
        kept.append(part)
    return [*row(kind).typed.split(), *kept, *own]


def _after_verb(kind: Kind, command: Sequence[str]) -> Sequence[str] | None:
    for verb in (row(kind).typed, *row(kind).aliases):
        words = verb.split()
        if [*command[: len(words)]] == words:
            return command[len(words) :]
    return None


def _refused(kind: Kind, name: str, why: str) -> BadFile:
    return BadFile(
        f"The command that was written down for the {kind} '{name}' is not run: {why}",
        which=f"{kind} '{name}'",
        todo="start it anew from its page, or in a terminal",
    )
