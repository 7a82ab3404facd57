"""Findings about samples: what is missing, doubtful or dangerous in one of them.

Nothing is changed here. A finding whose rule `excludes` leaves the sample out by default; it
stays in the dataset with that reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5

from diq_core.data.findings import Finding, about
from diq_core.data.formats.thinking import has_chain_heading
from diq_core.data.marks import THINKING_MARK, control_marks
from diq_core.data.sample import Option, Sample, option_images
from diq_core.data.text import BIDI, CONTROL, length_unit, normal_words, text_length, visible

__all__ = ["check", "visible"]

LONG_QUESTION = 2_000
LONG_RESPONSE = 6_000
_HTML = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(\s[^<>]{0,300})?/?>|<!--")
_MARKDOWN = re.compile(r"!?\[[^\]\n]{0,300}\]\([^)\n]{1,500}\)|^```", re.MULTILINE)
_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]\w{1,31});")
_LINK = re.compile(r"\b(https?|ftp|file|data|javascript):\S|\bwww\.\w", re.IGNORECASE)
_STATED = re.compile(
    r"^\s*[(\[（]?(\w{1,3})[)\]）.:、．：]|(?:answer|option|choice|antwort|réponse|respuesta|答案|选项)"
    r"\s*(?:is|ist|est|es|是|为)?\s*[:：]?\s*[(\[（]?((?-i:[A-Z])|\d)(?!\w)",
    re.IGNORECASE,
)
"""A label that an answer begins with, or names as the answer."""
_FIX = "correct the options"
_HUATUO = re.compile(r"^##[ \t]*(Thinking|Final Response)[ \t]*$", re.MULTILINE)


def check(sample: Sample) -> list[Finding]:
    """Return the findings about one sample, in a fixed order."""
    return [
        *_answer(sample),
        *_thinking(sample),
        *_options(sample),
        *_label(sample),
        *_control(sample),
        *_hidden(sample),
        *_lengths(sample),
        *_foreign(sample),
        *_entities(sample),
    ]


def texts(sample: Sample) -> Iterator[tuple[str, str]]:
    """Yield (field, text) for every text of the sample that a model or a person reads."""
    for field in ("question", "answer", "reasoning", "context", "system"):
        value = getattr(sample, field)
        if value:
            yield field, value
    for option in sample.options:
        yield "options", f"{option.label}. {option.text}"
    for turn in sample.history:
        yield "history", turn.content
    for turn in sample.tool_turns:
        yield "tool_turns", turn.content


def _answer(sample: Sample) -> Iterator[Finding]:
    if not sample.answer and not sample.answer_label:
        hint = "give an answer; without one nothing can be trained"
        yield about(sample, "no-answer", "The sample has no answer", hint=hint, field="answer")
    if len(normal_words(sample.question)) < 3:
        hint = "is the question complete?"
        message = "The question has fewer than three words"
        yield about(sample, "short-question", message, hint=hint, field="question")


def _thinking(sample: Sample) -> Iterator[Finding]:
    left = [
        field
        for field in ("answer", "reasoning")
        if THINKING_MARK.search(getattr(sample, field)) or _HUATUO.search(getattr(sample, field))
    ]
    if left:
        message = f"Thinking marks are left in: {', '.join(left)}"
        hint = "the thinking part is not at the beginning, is nested, or occurs twice"
        yield about(sample, "thinking-left", message, hint=hint, field=left[0])
    elif has_chain_heading(sample.answer):
        message = "A heading in the answer announces a chain of thought, which could not be split"
        hint = "give the reasoning in a field of its own, or before a heading 'Final Answer'"
        yield about(sample, "reasoning-left", message, hint=hint, field="answer")


def _control(sample: Sample) -> Iterator[Finding]:
    found = {field: marks for field, text in texts(sample) if (marks := control_marks(text))}
    if found:
        marks = list(dict.fromkeys(mark for each in found.values() for mark in each))
        message = f"Control tokens of chat templates ({', '.join(marks[:5])}) in: "
        hint = "remove them: a tokenizer may read them as the end of a turn, or as another turn"
        field = next(iter(found))
        yield about(sample, "control-token", f"{message}{', '.join(found)}", hint=hint, field=field)


def _options(sample: Sample) -> Iterator[Finding]:
    labels = [option.label for option in sample.options]
    contents = [" ".join(normal_words(option.text)) for option in sample.options]
    filled = [content for content in contents if content]
    if len(set(labels)) < len(labels) or len(set(filled)) < len(filled):
        message = "Two options have the same text or the same label"
        hint = "correct the options; more than one may be right"
        yield about(sample, "options-duplicate", message, hint=hint, field="options")
    shown = option_images(sample)
    if any(not option.text.strip() and option.label not in shown for option in sample.options):
        message = "An option has no text"
        yield about(sample, "option-empty", message, hint="fill it or remove it", field="options")


def _label(sample: Sample) -> Iterator[Finding]:
    if not sample.answer_label or not sample.options:
        return
    right = [option for option in sample.options if option.label == sample.answer_label]
    if not right:
        labels = ", ".join(option.label for option in sample.options)
        message = f"The answer is labelled '{sample.answer_label:.40}', the options are {labels}"
        yield about(
            sample, "label-unknown", message, hint="correct the label", field="answer_label"
        )
        return
    answer = normal_words(sample.answer)
    if any(answer and _says(answer, option.label, option.text) for option in right):
        return
    if len(right) > 1:
        message = f"Several options are labelled {sample.answer_label}, and the answer is not one's"
        yield about(sample, "answer-unclear", f"{message} text", hint=_FIX, field="options")
    elif not answer:
        if not right[0].text.strip() and right[0].label not in option_images(sample):
            message = f"The answer is the letter '{sample.answer_label}', and its option is empty"
            yield about(sample, "letter-without-options", message, hint=_FIX, field="options")
    else:
        yield _other_words(sample, right[0])


def _other_words(sample: Sample, right: Option) -> Finding:
    """Return what is to say of an answer beside a label that is not the text of its option."""
    named = [option for option in sample.options if _names(sample.answer, option)]
    if right in named:
        message = f"The answer is not the text of option {right.label}"
        hint = "nothing to do if the answer explains the option in other words"
        return about(sample, "answer-not-option", message, hint=hint, field="answer")
    if named:
        message = f"The label says {right.label}, but the answer is the text of {named[0].label}"
        hint = "find out which of the two is right"
        return about(sample, "label-differs", message, hint=hint, field="answer")
    message = f"The label says {right.label}, but the answer names no option: "
    return about(
        sample,
        "answer-no-option",
        f"{message}'{visible(' '.join(sample.answer.split()))[:60]}'",
        hint="correct it; if it explains the right option, map its column as the reasoning "
        "(--map reasoning=COLUMN)",
        field="answer",
    )


def _names(answer: str, option: Option) -> bool:
    """Return whether an answer states a label, holds the option's text, or is a part of it."""
    stated = {(first or then).casefold() for first, then in _STATED.findall(answer)}
    if option.label.casefold() in stated:
        return True
    said, text = (f" {' '.join(normal_words(each))} " for each in (answer, option.text))
    return text.strip() != "" and (text in said or said in text)


