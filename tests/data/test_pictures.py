"""Images find the turn or the option that shows them."""

from __future__ import annotations

from diq_core.data.checks import check
from diq_core.data.formats.parts import Parts
from diq_core.data.formats.pictures import place_images
from diq_core.data.formats.settling import settle
from diq_core.data.sample import Option, Sample, option_images


def placed(**given: object) -> Parts:
    parts = Parts(question="Which one shows air?", **given)  # type: ignore[arg-type]
    settle(parts)
    place_images(parts)
    return parts


def test_a_mark_in_an_option_is_its_image() -> None:
    parts = placed(
        options=(Option("A", "<image>"), Option("B", "<image> this one")),
        images=["a.png", "b.png"], answer="B",
    )  # fmt: skip
    assert parts.image_places == (1, 2)
    assert [option.text for option in parts.options] == ["", "this one"]
    assert (parts.answer_label, parts.answer) == ("B", "this one")
    assert [note.rule for note in parts.notes] == ["image-placeholder"]


def test_options_that_are_all_names_of_pictures_are_pictures_after_those_of_the_question() -> None:
    parts = placed(
        options=(Option("A", "a.png"), Option("B", "b.png")), images=["0.png"], answer="b.png"
    )
    assert parts.images == ["0.png", "a.png", "b.png"]
    assert parts.image_places == (0, 1, 2)
    assert (parts.answer_label, parts.answer, parts.notes) == ("B", "", [])
    sample = Sample(
        "s", parts.question, answer_label="B", options=parts.options,
        images=("0", "1", "2"), image_places=parts.image_places,
    )  # fmt: skip
    assert option_images(sample) == {"A": "[image 2]", "B": "[image 3]"}
    assert check(sample) == []


def test_one_picture_among_texts_stays_a_text() -> None:
    parts = placed(options=(Option("A", "a.png"), Option("B", "none")), answer="B")
    assert (parts.images, parts.options[0].text) == ([], "a.png")


def test_marks_that_do_not_fit_still_leave_the_sample_out() -> None:
    parts = placed(options=(Option("A", "<image>"), Option("B", "x")), answer="B")
    assert [note.rule for note in parts.notes] == ["image-count"]
