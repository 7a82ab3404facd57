"""Findings: what import noticed about a row, with the place, the reason and the remedy.

A finding never stops an import. ``error`` means that the row is not in the dataset, ``warning``
that something was changed, is doubtful, or is left out by default, ``info`` that it is worth
knowing. A file that cannot be used at all is a `BadFile`, not a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diq_core.data.sample import Sample

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed about one row or sample.

    Attributes:
        rule: name of the rule, a key of `RULES`.
        severity: how much it matters; follows from the rule.
        file: name of the file.
        line: 1-based line (text files) or row (tables); 0 when unknown.
        id: the sample's id, or empty when the row did not become a sample.
        field: the field that is meant, or empty.
        message: what is wrong, one sentence without its full stop.
        hint: what to do about it.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    id: str
    field: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule looks for.

    Attributes:
        severity: see `Finding`.
        sentence: one sentence for the page.
        excludes: why such a sample is left out by default; empty = it stays in.
    """

    severity: Severity
    sentence: str
    excludes: str = ""


RULES: dict[str, Rule] = {
    # A row that could not be read.
    "bad-json": Rule("error", "The line is not valid JSON."),
    "truncated": Rule("error", "The last line stops in the middle: the file is cut off."),
    "line-too-long": Rule("error", "The line is longer than the limit and was skipped."),
    "too-deep": Rule("error", "The row nests lists or objects too deeply."),
    "too-wide": Rule("error", "The row has more fields than the limit."),
    "not-an-object": Rule("error", "The row is not an object with named fields."),
    "column-count": Rule("error", "The row has more or fewer columns than the header."),
    "cut-cell": Rule("error", "The hub's viewer cut a cell off."),
    "bad-csv": Rule("error", "The row breaks the rules of CSV."),
    "wrong-type": Rule("error", "A field holds another kind of value than it should."),
    "wrong-shape": Rule("error", "The row does not have the layout of its format."),
    "no-question": Rule("error", "There is no question or instruction."),
    # A row that was read, and something in it was changed on the way.
    "duplicate-key": Rule("warning", "A field occurs twice in a row; the last one is used."),
    "duplicate-column": Rule("warning", "Two columns have one name; the later was renamed."),
    "value-unreadable": Rule("warning", "A value of an unusual type was read as missing."),
    "not-listed": Rule("warning", "More rows cannot be read than are listed."),
    "not-finite": Rule("warning", "NaN or an infinite number was read as missing."),
    "lone-surrogate": Rule("warning", "Half a character was replaced by U+FFFD."),
    "invalid-utf8": Rule("warning", "Bytes that are no text were replaced by U+FFFD."),
    "extra-comma": Rule("info", "A comma too many in JSON was read over."),
    "one-split": Rule("info", "The file has several splits; one of them was read."),
    "not-taken": Rule("warning", "A file of an archive was not read."),
    "one-page": Rule("warning", "The file is one page of a data set, not the whole."),
    "other-kind": Rule("info", "The file's content is of another kind than its name says."),
    "formula-cell": Rule(
        "info", "A cell starts like a spreadsheet formula; it is kept as plain text."
    ),
    "sheet-heading": Rule(
        "info", "A row of a sheet was read as a title, or as more of its header."
    ),
    "date-cell": Rule("info", "A cell of a sheet is a date or a time; it is read as text."),
    # Ids.
    "duplicate-id": Rule("warning", "An id occurs twice; the later sample got a new id."),
    "bad-id": Rule("warning", "The id cannot be used; the sample got an id made of its content."),
    # Content.
    "no-answer": Rule("warning", "There is no answer to train on.", "no answer"),
    "blank-reasoning": Rule("warning", "The reasoning is only white space: treated as missing."),
    "unclosed-thinking": Rule(
        "warning", "A thinking part begins and never ends.", "the thinking part never ends"
    ),
    "thinking-left": Rule(
        "warning", "Thinking marks are left inside the text.", "thinking marks are left in the text"
    ),
    "thinking-redacted": Rule("warning", "A block of thinking holds no text that can be read."),
    "earlier-thinking": Rule("info", "Thinking before an earlier answer was left out."),
    "reasoning-left": Rule("warning", "A chain of thought may be left inside the answer."),
    "end-mark": Rule("info", "A chat template's end mark was taken off the end of a response."),
    "control-token": Rule(
        "warning",
        "The text holds control tokens of chat templates.",
        "control tokens of a chat template in the text",
    ),
    "control-character": Rule("warning", "The text holds NUL or other control characters."),
    "bidi-control": Rule("warning", "The text holds characters that change reading direction."),
    "label-unknown": Rule(
        "warning",
        "The answer's label is not one of the options.",
        "the answer's label is not among the options",
    ),
    "label-differs": Rule(
        "warning",
        "The answer's text is another option than its label says.",
        "answer text and answer label disagree",
    ),
    "answer-no-option": Rule(
        "warning",
        "There are options, and the answer is neither a label nor the text of one.",
        "the answer is none of the options",
    ),
    "answer-unclear": Rule(
        "warning",
        "The answer fits more than one option.",
        "the answer fits more than one option",
    ),
    "answer-number": Rule(
        "warning",
        "The answer is a number, and what it counts from is not proven, or no option has it.",
        "the answer is a number that names no option",
    ),
    "several-answers": Rule(
        "warning", "Several answers are given as right.", "several answers are given as right"
    ),
    "letter-without-options": Rule(
        "warning",
        "The answer is a letter or a number of options that are not there.",
        "the answer is a letter without its options",
    ),
    "judged-bad": Rule(
        "warning",
        "The file itself calls the answer bad, or not to be learned.",
        "the file calls the answer bad",
    ),
    "judged-unclear": Rule(
        "warning",
        "The file judges the answer in words that are not known.",
        "the file judges the answer in words that are not known",
    ),
    "gold-differs": Rule("warning", "The file's gold answer is another than the answer."),
    "answer-not-option": Rule("info", "The answer's text is not the text of the right option."),
    "options-unreadable": Rule("warning", "The options could not be understood; kept in meta."),
    "options-duplicate": Rule("warning", "Two options have the same text or label."),
    "option-empty": Rule("warning", "An option has no text."),
    "no-options": Rule("warning", "A benchmark's question has no options to choose from."),
    "needs-image": Rule("warning", "A benchmark's question has images, which are not shown."),
    "short-question": Rule("info", "The question has fewer than three words."),
    "very-long": Rule("info", "The text is very long; models may see only its beginning."),
    "markup": Rule("info", "The text holds HTML or Markdown; it is shown as plain text."),
    "html-entity": Rule("warning", "The text holds HTML entities such as &lt; in place of signs."),
    "link": Rule("info", "The text holds a web address; it is never fetched."),
    # Patients' identifiers.
    "identifier": Rule(
        "warning",
        "What may tell who a patient is stands in the sample.",
        "it may tell who a patient is",
    ),
    "identifier-kept": Rule(
        "warning", "What may tell who a patient is stands in the sample, which is kept."
    ),
    "identifier-doubtful": Rule(
        "info", "Something looks like an identifier of a patient, and may be none."
    ),
    # Images.
    "image-missing": Rule("warning", "An image file is not there.", "an image is missing"),
    "image-refused": Rule(
        "warning", "An image path leaves the dataset's folder or is a URL.", "an image was refused"
    ),
    "image-unreadable": Rule(
        "warning", "An image is damaged, too large or of an unknown kind.", "an image is unreadable"
    ),
    "too-many-images": Rule(
        "warning", "A row names more images than the limit.", "too many images"
    ),
    "image-by-name": Rule(
        "info", "Images were found by their file's name in another folder than the rows say."
    ),
    "image-overlap-exact": Rule(
        "warning", "An image is also in validation or benchmark questions, pixel for pixel."
    ),
    "image-overlap-near": Rule(
        "warning", "An image is nearly one in validation or benchmark questions."
    ),
    "image-overlap-out": Rule(
        "warning",
        "An image is also in validation or benchmark questions, and the sample is left out.",
        "an image is in validation or benchmark questions",
    ),
    "image-metadata": Rule(
        "info", "An image holds more than its picture, such as a position; exports leave it out."
    ),
    "dicom": Rule("info", "A picture was made of a DICOM file; little of its header is kept."),
    "image-placeholder": Rule("info", "The mark <image> was taken out of the text."),
    "image-count": Rule(
        "warning",
        "There are not as many marks <image> as images, or one is where no image can be.",
        "the marks <image> do not fit the images",
    ),
    "video-or-sound": Rule(
        "warning", "The row shows a video or a sound.", "a video or a sound cannot be used"
    ),
    # Conversations.
    "turns-joined": Rule("info", "Neighbouring turns of one speaker were joined."),
    "closing-turn": Rule("info", "What the user says after the last answer was cut off."),
    "tool-call": Rule("info", "A tool call before the answer is kept as its JSON text."),
    # Comparison.
    "duplicate-exact": Rule("warning", "The same question is in the set already."),
    "duplicate-near": Rule("warning", "Nearly the same question is in the set already."),
    "answers-contradict": Rule(
        "warning", "The same question, or nearly the same, has another answer elsewhere."
    ),
    "choice-not-followed": Rule("warning", "What was chosen of a sample by hand cannot be done."),
    "overlap-exact": Rule("warning", "The question is also in the validation or test questions."),
    "overlap-near": Rule(
        "warning", "Nearly the same question is in the validation or test questions."
    ),
}


def finding(
    rule: str,
    message: str,
    *,
    hint: str = "",
    file: str = "",
    line: int = 0,
    id: str = "",
    field: str = "",
) -> Finding:
    """Return a finding of `rule`, with the rule's severity.

    Raises:
        KeyError: there is no such rule (a mistake in the program).
    """
    return Finding(rule, RULES[rule].severity, file, line, id, field, message, hint)


def about(sample: Sample, rule: str, message: str, *, hint: str, field: str = "") -> Finding:
    """Return a finding about a sample, at the place that it was read from."""
    return finding(
        rule,
        message,
        hint=hint,
        file=sample.file,
        line=sample.line,
        id=sample.id,
        field=field,
    )
