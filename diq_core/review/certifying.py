"""The certificate of a selection: which samples were drawn, with which chances, and what came out.

The draws must be kept as they were made, so they lie in the study beside the reviews:
``certificates/<selection>.json``. The answers are not kept there: they are read from the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from diq_core.artefact import read_json, write_json
from diq_core.errors import BadFile, BadSetting
from diq_core.review.canonical import digest
from diq_core.review.certificate import Certificate, Draw, Goal, Members, certify, next_draws
from diq_core.review.material import Member
from diq_core.review.outcomes import Outcome
from diq_core.study import Study, checked_name

_MOST_STRATA = 12


@dataclass(frozen=True, slots=True)
class Course:
    """The draws of one certificate so far.

    Attributes:
        queue: name of the queue in which they are reviewed.
        strata: digest of the strata; another subset needs another certificate.
    """

    queue: str
    goal: Goal
    seed: int
    strata: str
    draws: tuple[Draw, ...] = ()


def strata_of(members: Sequence[Member]) -> dict[str, list[str]]:
    """Return the chosen samples by quadrant and source; by quadrant where that is too fine."""
    chosen = [one for one in members if one.chosen]
    fine = {(one.quadrant, one.source) for one in chosen}
    found: dict[str, list[str]] = {}
    for one in chosen:
        quadrant = one.quadrant or "without scores"
        by_source = one.source and len(fine) <= _MOST_STRATA
        name = f"{quadrant}, {one.source}" if by_source else quadrant
        found.setdefault(name, []).append(one.id)
    return {name: sorted(found[name]) for name in sorted(found)}


def load_course(study: Study, selection: str) -> Course | None:
    """Return what was drawn for the certificate of `selection`; None if there is none.

    Raises:
        BadFile: its file is damaged.
    """
    path = study.path / "certificates" / f"{checked_name(selection)}.json"
    if not path.is_file():
        return None
    values = read_json(path)
    try:
        return Course(
            queue=values["queue"],
            goal=Goal(**values["goal"]),
            seed=values["seed"],
            strata=values["strata"],
            draws=tuple(
                Draw(one["sample"], one["stratum"], tuple(one["chances"]))
                for one in values["draws"]
            ),
        )
    except (KeyError, TypeError) as error:
        raise BadFile(
            f"The certificate's file is damaged: {type(error).__name__}",
            which=path.name,
            todo="restore it from a backup; without the draws nothing can be certified",
        ) from None


def save_course(study: Study, selection: str, course: Course) -> None:
    """Write the draws; the file is either the old one or the whole new one."""
    path = study.path / "certificates" / f"{checked_name(selection)}.json"
    path.parent.mkdir(exist_ok=True)
    write_json(path, asdict(course))


def new_course(queue: str, goal: Goal, members: Members, seed: int) -> Course:
    """Return a certificate without draws."""
    return Course(queue, goal, seed, _digest(members))


def more(course: Course, members: Members, found: Mapping[str, Outcome], count: int) -> Course:
    """Return the course with up to `count` further draws.

    Raises:
        BadSetting: the selection is not the one the certificate was begun for.
    """
    _check(course, members)
    draws = answered(course, found)
    new = next_draws(course.goal, members, draws, count=count, seed=course.seed)
    return replace(course, draws=(*course.draws, *new))


def state(course: Course, members: Members, found: Mapping[str, Outcome]) -> Certificate:
    """Return what may be said now.

    Raises:
        BadSetting: the selection is not the one the certificate was begun for.
    """
    _check(course, members)
    return certify(course.goal, members, answered(course, found))


def answered(course: Course, found: Mapping[str, Outcome]) -> list[Draw]:
    """Return the draws with their answers as far as there are any."""
    return [
        replace(draw, bad=found[draw.sample].bad if draw.sample in found else None)
        for draw in course.draws
    ]


def _check(course: Course, members: Members) -> None:
    if _digest(members) != course.strata:
        raise BadSetting(
            "This certificate was begun for other samples",
            which=course.queue,
            todo="begin a new certificate for the selection as it is now",
        )


def _digest(members: Members) -> str:
    return digest({name: sorted(members[name]) for name in sorted(members)})
