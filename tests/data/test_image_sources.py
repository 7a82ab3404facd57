"""The public sources of medical images import with every image in its place, quirks and all."""

from __future__ import annotations

import hashlib
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diq_core.data.importing import Imported, import_samples
from diq_core.data.sample import Sample, images_shown, option_images
from diq_core.errors import SettingNeeded
from tests.support import image_sources
from tests.support.pictures import picture

SOURCES: dict[str, Callable[[Path], Path]] = {
    "vqa-rad": image_sources.vqa_rad_osf,
    "hub": image_sources.hub_parquet,
    "slake": image_sources.slake,
    "pmc-vqa": image_sources.pmc_vqa,
    "pmc-vqa-2": image_sources.pmc_vqa_2,
    "mmmu": image_sources.mmmu,
    "medxpertqa": image_sources.medxpertqa_mm,
    "pubmedvision": image_sources.pubmedvision,
    "llava-med": image_sources.llava_med,
}


def read(source: Path, **given: Any) -> Imported:
    return import_samples(source, compare=False, **given)


def only(found: Imported, question: str) -> Sample:
    [sample] = [each for each in found.samples if question in each.question]
    return sample


def name_of(data: bytes, suffix: str) -> str:
    return hashlib.sha256(data).hexdigest()[:32] + suffix


