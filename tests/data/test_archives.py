"""ZIP and tar with data files and images: read as the folder that was packed."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from diq_core.data.importing import Imported, import_samples
from diq_core.data.readers import open_source
from diq_core.errors import BadFile, BadSetting, SettingNeeded
from tests.support.packed import lines, picture, tarred, zipped

ROWS = lines(
    {"question": "What does the first film show?", "answer": "A rib.", "image": "images/1.png"},
    {"question": "What does the second film show?", "answer": "A lung.", "image": "images/2.png"},
)
SET = {"train.jsonl": ROWS, "images/1.png": picture(1), "images/2.png": picture(2)}


def below(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}{name}": content for name, content in files.items()}


def read(path: Path, **asked: str) -> Imported:
    return import_samples(path, compare=False, **asked)  # type: ignore[arg-type]


def rules(found: Imported) -> list[str]:
    return [each.rule for each in found.findings]


def questions(path: Path, **asked: str) -> list[str]:
    return [sample.question for sample in read(path, **asked).samples]


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz", "tgz", "tar.bz2", "tar.xz", "tar.zst"])
def test_a_packed_set_is_read_with_its_images(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"set.{ending}"
    if ending == "zip":
        zipped(path, SET)
    else:
        mode = {"tgz": "w:gz", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}
        tarred(path, {**SET}, mode.get(ending, "w"))
    if ending == "tar.zst":
        path.write_bytes(pa.Codec("zstd").compress(path.read_bytes(), asbytes=True))
    found = read(path)
    assert [len(sample.images) for sample in found.samples] == [1, 1]
    assert found.samples[0].images != found.samples[1].images
    kind = "ZIP" if ending == "zip" else "tar"
    assert found.kind.startswith(f"JSON Lines in a {kind} archive: ")
    assert found.kind.endswith("; 1 data file, 2 images")
    assert rules(found) == []


@pytest.mark.parametrize(
    "files",
    [
        below("my set/", SET),
        below("./", SET),
        below("a/b/", SET),
        {"data/train.jsonl": ROWS, **below("", {n: SET[n] for n in SET if n != "train.jsonl"})},
        below("data/", SET) | {"notes.txt": b"x"},
        {name.replace("/", "\\"): content for name, content in below("set/", SET).items()},
        SET
        | below("__MACOSX/", {f"._{n}": b"\0\5\x16\7" for n in ("train.jsonl", "1.png")})
        | {".DS_Store": b"\0\0\0\1Bud1", "images/.DS_Store": b"x", "Thumbs.db": b"x"},
    ],
    ids=["folder", "dot", "folders", "data beside", "data around", "Windows", "macOS"],
)
def test_however_it_was_packed(tmp_path: Path, files: dict[str, bytes]) -> None:
    for path in (zipped(tmp_path / "set.zip", files), tarred(tmp_path / "set.tar", {**files})):
        found = read(path)
        assert [len(sample.images) for sample in found.samples] == [1, 1], path.name
        assert rules(found) == []
        assert ("1 file was not used: notes.txt" in found.kind) == ("notes.txt" in files)


def test_splits_and_configurations_are_those_of_a_folder(tmp_path: Path) -> None:
    rows = {name: lines({"question": f"Of which part is {name}?", "answer": "This."})
            for name in ("a", "b", "c")}  # fmt: skip
    path = zipped(
        tmp_path / "repo.zip",
        {"data/train-00000-of-00002.jsonl": rows["a"], "data/train-00001-of-00002.jsonl": rows["b"],
         "data/test-00000-of-00001.jsonl": rows["c"]},
    )  # fmt: skip
    assert questions(path) == ["Of which part is a?", "Of which part is b?"]
    assert questions(path, split="test") == ["Of which part is c?"]
    assert rules(read(path)) == ["one-split"]
    about = b"---\nconfigs:\n- data_files:\n  - {split: train, path: x/*}\n---\n"
    path = zipped(
        tmp_path / "named.zip", {"README.md": about, "x/1.jsonl": rows["a"], "y/1.jsonl": rows["b"]}
    )
    assert questions(path) == ["Of which part is a?"]


def test_several_data_files_are_asked_about_and_joined_only_by_choice(tmp_path: Path) -> None:
    one = lines({"question": "What is the first thing?", "answer": "One."})
    two = lines({"question": "What is the second thing?", "answer": "Two."})
    path = zipped(tmp_path / "set.zip", {"set/heart.jsonl": one, "set/lung.jsonl": two})
    with pytest.raises(SettingNeeded, match="several data files.*@heart.jsonl, @lung.jsonl") as e:
        read(path)
    assert e.value.setting == "split"
    assert e.value.choices == {
        "*": "all of them, one after another", "heart.jsonl": "", "lung.jsonl": "",
    }  # fmt: skip
    assert questions(path, split="lung.jsonl") == ["What is the second thing?"]
    assert questions(path, split="*") == ["What is the first thing?", "What is the second thing?"]
    found = read(path, split="lung.jsonl")
    assert found.kind.endswith("1 data file; 1 file was not used: heart.jsonl")
    assert [each.message for each in found.findings] == [
        "Only the data file 'lung.jsonl' is read; there are also: heart.jsonl"
    ]
    with pytest.raises(BadSetting, match="no data file 'liver.jsonl'"):
        read(path, split="liver.jsonl")


def test_images_sent_without_their_folder_are_found_by_name(tmp_path: Path) -> None:
    flat = {"rows.jsonl": ROWS, "1.png": picture(1), "2.png": picture(2)}
    found = read(zipped(tmp_path / "flat.zip", flat))
    assert [len(sample.images) for sample in found.samples] == [1, 1]
    assert rules(found) == ["image-by-name"]
    assert "2 images were found by the file's name alone" in found.findings[0].message
    # Two references that one file could be: it is not attached to both.
    both = lines(
        {"question": "What does the left film show?", "answer": "A rib.", "image": "left/1.png"},
        {"question": "What does the right film show?", "answer": "A lung.", "image": "right/1.png"},
    )
    found = read(zipped(tmp_path / "two.zip", {"rows.jsonl": both, "1.png": picture(1)}))
    assert [len(sample.images) for sample in found.samples] == [1, 0]
    assert "may not both be '1.png'" in next(
        each.message for each in found.findings if each.rule == "image-missing"
    )
    # Where folders are there, a name in another one is another file.
    other = {"rows.jsonl": both, "left/1.png": picture(1), "1.png": picture(2)}
    found = read(zipped(tmp_path / "tree.zip", other))
    assert [len(sample.images) for sample in found.samples] == [1, 0]


def test_names_that_are_not_said_to_be_utf8(tmp_path: Path) -> None:
    row = {"question": "What does the film show?", "answer": "A rib.", "image": "Aufnähme.png"}
    path = zipped(tmp_path / "set.zip", {"rows.jsonl": lines(row), "Aufn__hme.png": picture()})
    # As many programs write it: bytes of UTF-8, and no word about it.
    path.write_bytes(path.read_bytes().replace(b"Aufn__hme", "Aufnähme".encode()))
    assert "Aufnähme.png" not in zipfile.ZipFile(path).namelist()
    assert len(read(path).samples[0].images) == 1


def test_one_damaged_image_costs_that_image(tmp_path: Path) -> None:
    path = zipped(tmp_path / "set.zip", SET)
    content = bytearray(path.read_bytes())
    place = content.index(b"images/1.png") + len("images/1.png") + 8
    content[place] ^= 0xFF
    path.write_bytes(content)
    found = read(path)
    assert [len(sample.images) for sample in found.samples] == [0, 1]
    assert set(rules(found)) == {"not-taken", "image-missing"}


def test_what_is_no_data_is_named(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", SET).read_bytes()
    path = zipped(tmp_path / "outer.zip", {"inner.zip": inner, "README.md": b"read me"})
    with pytest.raises(BadFile, match=r"holds no data file; it holds: inner\.zip") as caught:
        read(path)
    assert caught.value.which == "outer.zip"


def test_no_message_says_where_it_was_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "set.zip", {"a.jsonl": b"{", "c.csv": b"x"})
    with pytest.raises(SettingNeeded) as caught:
        read(path)
    assert caught.value.which == "set.zip"


def test_the_files_are_there_while_somebody_reads_and_gone_after(tmp_path: Path) -> None:
    first = open_source(zipped(tmp_path / "1.zip", SET))
    again = open_source(tmp_path / "1.zip")
    assert first.root == again.root
    assert first.root is not None
    for number in (2, 3, 4):
        open_source(zipped(tmp_path / f"{number}.zip", SET))
    assert len(list(first.rows())) == 2
    folder = first.root
    del first, again
    assert not folder.exists()


def test_a_tar_whose_middle_is_damaged_is_not_read_in_part(tmp_path: Path) -> None:
    path = tarred(tmp_path / "set.tar", {**SET})
    content = bytearray(path.read_bytes())
    second = content.index(b"images/1.png\0")
    content[second + 148 : second + 156] = b"99999999"
    path.write_bytes(content)
    with pytest.raises(BadFile, match="archive is damaged"):
        read(path)
    whole = tarred(tmp_path / "whole.tar.gz", {**SET}, "w:gz").read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFile, match="damaged"):
        read(tmp_path / "half.tar.gz")
    (tmp_path / "cut.tar.gz").write_bytes(gzip.compress(path.read_bytes()[:700]))
    with pytest.raises(BadFile, match="damaged|cut off|ends"):
        read(tmp_path / "cut.tar.gz")


def test_links_in_a_tar_are_left_and_named(tmp_path: Path) -> None:
    link = tarfile.TarInfo("images/2.png")
    link.type, link.linkname = tarfile.SYMTYPE, "1.png"
    found = read(tarred(tmp_path / "set.tar", {**SET, "images/2.png": link}))
    assert [len(sample.images) for sample in found.samples] == [1, 0]
    assert set(rules(found)) == {"not-taken", "image-missing"}
    assert "'images/2.png' in the archive is a link, and was not read" in [
        each.message for each in found.findings
    ]
