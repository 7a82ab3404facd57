from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from diq_core.data.sample import Sample
from diq_core.errors import BadFile, BadSetting, NotFound, OutOfSpace, UserError
from diq_core.export.exporters import EXPORTERS
from diq_core.export.writer import write_export

FORMATS = tuple(EXPORTERS)
EMPTY = Sample(id="none", question="Q")


def contents(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("format", FORMATS)
def test_two_writes_are_byte_identical_and_listed(
    format: str, pictured: list[Sample], images: Path, tmp_path: Path
) -> None:
    first = write_export([*pictured, EMPTY], tmp_path / "a", format, images=images)
    second = write_export([*pictured, EMPTY], tmp_path / "b", format, images=images)
    assert first == second
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert first.files == tuple(sorted(contents(tmp_path / "a")))


@pytest.mark.slow
def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from diq_core.data.sample import Sample;"
        "from diq_core.export.writer import write_export;"
        "write_export([Sample(id='a', question='Q', answer='A')], Path(sys.argv[1]), 'datasets',"
        " images=None)"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", program, str(tmp_path / seed)]
        subprocess.run(command, env=environment, check=True)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_vanishes(format: str, plain_samples: list[Sample], tmp_path: Path) -> None:
    written = write_export([EMPTY, *plain_samples], tmp_path, format, images=None)
    assert written.counts == {"samples": 4, "exported": 3, "dropped": 1, "images": 0}
    assert [id for id, _ in written.dropped] == ["none"]
    listed = [json.loads(line) for line in (tmp_path / "dropped.jsonl").read_text().splitlines()]
    assert listed == [{"id": "none", "reason": written.dropped[0][1]}]


def test_the_order_is_the_order_given(plain_samples: list[Sample], tmp_path: Path) -> None:
    write_export(plain_samples[::-1], tmp_path, "trl", images=None)
    lines = (tmp_path / "train.jsonl").read_bytes().decode().split("\n")
    assert [json.loads(line)["id"] for line in lines[:-1]] == ["../../etc/passwd", "h2", "m1"]


def test_hostile_ids_name_no_file(plain_samples: list[Sample], tmp_path: Path) -> None:
    write_export(plain_samples, tmp_path / "out", "llama-factory", images=None)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert set(contents(tmp_path / "out")) == {"train.jsonl", "dataset_info.json"}


def test_what_an_earlier_attempt_left_is_replaced(
    pictured: list[Sample], images: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    write_export([*pictured, EMPTY], folder, "datasets", images=images)
    (folder / "images" / "stale.png").write_bytes(b"x")
    (folder / "train" / "stale.arrow").write_bytes(b"x")
    written = write_export(pictured[1:2], folder, "datasets", images=images)
    assert set(contents(folder)) == set(written.files)


def test_pictures_of_the_same_pixels_are_one_file_named_by_what_is_written(
    pictured: list[Sample], images: Path, tmp_path: Path
) -> None:
    written = write_export(pictured, tmp_path / "out", "trl", images=images)
    assert written.counts["images"] == 1
    (file,) = (tmp_path / "out" / "images").iterdir()
    assert file.name == hashlib.sha256(file.read_bytes()).hexdigest()[:32] + ".png"
    records = [json.loads(line) for line in (tmp_path / "out" / "train.jsonl").open()]
    assert [each["images"] for each in records if each["images"]] == [
        [f"images/{file.name}"], [f"images/{file.name}"] * 2
    ]  # fmt: skip


@pytest.mark.parametrize("folder", [None, "there"])
def test_a_missing_picture_names_the_sample(folder: str | None, tmp_path: Path) -> None:
    sample = Sample(id="v7", question="Q", answer="A", images=("gone.png",))
    where = tmp_path / folder if folder else None
    with pytest.raises(
        NotFound, match=r"not in the image folder \(sample 'v7', image 'gone.png'\)"
    ):
        write_export([sample], tmp_path / "out", "trl", images=where)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "/etc/passwd",
        "a/../../b",
        "",
        "C:\\x.png",
        "c:x.png",
        "a\x00b",
        "a//b",
        ".",
    ],
)
def test_a_picture_name_cannot_leave_the_folder(name: str, images: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    sample = Sample(id="v7", question="Q", answer="A", images=(name,))
    with pytest.raises(UserError, match="not a plain path inside the image folder"):
        write_export([sample], tmp_path / "out", "trl", images=images)


def test_a_link_to_a_file_elsewhere_is_not_followed(images: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    (images / "link.png").symlink_to(tmp_path / "secret.png")
    sample = Sample(id="v7", question="Q", answer="A", images=("link.png",))
    with pytest.raises(BadFile, match=r"It is a link.*link\.png"):
        write_export([sample], tmp_path / "out", "trl", images=images)


def test_an_overlong_picture_name_is_missing(images: Path, tmp_path: Path) -> None:
    sample = Sample(id="v7", question="Q", answer="A", images=("x" * 5000,))
    with pytest.raises(NotFound, match="not in the image folder"):
        write_export([sample], tmp_path / "out", "trl", images=images)


@pytest.mark.parametrize("format", FORMATS)
def test_half_a_character_is_an_error_that_can_be_printed(format: str, tmp_path: Path) -> None:
    sample = Sample(id="x\udc80", question="Q \ud800", answer="A")
    with pytest.raises(UserError, match="lone surrogate") as caught:
        write_export([sample], tmp_path / "out", format, images=None)
    assert "sample 'x\\udc80'" in str(caught.value)
    str(caught.value).encode()


def test_nothing_to_export_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"The selection holds no sample\. Choose a larger budget"):
        write_export([], tmp_path, "trl", images=None)
    with pytest.raises(UserError, match="None of the 1 chosen samples can be exported .*'none'"):
        write_export([EMPTY], tmp_path, "trl", images=None)


def test_an_unknown_format_lists_the_known_ones(
    plain_samples: list[Sample], tmp_path: Path
) -> None:
    with pytest.raises(BadSetting, match="no export format 'xlsx'.*trl, prompt-completion"):
        write_export(plain_samples, tmp_path, "xlsx", images=None)


def test_a_full_disk_says_so(
    plain_samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(EXPORTERS, "trl", dataclasses.replace(EXPORTERS["trl"], write=full))
    with pytest.raises(OutOfSpace, match="The disk is full"):
        write_export(plain_samples, tmp_path, "trl", images=None)


def test_llama_factory_describes_its_file(
    pictured: list[Sample], images: Path, tmp_path: Path
) -> None:
    tags = {
        "role_tag": "role",
        "content_tag": "content",
        "user_tag": "user",
        "assistant_tag": "assistant",
        "system_tag": "system",
    }
    for samples, columns in (
        (pictured[1:3], {"messages": "messages"}),
        (pictured, {"messages": "messages", "images": "images"}),
    ):
        write_export(samples, tmp_path / "out", "llama-factory", images=images)
        info = json.loads((tmp_path / "out" / "dataset_info.json").read_text())
        assert info == {
            "diq": {
                "file_name": "train.jsonl",
                "formatting": "sharegpt",
                "columns": columns,
                "tags": tags,
            }
        }


def test_the_progress_bars_of_the_library_stay_as_they_were(
    plain_samples: list[Sample], tmp_path: Path
) -> None:
    import datasets

    before = datasets.are_progress_bars_disabled()
    write_export(plain_samples, tmp_path, "datasets", images=None)
    assert datasets.are_progress_bars_disabled() == before


def test_a_dropped_picture_need_not_exist(plain_samples: list[Sample], tmp_path: Path) -> None:
    lost = dataclasses.replace(EMPTY, images=("gone.png",))
    written = write_export([*plain_samples, lost], tmp_path, "trl", images=None)
    assert written.counts["dropped"] == 1
