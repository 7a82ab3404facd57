"""Replies that are JSON of a given shape, from whatever endpoint there is.

The schema is sent along. An endpoint that refuses schemas is asked without, and its words are
read; where they do not fit, it is told once what is wrong. Which way was gone is part of what
comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from diq_core.asking.asker import CUT, Asker
from diq_core.asking.completion import Reply, Sampling
from diq_core.asking.parts import Messages
from diq_core.asking.replies import Missing, read_object
from diq_core.asking.screen import MayIdentify

Way = Literal["schema", "parsed", "repaired"]
"""How a reply came to fit: the endpoint took the schema, it took none and its words were read, or
it was told once what was wrong."""
SENT_BACK = "what it was to be asked may tell who a patient is, and was not sent"

_SHOWN = 20_000
"""Characters of an unusable reply that its model is shown again."""
_REPAIR = (
    "That reply cannot be used: $why. Reply again with one JSON object of the shape that was asked "
    "for, and nothing else."
)


@dataclass(frozen=True, slots=True)
class Structured:
    """What was asked for, or why it is not there.

    Attributes:
        values: follows the schema; None = there is nothing usable.
        way: how it came to fit; "" where it did not.
        reason: why there is nothing, in words of ours; "" where there is something.
        replies: every reply that was got, in their order.
    """

    values: dict[str, Any] | None
    way: Way | Literal[""]
    reason: str
    replies: tuple[Reply, ...]


def ask_object(
    asker: Asker, messages: Messages, schema: Mapping[str, Any], sampling: Sampling
) -> Structured:
    """Return an object that follows `schema`, or why there is none.

    Raises:
        EndpointFailed: the endpoint is unusable.
    """
    reply = _said(asker, messages, schema, sampling)
    if isinstance(reply, Missing):
        return Structured(None, "", reply.reason, ())
    values = read_fitting(reply, schema)
    if not isinstance(values, Missing):
        return Structured(values, "schema" if reply.with_schema else "parsed", "", (reply,))
    if values is CUT:
        return Structured(None, "", values.reason, (reply,))
    told = {"role": "user", "content": _REPAIR.replace("$why", values.reason)}
    again = _said(
        asker,
        [*messages, {"role": "assistant", "content": reply.text[:_SHOWN]}, told],
        schema,
        sampling,
    )
    if isinstance(again, Missing):
        return Structured(None, "", f"{values.reason}; told so, {again.reason}", (reply,))
    repaired = read_fitting(again, schema)
    if isinstance(repaired, Missing):
        why = f"{values.reason}; told so, {repaired.reason}"
        return Structured(None, "", why, (reply, again))
    return Structured(repaired, "repaired", "", (reply, again))


def read_fitting(reply: Reply, schema: Mapping[str, Any]) -> dict[str, Any] | Missing:
    """Return the object in a reply if it follows `schema`; the reason holds nothing of its text."""
    if not reply.whole:
        return CUT
    values = read_object(reply.text)
    if isinstance(values, Missing):
        return values
    fault = _fault(values, schema)
    return Missing(fault) if fault else values


def _said(
    asker: Asker, messages: Messages, schema: Mapping[str, Any], sampling: Sampling
) -> Reply | Missing:
    try:
        return asker.ask(messages, sampling, schema)
    except MayIdentify:
        # A later request holds what the model wrote itself, which nobody could look at before.
        return Missing(SENT_BACK)


def _fault(values: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return the first thing in which an object does not follow a schema; "" = it follows it."""
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(schema).iter_errors(values)
    worst = min(errors, key=lambda each: (len(each.absolute_path), each.validator), default=None)
    if worst is None:
        return ""
    # The path is of the schema's own names up to the first that it does not know.
    known = [str(each) for each in worst.absolute_path]
    place = f"its field {known[0]!a}" if known and known[0] in schema["properties"] else "it"
    return f"{place} does not follow the schema ({worst.validator})"