def _says(answer: list[str], label: str, text: str) -> bool:
    words = normal_words(text)
    return answer in (words, [label.casefold(), *words])


def _hidden(sample: Sample) -> Iterator[Finding]:
    for rule, pattern, what in (
        ("control-character", CONTROL, "NUL or other control characters"),
        ("bidi-control", BIDI, "characters that change the reading direction"),
    ):
        found = [(field, match) for field, text in texts(sample) if (match := pattern.search(text))]
        if found:
            names = ", ".join(dict.fromkeys(field for field, _ in found))
            shown = visible(found[0][1].group())
            message = f"There are {what}, such as {shown}, in: {names}"
            hint = "remove them, unless they are meant; the page shows them as ⟦…⟧"
            yield about(sample, rule, message, hint=hint, field=found[0][0])


def _lengths(sample: Sample) -> Iterator[Finding]:
    for field, texts, limit in (
        ("question", (sample.question, sample.context), LONG_QUESTION),
        ("reasoning", (sample.reasoning, sample.answer), LONG_RESPONSE),
    ):
        length = sum(map(text_length, texts))
        if length > limit:
            message = f"The {field} with what belongs to it has {length} {length_unit(*texts)}"
            hint = "models cut long texts; check that the part that matters comes first"
            yield about(sample, "very-long", message, hint=hint, field=field)


def _entities(sample: Sample) -> Iterator[Finding]:
    fields = list(dict.fromkeys(field for field, text in texts(sample) if _has_entity(text)))
    if fields:
        message = f"There are HTML entities such as &lt; in: {', '.join(fields)}"
        hint = "they would be learned as they stand; write the signs that they stand for"
        yield about(sample, "html-entity", message, hint=hint, field=fields[0])


def _has_entity(text: str) -> bool:
    found = _ENTITY.finditer(text)
    return any(match[1].startswith("#") or f"{match[1]};" in html5 for match in found)


def _foreign(sample: Sample) -> Iterator[Finding]:
    for rule, has, what in (
        ("markup", _has_markup, "HTML or Markdown"),
        ("link", _has_link, "a web address"),
    ):
        fields = list(dict.fromkeys(field for field, text in texts(sample) if has(text)))
        if fields:
            message = f"There is {what} in: {', '.join(fields)}"
            hint = "it is shown as plain text and nothing is fetched; remove it if not meant"
            yield about(sample, rule, message, hint=hint, field=fields[0])


# Most texts hold no sign of either, and are not looked through for the rest of it.
def _has_markup(text: str) -> bool:
    html = "<" in text and _HTML.search(text)
    return bool(html or (("](" in text or "```" in text) and _MARKDOWN.search(text)))


def _has_link(text: str) -> bool:
    return bool((":" in text or "www." in text.lower()) and _LINK.search(text))
