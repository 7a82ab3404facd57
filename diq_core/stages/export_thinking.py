"""Where an export has the reasoning of its responses: as influence was measured, or as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings, Thinking
from diq_core.data.answering import HEADINGS, KEEP, Style
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.export.records import Render

_WHOLE = ("prompt-completion",)
_IN_MESSAGES = ("trl", "parquet", "datasets")


@dataclass(frozen=True, slots=True)
class Plan:
    """How the responses of an export are written.

    Attributes:
        render: see `Layout`.
        refusal: sample → why the model's chat template cannot write it, as a clause; "" = it can.
            None = whose template will write it is not known.
        facts: what the manifest says of it; empty where nothing was asked for.
        sentence: what the datasheet says of it; likewise.
    """

    style: Style
    render: Render | None = None
    refusal: Callable[[Sample], str] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    sentence: str = ""

    def unwritable(self, samples: Iterable[Sample]) -> dict[str, str]:
        """Return id → why, of the samples that the model's own chat template cannot write."""
        if self.refusal is None:
            return {}
        told = {sample.id: self.refusal(sample) for sample in samples}
        return {id: why for id, why in told.items() if why}


_KEPT = Plan(
    KEEP,
    facts={"thinking": {"asked": "keep"}},
    sentence="The reasoning stands as the imported file had it; where the file gave it apart, it "
    "stands under the headings Thinking and Final Response.",
)


def plan_thinking(
    settings: ExportSettings, influence: Artefact | None, tell: Callable[[str], None]
) -> Plan:
    """Return how the responses are written, and say what cannot be as asked.

    Args:
        influence: the scores behind the selection; None = it rests on none.

    Raises:
        BadSetting: native without a model, or in a format that this model's template would make
            lose the reasoning.
        NotFound: the model is not there.
    """
    scored = influence.settings if influence else {}
    wanted: Thinking = settings.thinking or scored.get("thinking", "huatuo")
    if wanted != "native":
        return _KEPT if wanted == "keep" else Plan(HEADINGS)
    model = settings.model or scored.get("model", "")
    if not model:
        raise BadSetting(
            "The model's own place for reasoning is asked for, and no model is named",
            which="thinking",
            todo="name it with --model, or export with --thinking huatuo",
        )
    return _native(model, settings.format, tell)


def _native(model: str, format: str, tell: Callable[[str], None]) -> Plan:
    from diq_core.models.chat import Chat
    from diq_core.models.files import find_causal
    from diq_core.models.parts import load_tokenizer

    chat = Chat(load_tokenizer(find_causal(model, tell)), "native")
    style = chat.style
    if style.why:
        tell(f"The reasoning stands under headings: {style.why}")
    if style.folds_system:
        tell("A system message leads the question: the model's chat template knows no system role")
    if style.place == "opened" and format in _IN_MESSAGES:
        raise BadSetting(
            "This model's chat template leaves the reasoning out of every message",
            which=f"format {format}",
            todo="use --format prompt-completion, which is written as the model reads it",
        )
    render = renderer(chat) if style.place == "opened" and format in _WHOLE else None
    facts = {"thinking": {"asked": "native", "model": model, **style.facts}}
    refusal = _refusal(chat) if format in (*_WHOLE, *_IN_MESSAGES) else None
    return Plan(style, render, refusal, facts, _sentence(style, format))


def _refusal(chat: Any) -> Callable[[Sample], str]:
    def refusal(sample: Sample) -> str:
        written = chat.write(sample)
        return written if isinstance(written, str) else ""

    return refusal


def _sentence(style: Style, format: str) -> str:
    if style.why:
        return f"The reasoning stands under the headings Thinking and Final Response: {style.why}."
    if style.place == "opened" and format in _WHOLE:
        return "Prompt and completion are written as the model's own chat template renders them."
    if style.place == "field" and format in (*_WHOLE, *_IN_MESSAGES):
        return (
            f"The reasoning stands in the field `{style.field}` of the assistant's message, where "
            "the model's own chat template reads it."
        )
    return "The reasoning stands before the answer, between `<think>` and `</think>`."


def renderer(chat: Any) -> Render:
    """Return what writes a sample as plain prompt and completion.

    A trainer puts the tokenizer's own first token before a plain prompt, so it is not written.
    """

    def render(sample: Sample) -> tuple[str, str]:
        written = chat.write(sample)
        if isinstance(written, str):
            raise BadSetting(
                f"A sample cannot be written: {written}",
                which=f"sample {sample.id!a}",
                todo="take it out of the selection",
            )
        prompt, response = written.plain
        return prompt.removeprefix(chat.first), response

    return render
