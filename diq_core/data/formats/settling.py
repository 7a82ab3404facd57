"""The last step of every conversion: options, label and answer settled from each other.

It follows every format, of packages too, and every mapping. A question with options ends with
the label and the text of one of them, or with a note that leaves the sample out and says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from diq_core.data.formats.answers import (
    Said,
    is_letters,
    lines_of,
    number_in,
    read_said,
    with_label,
    with_text,
)
from diq_core.data.formats.counting import Numbers, place
from diq_core.data.formats.names import NAMES, plain_name
from diq_core.data.formats.options import read_options, without_letters
from diq_core.data.formats.parts import Note, Parts
from diq_core.data.sample import Option


def settle(parts: Parts, numbers: Numbers = "unproven") -> None:
    """Settle options, label and answer; doing it twice changes nothing more."""
    if not parts.options and (parts.answer_label or parts.answer):
        _find_options(parts)
    parts.options = without_letters(parts.options)
    if not parts.options:
        _settle_alone(parts)
        return
    _drop_missing(parts)
    if parts.answers:
        _settle_several(parts, numbers)
    elif _names_several(parts):
        _leave_several(parts, _options_in((parts.answer_label, parts.answer), parts, numbers))
    elif parts.answer_label:
        _settle_label(parts, numbers)
    elif parts.answer:
        _settle_answer(parts, numbers)


def _find_options(parts: Parts) -> None:
    """Take the options that an answer names, or has a letter of, from a column nothing used."""
    said = parts.answer_label or parts.answer
    if _lists(parts.question, said):
        return
    for name in [name for name in parts.meta if plain_name(name) in NAMES["options"]]:
        options = None if name in parts.ignored else read_options(parts.meta[name])
        if options and (is_letters(said) or _chosen_among(options, said, parts.question)):
            parts.options = options
            del parts.meta[name]
            if parts.used is not None:
                parts.use(name)
            return


def _chosen_among(options: tuple[Option, ...], said: str, question: str) -> bool:
    """Return whether an answer is one of these options, and the question does not list them."""
    named = read_said(said, options).how in ("label", "text", "led")
    return named and not all(option.text in question for option in options)


def _drop_missing(parts: Parts) -> None:
    """Take out a label or an answer of -1, which stands for "not given"."""
    for name in ("answer_label", "answer"):
        number = number_in(getattr(parts, name))
        if number is not None and number < 0 and not with_text(str(number), parts.options):
            setattr(parts, name, "")


def _names_several(parts: Parts) -> bool:
    texts = (parts.answer_label, parts.answer)
    return any(read_said(text, parts.options).how == "several" for text in texts)


def _options_in(texts: Iterable[str], parts: Parts, numbers: Numbers) -> list[Option]:
    """Return the options that any of the texts names, in the order of the question."""
    meant: list[Option] = []
    for text in texts:
        counted = place(number_in(text), parts, numbers)
        meant += [counted] if counted else read_said(text, parts.options).options
    return [option for option in parts.options if option in meant]


def _settle_several(parts: Parts, numbers: Numbers) -> None:
    """Settle answers that the file lists; two names of one option are one answer."""
    meant = _options_in(parts.answers, parts, numbers)
    if len(meant) != 1:
        _leave_several(parts, meant)
        return
    parts.answers = ()
    parts.answer_label, parts.answer = meant[0].label, meant[0].text


def _leave_several(parts: Parts, meant: list[Option]) -> None:
    shown = ", ".join(option.label for option in meant) or ", ".join(parts.answers)
    parts.answer = lines_of(meant) or "\n".join(parts.answers)
    parts.answer_label, parts.answers = "", ()
    _note(
        parts,
        "several-answers",
        f"Several answers are given as right: {shown:.100}",
        "a sample has one right option: ask for one, or write out the answer as free text",
    )


def _settle_label(parts: Parts, numbers: Numbers) -> None:
    said = read_said(parts.answer_label, parts.options)
    if number_in(parts.answer_label) is not None and said.how in ("number", "text"):
        if numbers == "unproven" and with_text(parts.answer, parts.options):
            parts.meta.setdefault("answer_idx", parts.answer_label)
            parts.answer_label = ""
            _settle_answer(parts, numbers)
            return
        said = _counted(parts, parts.answer_label, numbers, said)
    if said.how not in ("label", "text", "led", "both"):
        return
    option = with_label(parts.answer_label, parts.options) or said.options[0]
    parts.answer_label = option.label
    _fit_answer(parts, numbers)


def _fit_answer(parts: Parts, numbers: Numbers) -> None:
    """Make the answer the label's text where it says the same; else leave it to the checks."""
    option = with_label(parts.answer_label, parts.options)
    answer = read_said(parts.answer, parts.options)
    if option is None or option in with_text(parts.answer, parts.options):
        return
    if not parts.answer or (answer.how in ("label", "both") and option in answer.options):
        parts.answer = option.text
    elif answer.how == "label":  # of another option: a check then says that they differ
        parts.answer = answer.options[0].text
    elif answer.how == "led" and (same := with_text(answer.rest, parts.options)):
        parts.answer = same[0].text
    elif answer.how == "number":
        said = place(number_in(parts.answer), parts, numbers)
        parts.answer = said.text if said else parts.answer


