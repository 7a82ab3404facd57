"""Archives and workbooks from a stranger: nothing gets out, nothing grows without bounds."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.data.importing import Imported, import_samples
from diq_core.errors import BadFile, UserError
from diq_core.study import create_study
from tests.attacks.conftest import state
from tests.support.packed import lines, picture, tarred, zipped
from tests.support.tampering import CANARY

MB = 2**20
GOOD = lines({"question": "What is it, and what is it not?", "answer": "This."})
SHOWN = lines({"question": "What does it show?", "answer": "This.", "image": "a.png"})
WAYS_OUT = (
    "../secret.png", "../../outside/secret.txt", "a/../../b.png", "/etc/passwd", "//host/share/a",
    "..", "C:\\Windows\\a.png", "..\\..\\secret.png", "\\\\host\\share\\a.png", "~/../a.png",
    "a/..", "a\0b.png", "a\nb.png", "\x1b[31mred.png",
    "x" * 300 + ".png", "a/" * 3000 + "b.png", " ",
)  # fmt: skip


def read(path: Path) -> Imported:
    return import_samples(path, compare=False)


def refusals(found: Imported) -> list[str]:
    return [each.message for each in found.findings if each.rule == "not-taken"]


@pytest.mark.parametrize("name", WAYS_OUT, ids=range(len(WAYS_OUT)))
def test_a_name_that_leads_out_writes_nothing_there(
    tmp_path: Path, outside: Path, name: str
) -> None:
    for kind in ("zip", "tar"):
        path = tmp_path / f"set.{kind}"
        if kind == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("rows.jsonl", GOOD)
                info = zipfile.ZipInfo("placeholder")
                info.filename = name
                archive.writestr(info, b"written")
        else:
            tarred(path, {"rows.jsonl": GOOD, name: b"written"})
        before = state(tmp_path)
        with contextlib.suppress(UserError):
            found = read(path)
            assert len(found.samples) == 1
            assert all("written" not in each.message for each in found.findings)
        assert state(tmp_path) == before


LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("target", ["secret.png", "rows.jsonl"])
def test_links_and_devices_are_never_made(
    tmp_path: Path, outside: Path, kind: bytes, target: str
) -> None:
    link = tarfile.TarInfo("a.png")
    link.type, link.linkname = kind, str(outside / "folder" / target)
    found = read(tarred(tmp_path / "set.tar", {"rows.jsonl": SHOWN, "a.png": link}))
    assert found.samples[0].images == ()
    assert len(refusals(found)) == 1
    # A folder that is a link, and a file through it.
    folder = tarfile.TarInfo("images")
    folder.type, folder.linkname = tarfile.SYMTYPE, str(outside)
    path = tarred(
        tmp_path / "through.tar", {"rows.jsonl": GOOD, "images": folder, "images/new.png": b"x"}
    )
    assert len(refusals(read(path))) == 1
    assert not (outside / "new.png").exists()


def test_a_link_in_a_zip_is_never_made(tmp_path: Path, outside: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rows.jsonl", SHOWN)
        info = zipfile.ZipInfo("a.png")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, str(outside / "folder" / "secret.png"))
    found = read(path)
    assert found.samples[0].images == ()
    assert refusals(found) == ["'a.png' in the archive is a link, and was not read"]


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz"])
def test_two_files_of_one_name_are_refused(tmp_path: Path, ending: str) -> None:
    cases: list[dict[str, bytes]] = [
        {"rows.jsonl": GOOD, "rows.jsonl ": SHOWN},
        {"rows.jsonl": GOOD, "./rows.jsonl": SHOWN},
        {"rows.jsonl": GOOD, "a": b"x", "a/b.png": b"x"},
        {"rows.jsonl": GOOD, "a/b.png": b"x", "a": b"x"},
    ]
    for files in cases:
        path = tmp_path / f"set.{ending}"
        if ending == "zip":
            zipped(path, files)
        else:
            tarred(path, {**files}, "w:gz" if ending == "tar.gz" else "w")
        with pytest.raises(BadFile, match="two files of one name"):
            read(path)


def bomb(path: Path) -> Path:
    return zipped(path, {"rows.jsonl": GOOD, "a.png": bytes(70 * MB)})


def many_small_bombs(path: Path) -> Path:
    return zipped(path, {f"{n}.png": bytes(10 * MB) for n in range(7)} | {"rows.jsonl": GOOD})


def packed_tar_bomb(path: Path) -> Path:
    return tarred(path, {"rows.jsonl": GOOD, "a.png": bytes(70 * MB)}, "w:gz")


def sparse(path: Path) -> Path:
    info = tarfile.TarInfo("a.png")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 0
    return tarred(path, {"rows.jsonl": GOOD, "a.png": info})


def long_header(path: Path) -> Path:
    """Write a header that says its name has four gigabytes, and is packed."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 4096 * MB
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    return path


