"""What installed packages add: strategies, formats, scores and exporters, by entry points.

A package names its object in its ``pyproject.toml``::

    [project.entry-points."diq.strategies"]
    coin = "diq_example:COIN"

and the object's own name must be the same, ``coin``. Entry points are looked up once a process,
and a package is imported only when what it adds is asked for. One that is broken is told in a
sentence (see `problems`) and takes nothing with it; it never replaces what is built in.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from diq_core.errors import BadSetting, DiqError

T = TypeVar("T")
GROUPS = ("diq.strategies", "diq.formats", "diq.scores", "diq.exporters")


@dataclass(frozen=True)
class Group(Generic[T]):
    """One kind of thing that a package can add.

    Attributes:
        name: the entry points' group, one of `GROUPS`.
        noun: what one of it is called in a sentence.
        kind: the class of the objects; each has a ``name``.
        taken: the names that are built in.
        before: what no name may begin with; empty = any.
    """

    name: str
    noun: str
    kind: type[T]
    taken: tuple[str, ...]
    before: str = ""


@dataclass(frozen=True)
class Origin:
    """Which package something comes from.

    Attributes:
        package, version: as installed.
    """

    package: str
    version: str


@dataclass(frozen=True)
class _Loaded(Generic[T]):
    things: Mapping[str, T]
    origins: Mapping[str, Origin]
    problems: Mapping[str, str]


def names(group: str) -> list[str]:
    """Return what packages announce for a group, without importing any of them: for a help text."""
    return sorted({point.name for point in _points(group)})


def help_text(group: str) -> str:
    """Return the end of a help text: what packages announce for a group."""
    found = names(group)
    return f" From installed packages: {', '.join(found)}." if found else ""


def load(group: Group[T]) -> Mapping[str, T]:
    """Return what packages add to a group, by name; broken ones are left out (see `problems`)."""
    return _load(group).things


def problems(*groups: Group[Any]) -> list[str]:
    """Return a sentence for each thing that could not be taken."""
    return [sentence for group in groups for sentence in _load(group).problems.values()]


def why_not(group: Group[Any], name: str) -> str:
    """Return why a thing of this name could not be taken, for the end of a sentence; or nothing."""
    sentence = _load(group).problems.get(name)
    return f": {sentence.removesuffix('.')}" if sentence else ""


def used(*named: tuple[Group[Any], str]) -> dict[str, Any]:
    """Return what a manifest's facts say of the packages that took part; nothing = none did.

    Args:
        named: group and name of each thing that was used, ours too.
    """
    found = {
        f"{group.noun} {name}": {"package": origin.package, "version": origin.version}
        for group, name in named
        if name not in group.taken and (origin := _load(group).origins.get(name))
    }
    return {"plugins": found} if found else {}


@contextmanager
def guarded(
    group: Group[Any], name: str, *, passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Turn what a package's code raises inside into a sentence that names the package.

    Args:
        passing: what it may raise on purpose; a full disk is nobody's mistake either.

    Raises:
        BadSetting: something of a package failed; what is built in raises what it raises.
    """
    on_purpose: tuple[type[Exception], ...] = (DiqError, *passing)
    try:
        yield
    except on_purpose:
        raise
    except Exception as error:
        origin = None if name in group.taken else origin_of(group, name)
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if origin is None or full:
            raise
        raise BadSetting(
            f"The {group.noun} '{name}' of the package {origin.package} {origin.version} failed, "
            f"{type(error).__name__}: {_line(error)}",
            todo=f"choose another {group.noun}, or correct or remove the package",
        ) from error


def origin_of(group: Group[Any], name: str) -> Origin | None:
    """Return the package that a thing comes from; None = it is ours."""
    return _load(group).origins.get(name)


def forget() -> None:
    """Look for packages anew: some were installed or removed while this process runs."""
    _load.cache_clear()
    _points.cache_clear()


@cache
def _load(group: Group[T]) -> _Loaded[T]:
    things: dict[str, T] = {}
    origins: dict[str, Origin] = {}
    refused: dict[str, str] = {}
    for point in sorted(
        _points(group.name), key=lambda point: (point.name, _origin(point).package)
    ):
        origin = _origin(point)
        try:
            things[point.name] = _thing(group, point, things)
            origins[point.name] = origin
        except _Refused as why:
            refused.setdefault(
                point.name,
                f"The {group.noun} '{point.name}' of the package {origin.package} "
                f"{origin.version} is left out: {why}.",
            )
    return _Loaded(things, origins, refused)


class _Refused(Exception):
    """Why something is not taken, as the end of a sentence."""


def _thing(group: Group[T], point: EntryPoint, so_far: Mapping[str, T]) -> T:
    if point.name in group.taken:
        raise _Refused("this name is built in")
    if point.name in so_far:
        raise _Refused("another package has this name already")
    if group.before and point.name.startswith(group.before):
        raise _Refused(f"a name may not begin with '{group.before}'")
    try:
        thing = point.load()
    except (Exception, SystemExit) as error:
        raise _Refused(f"it cannot be loaded, {type(error).__name__}: {_line(error)}") from error
    if not isinstance(thing, group.kind):
        raise _Refused(f"{point.value} is no {group.kind.__name__} but a {type(thing).__name__}")
    called = getattr(thing, "name", None)
    if called != point.name:
        raise _Refused(f"{point.value} calls itself {called!r}")
    return thing


@cache
def _points(group: str) -> Sequence[EntryPoint]:
    # The same package may be found twice, e.g. installed and on the path; the first one counts.
    seen: dict[tuple[str, str, str], EntryPoint] = {}
    for point in entry_points(group=group):
        seen.setdefault((point.name, point.value, _origin(point).package), point)
    return tuple(seen.values())


def _origin(point: EntryPoint) -> Origin:
    return Origin(point.dist.name, point.dist.version) if point.dist else Origin("unknown", "")


def _line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200].rstrip(".") if lines else "no message"