def said(found: Imported, rule: str) -> list[str]:
    return [each.message for each in found.findings if each.rule == rule]


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_nothing_is_left_out_and_no_image_is_lost(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    found = read(make(tmp_path / "set"), images_to=tmp_path / "images")
    assert found.excluded == {}
    assert found.counts["unreadable"] == 0
    assert all(sample.images for sample in found.samples)
    kept = {name for sample in found.samples for name in sample.images}
    assert {each.name for each in (tmp_path / "images").iterdir()} == kept
    assert not [each for each in found.unused if each.why]


@pytest.mark.parametrize("packing", ["zip", "tar"])
@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_an_archive_says_the_same_as_its_folder(
    make: Callable[[Path], Path], packing: str, tmp_path: Path
) -> None:
    make(tmp_path / "set")
    packed = tmp_path / f"set.{packing}"
    files = sorted(each for each in (tmp_path / "set").rglob("*") if each.is_file())
    if packing == "zip":
        with zipfile.ZipFile(packed, "w") as archive:
            for each in files:
                archive.write(each, Path("top") / each.relative_to(tmp_path / "set"))
    else:
        with tarfile.open(packed, "w") as tar:
            for each in files:
                tar.add(each, Path("top") / each.relative_to(tmp_path / "set"))
    folder, archived = read(tmp_path / "set"), read(packed)
    assert [each.images for each in archived.samples] == [each.images for each in folder.samples]
    assert archived.excluded == {}


def test_vqa_rad_leaves_its_test_questions_unless_they_are_asked_for(tmp_path: Path) -> None:
    source = image_sources.vqa_rad_osf(tmp_path)
    found = read(source)
    assert [(each.id, each.answer) for each in found.samples] == [
        ("0", "Yes"), ("1", "no"), ("2", "2"),
    ]  # fmt: skip
    assert said(found, "one-split") == [
        "Only the rows of the split 'train' are read; there are also: test (2 rows)"
    ]
    assert said(found, "image-by-name") == [
        "2 images were found in 'VQA_RAD Image Folder', which no row names"
    ]
    assert [each.id for each in read(source, split="test").samples] == ["3", "4"]


def test_rows_that_name_no_split_are_read_and_said(tmp_path: Path) -> None:
    rows = [
        {"question": f"What is in film {n}?", "answer": "A rib.", "split": split}
        for n, split in enumerate(["train", "", "test", "train"])
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read(file)
    assert [each.line for each in found.samples] == [1, 2, 4]
    assert "do not say which split they belong to, and are read: 1" in said(found, "one-split")[0]
    # A split of that name only among such words: a language is none.
    file.write_text("".join(json.dumps({**row, "split": "english"}) + "\n" for row in rows))
    assert len(read(file).samples) == 4


def test_splits_of_which_none_is_for_training_are_asked_about(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"question": "What is it?", "answer": "A rib.", "split": e} for e in ("dev", "test")]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(SettingNeeded, match="several splits") as asked:
        read(file)
    assert set(asked.value.choices) == {"dev", "test"}


def test_slake_validates_under_its_own_name_and_keeps_both_languages(tmp_path: Path) -> None:
    image_sources.slake(tmp_path)
    found = read(tmp_path)
    assert [each.meta["q_lang"] for each in found.samples] == ["en", "en", "en", "zh"]
    assert len(read(tmp_path, split="validate").samples) == 1
    first = found.samples[0]
    assert first.images == (name_of(picture(100, "JPEG"), ".jpg"),)


def test_both_versions_of_pmc_vqa_end_with_label_and_text(tmp_path: Path) -> None:
    for make in (image_sources.pmc_vqa, image_sources.pmc_vqa_2):
        first = read(make(tmp_path / make.__name__)).samples[0]
        assert [each.text for each in first.options] == ["Sagittal", "Coronal", "Axial", "Oblique"]
        assert (first.answer_label, first.answer) == ("C", "Axial")


def test_omnimedvqa_is_read_from_the_folder_that_holds_images_and_sets(tmp_path: Path) -> None:
    file = image_sources.omnimedvqa(tmp_path)
    with pytest.raises(SettingNeeded, match="several data files"):
        read(tmp_path)
    found = read(Path(f"{tmp_path}@QA_information/Open-access/ACRIMA.json"))
    assert [(each.answer_label, each.answer) for each in found.samples] == [
        ("B", "Glaucoma"), ("B", "No, It is healthy."),
    ]  # fmt: skip
    assert [len(each.images) for each in found.samples] == [1, 1]
    both = read(tmp_path, split="*")
    assert [len(each.images) for each in both.samples] == [1, 1, 1]
    # The file alone: nothing outside its folder is read, and each image that lacks is named.
    alone = read(file)
    assert [(each.file, each.line, each.rule) for each in alone.findings] == [
        ("ACRIMA.json", 1, "image-missing"), ("ACRIMA.json", 2, "image-missing"),
    ]  # fmt: skip
    assert "'Images/ACRIMA/Im1_g_ACRIMA.png'" in alone.findings[0].message
    assert "FOLDER@FILE" in alone.findings[0].hint


def test_numbered_marks_of_mmmu_put_each_image_where_it_is_shown(tmp_path: Path) -> None:
    found = read(image_sources.mmmu(tmp_path))
    seen = only(found, "Which is seen")
    assert seen.question == "Which is seen in [image 1]?"
    assert [each.text for each in seen.options] == ["a fracture", 'it\'s "normal"']
    shown = only(found, "belongs to it")
    assert shown.question == "Which belongs to it?"
    assert (shown.image_places, shown.answer_label) == ((0, 1, 2), "B")
    assert shown.images == tuple(name_of(picture(20 + n), ".png") for n in (1, 2, 3))
    assert option_images(shown) == {"A": "[image 2]", "B": "[image 3]"}
    long = only(found, "How long")
    assert (long.options, long.answer) == ((), "12")
    compared = only(found, "Compare")
    assert compared.question == "Compare [image 1] with [image 2].\nIs [image 1] older?"
    assert (len(compared.images), found.counts["excluded"]) == (2, {})


def numbered(tmp_path: Path, **given: Any) -> Imported:
    row = {"question": "What?", "options": "['x', 'y']", "answer": "A", "question_type": "o"}
    file = tmp_path / "rows.jsonl"
    for number in (1, 2, 3):
        (tmp_path / f"{number}.png").write_bytes(picture(number))
    file.write_text(json.dumps({**row, **given}) + "\n")
    return read(file)


def test_images_follow_the_order_of_their_marks_and_gaps_in_the_numbers(tmp_path: Path) -> None:
    found = numbered(
        tmp_path, question="See <image 3> and <image_1>.", image_1="1.png", image_2=None,
        image_3="3.png",
    )  # fmt: skip
    [sample] = found.samples
    assert sample.images == (name_of(picture(3), ".png"), name_of(picture(1), ".png"))
    assert sample.question == "See [image 1] and [image 2]."


def test_an_image_that_no_mark_shows_belongs_to_the_question(tmp_path: Path) -> None:
    found = numbered(tmp_path, options="['<image 2>', 'none']", image_1="1.png", image_2="2.png")
    [sample] = found.samples
    assert (sample.image_places, images_shown(sample)) == ((0, 1), [2])
    assert sample.images[0] == name_of(picture(1), ".png")


def test_a_mark_of_an_image_that_is_not_there_leaves_the_row_out(tmp_path: Path) -> None:
    found = numbered(tmp_path, question="See <image 1> and <image 2>.", image_1="1.png")
    assert list(found.excluded.values()) == ["the marks <image> do not fit the images"]


@pytest.mark.parametrize("bare", [True, False], ids=["bare names", "objects"])
def test_medxpertqa_finds_its_images_and_tells_its_choices_once(bare: bool, tmp_path: Path) -> None:
    found = read(image_sources.medxpertqa_mm(tmp_path, bare=bare))
    first = found.samples[0]
    assert (first.question, len(first.images)) == ("What is the diagnosis?", 2)
    assert (first.answer_label, first.answer) == ("B", "Rickets")


def test_a_conversation_without_marks_shows_its_images_at_its_beginning(tmp_path: Path) -> None:
    found = read(image_sources.pubmedvision(tmp_path))
    assert [images_shown(each) for each in found.samples] == [[2], [1, 0, 0]]


def test_llava_med_is_read_with_its_misspelt_key(tmp_path: Path) -> None:
    found = read(image_sources.llava_med(tmp_path))
    assert [images_shown(each) for each in found.samples] == [[1, 0, 0]] * 2
    assert found.samples[1].history[0].content == "Where is the lesion?"


def test_a_name_that_two_folders_have_is_not_guessed(tmp_path: Path) -> None:
    source = image_sources.medxpertqa_mm(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "MM-26-a.jpeg").write_bytes(picture(7, "JPEG"))
    found = read(source)
    [message] = said(found, "image-missing")
    assert "'MM-26-a.jpeg' lies in several folders (images or other)" in message
    assert set(found.excluded) == {"MM-26"}
    # The same file twice is no doubt.
    (tmp_path / "other" / "MM-26-a.jpeg").write_bytes(picture(100, "JPEG"))
    assert read(source).excluded == {}