def header_upon_header(path: Path) -> Path:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 512
    path.write_bytes((info.tobuf(tarfile.GNU_FORMAT) + b"a" * 512) * 20_000 + bytes(1024))
    return path


def pointing_back(path: Path) -> Path:
    tarred(path, {"rows.jsonl": GOOD, "a.png": b"x"})
    content = bytearray(path.read_bytes())
    place = content.index(b"a.png\0")
    # A size below zero, in the binary notation that large sizes have.
    content[place + 124 : place + 136] = struct.pack(">Bxxx", 0xFF) + struct.pack(">q", -1536)
    header = bytes(content[place : place + 148]) + b" " * 8
    header += bytes(content[place + 156 : place + 512])
    content[place + 148 : place + 156] = b"%06o\0 " % sum(header)
    path.write_bytes(content)
    return path


def too_many(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}.png", b"")
    return path


def long_list(path: Path) -> Path:
    """Write a ZIP whose end says that its list has three gigabytes, and has room for it."""
    with path.open("wb") as file:
        file.write(b"PK\x03\x04" + bytes(26))
        file.truncate(3000 * MB)
        file.seek(0, os.SEEK_END)
        size = 3000 * MB - 30
        file.write(b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, size, 30, 0))
    return path


def encrypted(path: Path) -> Path:
    zipped(path, {"rows.jsonl": GOOD})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    return path


def odd_method(path: Path) -> Path:
    zipped(path, {"rows.jsonl": GOOD})
    content = bytearray(path.read_bytes())
    content[8], content[content.index(b"PK\x01\x02") + 10] = 14, 14
    path.write_bytes(content)
    return path


def cut(path: Path) -> Path:
    zipped(path, {"rows.jsonl": GOOD})
    path.write_bytes(path.read_bytes()[:60])
    return path


def zip_in_gzip(path: Path) -> Path:
    import gzip

    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("rows.jsonl", GOOD)
    path.write_bytes(gzip.compress(inner.getvalue()))
    return path


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "bomb.zip": (bomb, "unpacks to far more"),
    "bombs.zip": (many_small_bombs, "unpacks to far more"),
    "bomb.tar.gz": (packed_tar_bomb, "unpacks to far more"),
    "header.tar": (long_header, "too long|damaged"),
    "headers.tar": (header_upon_header, "damaged"),
    "back.tar": (pointing_back, "damaged"),
    "many.zip": (too_many, "more than 200 files.*DIQ_MAX_MEMBERS"),
    "list.zip": (long_list, "too long|damaged"),
    "encrypted.zip": (encrypted, "is encrypted.*without one"),
    "method.zip": (odd_method, "no data file"),
    "cut.zip": (cut, "damaged"),
    "zip.gz": (zip_in_gzip, "packed ZIP archive"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_an_archive_of_samples_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, around: object
) -> None:
    make, words = REFUSED[name]
    if name == "many.zip":
        monkeypatch.setenv("DIQ_MAX_MEMBERS", "200")
    path = make(tmp_path / name)
    around.prepared()  # type: ignore[attr-defined]
    with pytest.raises(UserError, match=words):
        read(path)


