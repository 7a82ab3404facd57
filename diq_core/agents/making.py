"""Tools that make: one for each kind of work, which starts the job that its button would start.

The command of the job is the same, so its gates are: allow-lists, identifiers, roles. What only a
person can say is no argument: who answers for identifiers, and in whose name something is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diq_core.agents.tool import Tool, schema_of
from diq_core.config import Settings, build
from diq_core.errors import BadSetting
from diq_core.kinds import ROWS, KindRow
from diq_core.study import Study

PERSONS = frozenset(
    {
        "as_",
        "release_role",
        "release_reason",
        "reviewer_names",
        "exclude_identifiers",
        "waive_review",
    }
)
"""What a person alone says."""


class Making(Settings):
    """What is made."""

    name: str | None = None
    """What it is called; default: as the command calls it."""


def tools() -> tuple[Tool, ...]:
    """Return a tool for each kind, called as its verb."""
    return tuple(map(_making, ROWS))


def _making(facts: KindRow) -> Tool:
    def run(study: Study, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return _start(study, facts, given)

    return Tool(
        facts.typed.replace(" ", "_"),
        f"{facts.promise[0].upper()}{facts.promise[1:]}. Starts it and returns at once; the tool "
        "'jobs' says how it stands.",
        schema_of(Making, facts.inputs, facts.settings, without=PERSONS),
        run,
        writes=True,
        sends=facts.asks or bool({"push", "endpoint"} & facts.inputs.model_fields.keys()),
    )


def _start(study: Study, facts: KindRow, given: Mapping[str, Any]) -> Mapping[str, Any]:
    from diq_core.jobs import control, queue
    from diq_core.jobs.order import order_of

    _refuse_unknown(facts, given)
    name = build(Making, {key: given[key] for key in given if key == "name"}).name
    values = _only(facts.settings, given)
    placed = _only(facts.inputs, given)
    order = order_of(
        facts.kind, name or facts.default_name, build(facts.settings, values), values,
        build(facts.inputs, placed), placed,
    )  # fmt: skip
    (queue.enqueue if facts.queues else control.start)(study, order)
    return {"kind": order.kind, "name": order.name, "started": True}


def _only(kind: type[Settings], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in kind.model_fields}


def _refuse_unknown(facts: KindRow, given: Mapping[str, Any]) -> None:
    known = {"name", *facts.settings.model_fields, *facts.inputs.model_fields}
    for name in given:
        if name in PERSONS:
            raise BadSetting(
                "Only a person says this, on a page or in a terminal", which=name,
                todo="leave it out, and ask one",
            )  # fmt: skip
        if name not in known:
            raise BadSetting(
                f"There is no such argument of {facts.typed}", which=f"{name[:60]!a}",
                todo="use those that the tool lists",
            )  # fmt: skip
