"""Parts of pages that draw nothing or little: text, words, uploads."""

from __future__ import annotations

import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from diq_core.errors import BadFile
from diq_core.selection.quadrants import QUADRANT_WORDS
from diq_core.study import create_study
from pages.parts.palette import QUADRANT_COLOURS
from pages.parts.text import escaped, shortened
from pages.parts.uploads import keep_upload, safe_name
from pages.parts.words import count, duration, share, signed, size


class Sent(BytesIO):
    """What streamlit's uploader gives."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


@given(some.text())
def test_escaped_text_has_no_tag_and_no_hidden_character(text: str) -> None:
    safe = escaped(text)
    assert not set(safe) & set("<>\"'")
    assert not set(safe) & set("\x00\x07\u202e\u2066\u200b")
    safe.encode("utf-8")


@given(some.text(), some.integers(min_value=2, max_value=50))
def test_a_shortened_text_is_one_line_and_says_when_it_is_cut(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert "\n" not in short
    if " ".join(text.split()) != text.strip() or len(text.strip()) > 4 * limit:
        return
    assert short.endswith("…") or len(text.strip()) <= limit


def test_a_giant_line_is_shortened_without_reading_it_all() -> None:
    assert shortened("a" * 50_000_000, 10) == "a" * 9 + "…"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("pool.jsonl", "pool.jsonl"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\pool.csv", "pool.csv"),
        ("\\\\server\\share\\x.json", "x.json"),
        ("", "upload"),
        ("...", "upload"),
        ("CON.json", "upload-CON.json"),
        ("größe 1.jsonl", "gr-e-1.jsonl"),
        ("a\x00b\u202e.csv", "a-b.csv"),
        (f"{'a' * 100}.jsonl.gz", f"{'a' * 71}.jsonl.gz"),
        (f"{'a' * 100}.v2.gz", f"{'a' * 77}.gz"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(some.text(max_size=300))
def test_a_safe_name_stays_in_its_folder(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= 90
    assert Path(safe).name == safe
    assert not safe.startswith((".", "-"))


def test_an_upload_never_replaces_another(tmp_path: Path) -> None:
    study = create_study(tmp_path / "a")
    first = keep_upload(study, Sent("pool.jsonl", b"one"))
    again = keep_upload(study, Sent("pool.jsonl", b"one"))
    other = keep_upload(study, Sent("pool.jsonl", b"two"))
    assert first == again != other
    assert first.read_bytes() == b"one"
    assert other.read_bytes() == b"two"
    assert other.name.startswith("pool-")
    assert other.suffix == ".jsonl"


def test_another_packed_upload_of_one_name_keeps_its_whole_ending(tmp_path: Path) -> None:
    study = create_study(tmp_path / "a")
    first = keep_upload(study, Sent("pool.csv.gz", b"one"))
    other = keep_upload(study, Sent("pool.csv.gz", b"two"))
    assert first.name == "pool.csv.gz"
    assert other.suffixes == [".csv", ".gz"]


def test_an_upload_takes_no_second_copy_of_itself_in_memory(tmp_path: Path) -> None:
    study, sent = create_study(tmp_path / "a"), Sent("pool.jsonl", b"x" * 50_000_000)
    tracemalloc.start()
    kept = keep_upload(study, sent)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept.stat().st_size == 50_000_000
    assert most < 5_000_000


def test_uploads_of_one_name_at_one_time_are_all_whole(tmp_path: Path) -> None:
    study = create_study(tmp_path / "a")
    files = [bytes([number]) * 3_000_000 for number in range(8)]
    with ThreadPoolExecutor(len(files)) as pool:
        kept = list(pool.map(lambda content: keep_upload(study, Sent("p.csv", content)), files))
    assert [path.read_bytes() for path in kept] == files
    assert not list(study.uploads_folder.glob(".*"))


@pytest.mark.parametrize("place", ["uploads", "uploads/pool.jsonl"])
@pytest.mark.parametrize("what", ["link", "pipe"])
def test_an_upload_is_written_through_nothing_that_came_with_a_study(
    tmp_path: Path, place: str, what: str
) -> None:
    study, outside = create_study(tmp_path / "a"), tmp_path / "outside"
    outside.mkdir()
    (study.path / place).parent.mkdir(exist_ok=True)
    if what == "link":
        (study.path / place).symlink_to(outside)
    else:
        os.mkfifo(study.path / place)
    with pytest.raises(BadFile, match=r"It is a link|neither a file nor a folder"):
        keep_upload(study, Sent("pool.jsonl", b"one"))
    assert list(outside.iterdir()) == []


def test_an_upload_goes_beside_a_folder_of_its_name_and_says_where_none_is_free(
    tmp_path: Path,
) -> None:
    study = create_study(tmp_path / "a")
    (study.uploads_folder / "pool.jsonl").mkdir(parents=True)
    kept = keep_upload(study, Sent("pool.jsonl", b"one"))
    assert kept.read_bytes() == b"one"
    kept.write_bytes(b"forged")
    longer = keep_upload(study, Sent("pool.jsonl", b"one"))
    assert longer.read_bytes() == b"one"
    longer.write_bytes(b"forged")
    with pytest.raises(BadFile, match="under every name"):
        keep_upload(study, Sent("pool.jsonl", b"one"))


def test_a_file_in_place_of_the_folder_of_uploads_is_said(tmp_path: Path) -> None:
    study = create_study(tmp_path / "a")
    study.uploads_folder.write_text("")
    with pytest.raises(BadFile, match="where the folder of uploads belongs"):
        keep_upload(study, Sent("pool.jsonl", b"one"))


def test_numbers_in_words() -> None:
    assert [duration(value) for value in (0, 45, 60, 200, 7500)] == [
        "0 s", "45 s", "1 min", "3 min 20 s", "2 h 5 min"
    ]  # fmt: skip
    assert [count(number, "samples") for number in (0, 1, 1200)] == [
        "0 samples", "1 sample", "1,200 samples"
    ]  # fmt: skip
    assert [share(*pair) for pair in ((0, 0), (0, 9), (1, 900), (1, 2), (899, 900), (9, 9))] == [
        "none", "0 %", "under 1 %", "50 %", "over 99 %", "100 %"
    ]  # fmt: skip
    assert [size(number) for number in (0, 999, 1500, 12_300_000)] == [
        "0 B", "999 B", "1.5 kB", "12.3 MB"
    ]  # fmt: skip
    assert [signed(value) for value in (0.4543, -1.2, 0.0)] == ["+0.454", "−1.2", "+0"]


def test_each_quadrant_has_one_colour_and_one_name() -> None:
    assert list(QUADRANT_COLOURS) == [f"Q{number}" for number in QUADRANT_WORDS]
    assert len(set(QUADRANT_COLOURS.values())) == 4


@pytest.mark.parametrize("page", ["#FFFFFF", "#10171C"])
def test_the_colours_stand_out_from_both_pages(page: str) -> None:
    for colour in QUADRANT_COLOURS.values():
        lights = sorted((luminance(colour), luminance(page)))
        assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 3.0


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2, 0 to 1."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