def test_a_sparse_file_is_left_alone(tmp_path: Path) -> None:
    assert len(refusals(read(sparse(tmp_path / "sparse.tar")))) == 1


def test_an_archive_of_archives_is_not_unfolded(tmp_path: Path) -> None:
    inner = bomb(tmp_path / "inner.zip").read_bytes()
    found = read(zipped(tmp_path / "set.zip", {"rows.jsonl": GOOD, "inner.zip": inner}))
    assert found.kind.endswith("1 file was not used: inner.zip")


def test_images_of_an_archive_come_from_it_alone(tmp_path: Path, outside: Path) -> None:
    rows = lines(*(
        {"question": f"What does film {n} show?", "answer": "This.", "image": name}
        for n, name in enumerate((
            str(outside / "folder" / "secret.png"), "../outside/folder/secret.png", "a.png",
            "file:///etc/passwd", "http://127.0.0.1:9/a.png",
        ))
    ))  # fmt: skip
    found = read(zipped(tmp_path / "set.zip", {"rows.jsonl": rows, "a.png": picture()}))
    assert [len(sample.images) for sample in found.samples] == [0, 0, 1, 0, 0]


def test_the_command_says_it_in_words(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study").path
    for name in ("bomb.zip", "back.tar", "encrypted.zip"):
        make, _ = REFUSED[name]
        done = CliRunner().invoke(
            app, ["dataset", str(make(tmp_path / name)), "--study", str(study)]
        )
        assert isinstance(done.exception, UserError), name
        assert CANARY not in done.output
    assert not list((study / "dataset").glob("*"))


def book(path: Path) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.active.append(["question", "answer"])
    made.active.append(["What is it, and what is it not?", "This."])
    made.save(path)
    return made


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """Write a workbook with one of its parts changed."""
    book(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    return zipped(path, parts)


SHEET, ENTITY = "xl/worksheets/sheet1.xml", b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">'


def entities(content: bytes) -> bytes:
    """Let a text stand for ten of another, nine times over."""
    chain = b"".join(
        b'<!ENTITY b%d "%s">' % (n, b"&b%d;" % (n - 1) * 10) for n in range(1, 10)
    ).replace(b"&b0;", b"&b;")
    return ENTITY + chain + b"]>" + content.replace(b"<v>0</v>", b"<v>&b9;</v>")


WORKBOOKS: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "bomb": (SHEET, lambda _: b"<a>" + b" " * 70 * MB + b"</a>", "far more than its size"),
    "entities": (SHEET, entities, "cannot be read|None of|No"),
    "outside": (
        SHEET, lambda c: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
        + c.replace(b"<v>0</v>", b"<v>&b;</v>"), "cannot be read|None of|No",
    ),
    "last row": (SHEET, lambda c: c.replace(b'r="2"', b'r="99999999999"'), "more rows"),
    "far column": (SHEET, lambda c: c.replace(b'r="A2"', b'r="ZZZZZZZ2"'), "cannot be read"),
    "no sheet": (SHEET, lambda _: b"", "cannot be read|empty"),
    "no xml": ("xl/workbook.xml", lambda _: b"\0\1\2", "cannot be read"),
    "half": (SHEET, lambda c: c[: len(c) // 2], "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_stays_within_bounds(tmp_path: Path, name: str, around: object) -> None:
    part, change, words = WORKBOOKS[name]
    path = rewritten(tmp_path / "book.xlsx", part, change)
    around.prepared()  # type: ignore[attr-defined]
    with pytest.raises(UserError, match=words):
        read(path)


def test_a_sheet_that_says_it_is_endless_takes_little(tmp_path: Path) -> None:
    path = rewritten(
        tmp_path / "book.xlsx", SHEET, lambda c: c.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    )
    assert len(read(path).samples) == 1
