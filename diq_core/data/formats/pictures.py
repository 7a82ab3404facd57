"""Images and the turns that show them."""

from __future__ import annotations

import re
from dataclasses import replace

from diq_core.data.formats.options import are_pictures
from diq_core.data.formats.parts import Note, Parts
from diq_core.data.sample import Turn

MARK = "<image>"
"""Stands for one image in a text."""
_MARKS = re.compile(rf"^(?:{MARK}[ \t]*)+\n|{MARK}", re.MULTILINE)
_MEDIA = re.compile(r"<(video|audio)>")


def place_images(parts: Parts) -> None:
    """Set `parts.image_places` by the marks in the texts, and take these out.

    Without any mark all images belong to the question, in a conversation to its first. Options
    that are all names of pictures are pictures. Where the marks do not fit the images, or a mark
    stands for a video or a sound, a note leaves the sample out.
    """
    media = next((match for text in _texts(parts) if (match := _MEDIA.search(text))), None)
    if media:
        parts.notes.append(_media(media[1]))
    if parts.images == 2 * parts.images[: parts.named]:
        del parts.images[parts.named :]  # a column repeats what the messages name
    _show_options(parts)
    right = next((o.text for o in parts.options if o.label == parts.answer_label), "")
    if MARK in right and parts.answer == right:
        parts.answer = _MARKS.sub("", right).strip()
    marks = [turn.content.count(MARK) for turn in parts.history]
    marks.append(parts.context.count(MARK) + parts.question.count(MARK))
    marks += [option.text.count(MARK) for option in parts.options]
    every = sum(text.count(MARK) for text in _texts(parts))
    if not every:
        _show_first(parts)
        return
    if 0 < parts.named < len(parts.images):
        parts.notes.append(_MIXED)
    elif every != sum(marks) or every != len(parts.images):
        parts.notes.append(_unfit(every, sum(marks), len(parts.images)))
    else:
        parts.image_places = tuple(turn for turn, count in enumerate(marks) for _ in range(count))
        _take_out(parts)
        if every > parts.marks:  # others than those that reading the messages put there
            parts.notes.append(_TAKEN_OUT)


def _show_first(parts: Parts) -> None:
    """Give the images of a conversation without marks to the first turn of its user.

    Source: so do TRL (`prepare_multimodal_messages`) and the authors of PubMedVision.
    """
    first = next((n for n, turn in enumerate(parts.history) if turn.role == "user"), None)
    if parts.images and first is not None:
        parts.image_places = (first,) * len(parts.images)


def _show_options(parts: Parts) -> None:
    """Turn options that are all names of pictures into marks, and name their pictures."""
    if not are_pictures(parts.options):
        return
    names = [option.text.strip() for option in parts.options]
    if parts.images and not any(MARK in text for text in _texts(parts)):
        parts.question = MARK * len(parts.images) + parts.question
        parts.marks += len(parts.images)
    if parts.answer in names:
        parts.answer = ""
    parts.options = tuple(replace(option, text=MARK) for option in parts.options)
    parts.images += names
    parts.marks += len(names)
    parts.named += len(names) if parts.named else 0


def _texts(parts: Parts) -> list[str]:
    return [
        *(turn.content for turn in (*parts.history, *parts.tool_turns)),
        *(option.text for option in parts.options),
        parts.system, parts.context, parts.question, parts.reasoning, parts.answer,
    ]  # fmt: skip


def _take_out(parts: Parts) -> None:
    parts.question = _MARKS.sub("", parts.question).strip()
    parts.context = _MARKS.sub("", parts.context).strip()
    parts.history = tuple(
        Turn(turn.role, _MARKS.sub("", turn.content).strip()) for turn in parts.history
    )
    parts.options = tuple(
        replace(option, text=_MARKS.sub("", option.text).strip()) for option in parts.options
    )


_TAKEN_OUT = Note(
    "image-placeholder",
    "question",
    "The mark <image> was taken out of the text; the images are kept apart, each with its turn",
    "nothing to do; exports put the images where their format wants them",
)


_MIXED = Note(
    "image-count",
    "images",
    "Some images are named in the messages and others apart, so their order is not certain",
    "name all of them in the messages, or all of them apart with a mark <image> for each",
)


def _media(kind: str) -> Note:
    what = "a video" if kind == "video" else "a sound"
    return Note(
        "video-or-sound",
        "question",
        f"The text shows {what} by the mark <{kind}>, which cannot be used",
        "give single pictures, or leave the row out of the file",
    )


def _unfit(every: int, placed: int, images: int) -> Note:
    message = f"The marks <image> and the images do not fit: {every} marks, {images} images"
    if every != placed:
        message = "A mark <image> stands in the answer, a tool's result or the system message"
    hint = "write one mark for each image where it is shown: question, option or earlier turn"
    return Note("image-count", "images", message, hint)