def _settle_answer(parts: Parts, numbers: Numbers) -> None:
    said = read_said(parts.answer, parts.options)
    if number_in(parts.answer) is not None and said.how in ("number", "text"):
        said = _counted(parts, parts.answer, numbers, said)
    if said.how in ("label", "text"):
        parts.answer_label, parts.answer = said.options[0].label, said.options[0].text
    elif said.how == "led":
        _settle_led(parts, said)
    elif said.how == "both":
        named = ", ".join(f"{each.label}. {each.text:.40}" for each in said.options)
        _note(
            parts,
            "answer-unclear",
            f"The answer '{parts.answer:.40}' fits more than one option: {named}",
            "give the label and the text of the right option in columns of their own",
        )
    elif parts.answer and said.how == "none":
        _note(
            parts,
            "answer-no-option",
            f"The answer '{parts.answer:.60}' is neither a label nor the text of an option",
            "correct the answer or the options; for a free answer, leave the options out",
        )


def _settle_led(parts: Parts, said: Said) -> None:
    parts.answer_label = said.options[0].label
    if same := with_text(said.rest, parts.options):
        parts.answer = same[0].text


def _counted(parts: Parts, written: str, numbers: Numbers, said: Said) -> Said:
    """Return what a number says, once it is counted; a note where that is not possible."""
    number = number_in(written) or 0
    if said.how == "text" and (numbers == "text" or number > len(parts.options)):
        return said
    counted = place(number, parts, numbers)
    if counted:
        return Said("label", (counted,))
    unknown = numbers == "unproven"
    why = "and the file does not prove what it counts from" if unknown else "but no option has it"
    _note(
        parts,
        "answer-number",
        f"The answer is the number {number}, {why}",
        "say how the numbers count (--answer-numbers 0 or 1, or text)"
        if unknown
        else "correct it, or say how the numbers count",
    )
    return Said("number")


def _settle_alone(parts: Parts) -> None:
    """Settle an answer without options: a letter is none, unless the question lists its options."""
    if parts.answers:
        _leave_several(parts, [])
        return
    lost = next((note.field for note in parts.notes if note.rule == "options-unreadable"), None)
    if parts.answer_label and not _lists(parts.question, parts.answer_label):
        parts.meta.setdefault("answer_label", parts.answer_label)
        parts.answer, parts.answer_label = parts.answer or parts.answer_label, ""
    bare = bool(parts.answer) and is_letters(parts.answer)
    number = lost is not None and number_in(parts.answer) is not None
    if not (bare or number) or _lists(parts.question, parts.answer):
        return
    what = "letter" if bare else "number"
    where = f"could not be read from '{lost}'" if lost else "are not given"
    _note(
        parts,
        "letter-without-options",
        f"The answer is the {what} '{parts.answer:.20}', and its options {where}",
        "map the column of the options (--map options=COLUMN), or give the answer's text",
    )


def _lists(question: str, answer: str) -> bool:
    """Return whether the question itself lists options, that of the answer among them."""
    letters = set(re.findall(r"(?:^|[\s(\[（])([A-Za-z])[)\].:、．：]", question))
    return len(letters) > 1 and set(re.findall(r"[A-Za-z]", answer)) <= letters


def _note(parts: Parts, rule: str, message: str, hint: str) -> None:
    note = Note(rule, "answer", message, hint)
    if all(each.rule != rule for each in parts.notes):
        parts.notes.append(note)
