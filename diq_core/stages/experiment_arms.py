"""Which selections, exports, runs and evaluations are arms of an experiment: parts of it, not
something that somebody made for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from diq_core import config
from diq_core.artefact import Artefact, settings_of
from diq_core.config import ExperimentSettings
from diq_core.draft import read_plan, unfinished
from diq_core.errors import UserError
from diq_core.experiment.arms import plan_arms
from diq_core.kinds import Kind
from diq_core.study import Study

_OF_ARM: tuple[Kind, ...] = ("selection", "export", "run", "evaluation")


def arms_of(study: Study, kind: Kind) -> dict[str, str]:
    """Return name → name of its experiment, of the artefacts of `kind` that are an arm of one.

    An experiment that is not finished has arms, too. The names are those that it gave.
    """
    if kind not in _OF_ARM:
        return {}
    found: dict[str, str] = {}
    for name, settings in _experiments(study):
        with suppress(UserError):
            for arm in plan_arms(settings):
                shared = kind in ("selection", "export")
                if arm.trains or kind == "evaluation":
                    found[arm.selection(name) if shared else arm.run(name)] = name
    return found


def own_first(study: Study, kind: Kind, made: Sequence[Artefact]) -> list[Artefact]:
    """Return `made` with the arms of experiments after all others, each experiment's together."""
    arms = arms_of(study, kind)
    return sorted(made, key=lambda one: (one.name in arms, arms.get(one.name, ""), one.name))


def _experiments(study: Study) -> Iterator[tuple[str, ExperimentSettings]]:
    for one in study.all_artefacts("experiment"):
        with suppress(UserError):
            yield one.name, config.build(ExperimentSettings, one.settings)
    place = study.inside("experiment")
    for part in sorted(place.glob("*.part")) if place.is_dir() else ():
        name = part.name.removesuffix(".part")
        with suppress(UserError, FileNotFoundError):
            plan = read_plan(unfinished(study.folder("experiment", name)))
            yield name, config.build(ExperimentSettings, settings_of(plan, which=str(part)))
