"""Files from a stranger: each is read within bounds, and a fault stays where it is."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import lzma
import os
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from diq_core.config import ImportSettings
from diq_core.config.base import read_toml
from diq_core.data.importing import Imported, import_samples
from diq_core.data.readers import open_source, read_rows
from diq_core.data.readers.columns import read_numbers
from diq_core.errors import BadFile, BadSetting, UserError
from diq_core.files import read_json
from diq_core.review.store.backup import restore
from diq_core.review.store.changes import open_store
from diq_core.scoring.difficulty.labels import read_labels
from diq_core.study import create_study
from tests.support.containment import Containment
from tests.support.reviews import ADA

GOOD = {"question": "What is it, and what is it not?", "answer": "This."}
LINE = json.dumps(GOOD) + "\n"
MB = 1024 * 1024

# A program of its own: what it may use is bounded by the system, not by what it says of itself.
_CONTAINED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
from diq_core.data.importing import import_samples
from diq_core.errors import UserError
import pyarrow.parquet, PIL.Image
try:
    print(len(import_samples(sys.argv[1]).samples), "samples")
except UserError as error:
    print(error)
# Not ru_maxrss: that begins with what the process had that started this one.
peak = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
assert peak < 1.5 * 1024 * 1024, f"{peak} KB"
"""


def contained(path: Path) -> str:
    """Return what the import of a file says, from a process within 30 seconds and 1.5 GB."""
    done = subprocess.run(
        [sys.executable, "-c", _CONTAINED, str(path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout


def imported(path: Path, ignore: Sequence[str] = ()) -> Imported:
    return import_samples(path, compare=False, ignore=ignore)


def rules(found: Imported) -> set[str]:
    return {each.rule for each in found.findings}


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def listening(path: Path) -> Path:
    # The address of a socket is short; its file stays when it is closed.
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(path.parent)
        made.bind(path.name)
        os.chdir(here)
    return path


def linked(target: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.symlink_to(target)
        return path

    return make


SPECIAL: dict[str, Callable[[Path], Path]] = {
    "pipe": pipe,
    "socket": listening,
    "zero": linked("/dev/zero"),
    "null": linked("/dev/null"),
    "random": linked("/dev/urandom"),
    "terminal": linked("/dev/tty"),
}


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL)
@pytest.mark.parametrize("name", ["pool.jsonl", "pool.parquet", "pool.csv.gz"])
def test_what_is_no_file_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], Path], name: str
) -> None:
    with pytest.raises(BadFile, match=r"pipe, a socket, a device.*pool"):
        open_source(make(tmp_path / name))


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL)
def test_an_image_that_is_no_file_is_missing(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    make(tmp_path / "a.png")
    (tmp_path / "pool.jsonl").write_text(json.dumps({**GOOD, "images": ["a.png"]}) + "\n" + LINE)
    found = imported(tmp_path / "pool.jsonl")
    assert rules(found) & {"image-missing", "image-refused"}
    assert len(found.samples) == 2


@pytest.mark.parametrize("name", ["a.arrow", "more/b"])
def test_a_saved_folder_with_a_pipe_is_refused(tmp_path: Path, name: str) -> None:
    datasets.Dataset.from_list([GOOD]).save_to_disk(tmp_path / "saved")
    (tmp_path / "saved" / "more").mkdir()
    os.mkfifo(tmp_path / "saved" / name)
    with pytest.raises(BadFile, match="neither a file nor a folder"):
        open_source(tmp_path / "saved")


@pytest.mark.parametrize(
    "listed",
    ['[{"filename": "../secret.arrow"}]', '[{"filename": "/etc/passwd"}]', '[{"x": 1}]', "7"],
)
def test_a_saved_folder_whose_list_leads_out_is_refused(tmp_path: Path, listed: str) -> None:
    datasets.Dataset.from_list([GOOD]).save_to_disk(tmp_path / "saved")
    (tmp_path / "saved" / "state.json").write_text(f'{{"_data_files": {listed}}}')
    with pytest.raises(BadFile, match=r"state\.json"):
        open_source(tmp_path / "saved")


@pytest.mark.parametrize("name", ["", "question", "question 2"])
def test_columns_of_one_name_are_told_apart(tmp_path: Path, name: str) -> None:
    cells = ["question", "answer", *[name] * 900]
    row = ["Which one is it please?", "This.", *["x"] * 900]
    (tmp_path / "a.csv").write_text(",".join(cells) + "\n" + ",".join(row) + "\n")
    assert len(imported(tmp_path / "a.csv").samples) == 1


@pytest.mark.parametrize("count", [1001, 2000, 200_000])
def test_a_header_without_end_is_refused(tmp_path: Path, count: int) -> None:
    (tmp_path / "a.csv").write_text(",".join(["question"] * count) + "\n")
    with pytest.raises(BadFile, match=r"columns.*DIQ_MAX_COLUMNS"):
        imported(tmp_path / "a.csv")


def test_a_table_of_too_many_columns_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({f"c{n}": [1] for n in range(1500)}), tmp_path / "a.parquet")
    with pytest.raises(BadFile, match=r"1,500 columns.*DIQ_MAX_COLUMNS"):
        imported(tmp_path / "a.parquet")


def test_a_row_of_too_many_fields_is_a_finding(tmp_path: Path) -> None:
    wide = json.dumps({**GOOD, **{f"f{n}": n for n in range(2000)}}) + "\n"
    (tmp_path / "a.jsonl").write_text(LINE + wide + LINE)
    found = imported(tmp_path / "a.jsonl")
    assert (len(found.samples), rules(found) >= {"too-wide"}) == (2, True)


@pytest.mark.parametrize("inner", ['{"question": "', LINE, "\n", "question,answer\n", '[{"a": 1},'])
@pytest.mark.parametrize("ending", ["jsonl", "json", "csv"])
def test_a_gzip_bomb_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str, ending: str
) -> None:
    monkeypatch.setenv("DIQ_MAX_SMALL_BYTES", "100000")
    monkeypatch.setenv("DIQ_MAX_UNPACKED_RATIO", "20")
    path = tmp_path / f"a.{ending}.gz"
    path.write_bytes(gzip.compress((inner * (4 * MB // len(inner))).encode()))
    with pytest.raises(BadFile, match=r"unpacks to far more|is empty"):
        imported(path)


@pytest.mark.parametrize("ending", ["bz2", "xz", "zst"])
def test_a_bomb_of_another_packing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setenv("DIQ_MAX_SMALL_BYTES", "100000")
    monkeypatch.setenv("DIQ_MAX_UNPACKED_RATIO", "20")
    data = LINE.encode() * 60_000
    pack = {"bz2": bz2.compress, "xz": lzma.compress}
    packed = pack[ending](data) if ending in pack else pa.compress(data, "zstd", asbytes=True)
    (tmp_path / f"a.jsonl.{ending}").write_bytes(packed)
    with pytest.raises(BadFile, match="unpacks to far more"):
        imported(tmp_path / f"a.jsonl.{ending}")


@pytest.mark.slow
def test_a_gzip_bomb_of_a_gigabyte_and_a_half_takes_little(tmp_path: Path) -> None:
    once = zlib.compressobj(9, zlib.DEFLATED, 31)
    with (tmp_path / "a.jsonl.gz").open("wb") as file:
        file.write(once.compress(b'{"question": "'))
        for _ in range(1500):
            file.write(once.compress(b"x" * MB))
        file.write(once.flush())
    assert "unpacks to far more" in contained(tmp_path / "a.jsonl.gz")


@pytest.mark.parametrize("codec", ["zstd", "gzip", "snappy", "brotli"])
def test_a_packed_column_of_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    monkeypatch.setenv("DIQ_MAX_SMALL_BYTES", "100000")
    monkeypatch.setenv("DIQ_MAX_UNPACKED_RATIO", "5")
    table = pa.table({"question": ["x" * MB + str(n) for n in range(4)], "answer": ["y"] * 4})
    pq.write_table(table, tmp_path / "a.parquet", compression=codec, use_dictionary=False)
    with pytest.raises(BadFile, match=r"unpacks to far more.*DIQ_MAX_UNPACKED_RATIO"):
        imported(tmp_path / "a.parquet")


@pytest.mark.parametrize("kind", ["text", "large", "bytes", "in a list", "in an object"])
def test_a_dictionary_bomb_is_read_row_by_row(
    tmp_path: Path, kind: str, around: Containment
) -> None:
    long = "x" * (4 * MB)
    value: Any = {"in a list": [long], "in an object": {"a": long}}.get(kind, long)
    types: dict[str, Any] = {"large": pa.large_string(), "bytes": pa.binary()}
    extra = pa.array([value] * 300, types.get(kind))
    # One text of 4 MB, three hundred times: 1.2 GB as values, and 4 MB on the disk.
    table = pa.table({"question": ["a b c d"] * 300, "answer": ["e"] * 300, "extra": extra})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=300)
    assert (tmp_path / "a.parquet").stat().st_size < 10 * MB
    del table, extra
    pa.default_memory_pool().release_unused()
    around.prepared()
    rows = 0
    for rows, row in enumerate(open_source(tmp_path / "a.parquet").rows(), start=1):  # noqa: B007
        pass
    assert rows == 300
    assert len(str(getattr(row, "values", ""))) > 4 * MB


def test_a_row_larger_than_a_row_may_be_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_MAX_ROW_BYTES", "100000")
    monkeypatch.setenv("DIQ_MAX_BATCH_BYTES", "200000")
    rows = [GOOD, {**GOOD, "question": "x " * 200_000}, GOOD]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    found = imported(tmp_path / "a.parquet")
    assert (len(found.samples), rules(found) >= {"line-too-long"}) == (2, True)


@pytest.mark.parametrize(
    ("budget", "value"),
    [("ROWS", 3), ("UNPACKED_BYTES", 100), ("VALUES", 3), ("COLUMNS", 1)],
)
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_budget_that_is_spent_names_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: str, value: int, ending: str
) -> None:
    monkeypatch.setenv(f"DIQ_MAX_{budget}", str(value))
    path = tmp_path / f"a.{ending}"
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist([GOOD] * 9), path)
    else:
        path.write_text(LINE * 9)
    if ending == "jsonl" and budget == "VALUES":
        assert len(imported(path).samples) == 9
        return
    with pytest.raises(BadFile, match=rf"DIQ_MAX_({budget}|UNPACKED_RATIO)|fields, more than 1"):
        imported(path)


def test_reading_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jsonl").write_text(LINE * 9)
    monkeypatch.setattr("time.monotonic", iter(range(0, 10**6, 1000)).__next__)
    with pytest.raises(BadFile, match=r"3,600 seconds.*DIQ_MAX_SECONDS"):
        imported(tmp_path / "a.jsonl")


@pytest.mark.parametrize("value", ["0", "-1", "many", "1e9", "²"])
def test_a_limit_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    (tmp_path / "a.jsonl").write_text(LINE)
    monkeypatch.setenv("DIQ_MAX_ROWS", value)
    with pytest.raises(BadSetting, match="DIQ_MAX_ROWS"):
        imported(tmp_path / "a.jsonl")


@pytest.mark.parametrize("inner", ["{},", "[],", "0,"])
@pytest.mark.parametrize("around", ["[{}]", "{}", "[{{}}, {}]"])
def test_a_json_value_of_endless_values_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str, around: str
) -> None:
    monkeypatch.setenv("DIQ_MAX_JSON_VALUES", "100000")
    record = '{"question": [' + inner * 200_000 + "0]}"
    (tmp_path / "a.json").write_text(around.format(record))
    with pytest.raises(BadFile, match=r"100,000 values.*DIQ_MAX_JSON_VALUES"):
        imported(tmp_path / "a.json")


def test_problems_beyond_the_limit_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_MAX_PROBLEMS", "10")
    (tmp_path / "a.jsonl").write_text("no json\n" * 50 + LINE)
    found = imported(tmp_path / "a.jsonl")
    assert found.counts["unreadable"] == 50
    assert found.counts["findings"]["bad-json"] == 10
    assert any("40 more rows" in each.message for each in found.findings)


def test_no_changed_byte_of_a_tables_index_ends_the_process(tmp_path: Path) -> None:
    # Arrow ends the process where the index of a column contradicts itself and is asked for it.
    table = pa.table({"question": ["Why?", "How?"], "options": [["a", "b"], ["c"]]})
    pq.write_table(table, tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    size = int.from_bytes(data[-8:-4], "little")
    said = []
    for at in range(len(data) - 8 - size, len(data) - 8):
        changed = bytes([(data[at] + 0x10) % 256])
        (tmp_path / "a.parquet").write_bytes(data[:at] + changed + data[at + 1 :])
        try:
            list(open_source(tmp_path / "a.parquet").rows())
        except UserError as error:
            said.append(str(error))
    assert any("histogram size mismatch" in each for each in said)


@pytest.mark.parametrize("ending", ["csv", "tsv", "txt"])
def test_carriage_returns_alone_end_lines(tmp_path: Path, ending: str) -> None:
    mark = "\t" if ending == "tsv" else ","
    rows = [["question", "answer"], ["Which one is it?", "This"], ['"Or\rthe other?"', "That"]]
    (tmp_path / f"a.{ending}").write_bytes("\r".join(mark.join(row) for row in rows).encode())
    found = imported(tmp_path / f"a.{ending}")
    assert [(each.question, each.line) for each in found.samples] == [
        ("Which one is it?", 2),
        ("Or\nthe other?", 3),
    ]


@pytest.mark.parametrize("body", ['"never closed\n' * 2000, '"a\n",' * 3000, '"' * 40_001])
def test_a_row_of_csv_without_end_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setenv("DIQ_MAX_ROW_BYTES", "10000")
    (tmp_path / "a.csv").write_text(f"question,answer\nWhich one?,This\n{body}\n")
    found = imported(tmp_path / "a.csv")
    assert found.samples[0].answer == "This"
    assert rules(found) & {"bad-csv", "column-count"}


def uuid_column() -> pa.Array:
    return pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0" * 16] * 2, pa.binary(16)))


ODD: dict[str, pa.Array] = {
    "decimal": pa.array([Decimal("1.5"), None], pa.decimal128(38, 10)),
    "wide decimal": pa.array([Decimal("1e60"), None], pa.decimal256(76, 2)),
    "duration": pa.array([1, 2**62], pa.duration("ns")),
    "long duration": pa.array([1, 2**62], pa.duration("s")),
    "time": pa.array([1, 86_399_999_999_999], pa.time64("ns")),
    "far date": pa.array([2**31 - 1, 0], pa.date32()),
    "far moment": pa.array([2**62, 0], pa.timestamp("us")),
    "fine moment": pa.array([1, 2**62], pa.timestamp("ns", "Europe/Berlin")),
    "map": pa.array([[("a", 1), ("a", 2)], None], pa.map_(pa.string(), pa.int32())),
    "map of maps": pa.array(
        [[("a", [("b", 1)])], None], pa.map_(pa.string(), pa.map_(pa.string(), pa.int32()))
    ),
    "null": pa.nulls(2),
    "large text": pa.array(["a", None], pa.large_string()),
    "dictionary": pa.array(["a", "a"]).dictionary_encode(),
    "dictionary of numbers": pa.array([5, 5]).dictionary_encode(),
    "extension": uuid_column(),
    "bytes": pa.array([b"\xff\x00", b"ok"]),
    "not UTF-8": pa.Array.from_buffers(
        pa.string(),
        2,
        [None, pa.py_buffer(struct.pack("<3i", 0, 2, 4)), pa.py_buffer(b"\xff\xfeok")],
    ),
    "half floats": pa.array([1.0, float("nan")], pa.float16()),
    "fixed lists": pa.array([[1, 2], [3, 4]], pa.list_(pa.int8(), 2)),
    "large lists": pa.array([["a"], None], pa.large_list(pa.string())),
    "empty objects": pa.array([{"a": None}, None], pa.struct([("a", pa.null())])),
}  # fmt: skip


@pytest.mark.parametrize("column", ODD.values(), ids=ODD)
def test_a_column_of_an_odd_type_takes_nothing_else_with_it(
    tmp_path: Path, column: pa.Array
) -> None:
    table = pa.table({"question": ["Is it a?", "Is it b?"], "answer": ["a", "b"], "odd": column})
    pq.write_table(table, tmp_path / "a.parquet")
    # A column of bytes would stop the import, and rightly: it may be images.
    found = imported(tmp_path / "a.parquet", ignore=["odd"])
    assert [each.answer for each in found.samples] == ["a", "b"]


def test_a_column_named_twice_keeps_what_it_says(tmp_path: Path) -> None:
    names = ["question", "answer", "answer"]
    table = pa.Table.from_arrays([pa.array(["Is it?"]), pa.array(["a"]), pa.nulls(1)], names)
    pq.write_table(table, tmp_path / "a.parquet")
    assert imported(tmp_path / "a.parquet").samples[0].answer == "a"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*extra: bytes, size: tuple[int, int] = (8, 8)) -> bytes:
    """Return a PNG file with chunks of one's own before its pixels."""
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, "PNG")
    data = made.getvalue()
    return data[:33] + b"".join(extra) + data[33:]


HEAD = b"\x89PNG\r\n\x1a\n"
PICTURES: dict[str, bytes] = {
    "text bomb": png(chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 200 * MB))),
    "many texts": png(*[chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * MB))] * 70),
    "international bomb": png(chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(b"x" * 50 * MB))),
    "profile bomb": png(chunk(b"iCCP", b"a\0\0" + zlib.compress(b"x" * 50 * MB))),
    "huge size": HEAD + chunk(b"IHDR", struct.pack(">II", 2**31 - 1, 2**31 - 1) + b"\x08\2\0\0\0"),
    "no pixels": HEAD + chunk(b"IHDR", struct.pack(">IIBBBBB", 100, 100, 8, 2, 0, 0, 0)),
    "empty size": HEAD + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 0, 8, 2, 0, 0, 0)),
    "short head": HEAD + chunk(b"IHDR", b"\0\0"),
    "cut": png()[:50],
    "tiff": b"II*\0\x08\0\0\0\xff\xff" + b"\xff" * 400,
    "gif": b"GIF89a" + b"\xff" * 40,
    "bmp": b"BM" + b"\xff" * 80,
    "webp": b"RIFF\xff\xff\xff\xffWEBPVP8 " + b"\xff" * 40,
    "jpeg": b"\xff\xd8\xff\xe1\xff\xffExif\0\0" + b"\xff" * 60,
}  # fmt: skip


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_hostile_image_takes_no_sound_one_with_it(tmp_path: Path, picture: bytes) -> None:
    (tmp_path / "good.png").write_bytes(png())
    (tmp_path / "bad.png").write_bytes(picture)
    lines = [json.dumps({**GOOD, "images": [name]}) for name in ("good.png", "bad.png", "good.png")]
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
    found = imported(tmp_path / "a.jsonl")
    # What only describes the picture may be left unread; what cannot be decoded is a finding.
    assert [len(each.images) for each in found.samples] in ([1, 0, 1], [1, 1, 1])
    assert rules(found) & {"image-unreadable"} or len(found.samples[1].images) == 1


def test_a_row_that_names_endless_images_is_cut(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({**GOOD, "images": ["no.png"] * 100_000}))
    found = imported(tmp_path / "a.jsonl")
    assert len(found.findings) < 300
    assert "too-many-images" in rules(found)


@pytest.mark.parametrize(
    "content",
    [
        b"PAR1",
        b"PAR1" + b"\xff" * 100 + b"PAR1",
        b"PAR1\xff\xff\xff\x7fPAR1",
        b"\x1f\x8b",
        b"\x1f\x8b\x08\0",
    ],
)
@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl.gz", "a.csv"])
def test_what_only_begins_like_a_file_is_one_sentence(
    tmp_path: Path, content: bytes, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=r"a\.(parquet|jsonl|csv)"):
        imported(tmp_path / name)


def numbers(path: Path) -> object:
    return read_numbers(str(path), column="", id_column="id")


def restored(path: Path) -> object:
    return restore(open_store(create_study(path.parent / "study")), ADA, path)


DOORS: dict[str, Callable[[Path], object]] = {
    "samples": imported,
    "own scores": numbers,
    "settings": lambda path: read_toml(ImportSettings, path),
    "labels": read_labels,
    "record": read_json,
    "pairs": lambda path: list(read_rows(path)),
    "backup": restored,
}


@pytest.mark.parametrize("make", [pipe, listening, linked("/dev/zero"), linked("/dev/tty")])
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_no_door_waits_for_what_is_no_file(
    tmp_path: Path, door: Callable[[Path], object], make: Callable[[Path], Path]
) -> None:
    with pytest.raises(BadFile, match=r"pipe, a socket, a device|sensible size"):
        door(make(tmp_path / "a.jsonl"))


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b"a = " + b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        b"\0" * 5000,
        b'{"id": "a\0b", "question": "\0", "answer": 1}\n{',
        b"\xff\xfe\xff" * 500,
        b"id,score\n\0,\0\n",
        b"\n\n\n",
        b"9" * 50_000,
    ],
    ids=["lists", "toml", "objects", "in a row", "NUL", "NUL inside", "no text", "csv", "", "9"],
)  # fmt: skip
def test_no_door_gives_a_traceback(
    tmp_path: Path, door: Callable[[Path], object], content: bytes
) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    with contextlib.suppress(UserError):
        door(tmp_path / "a.jsonl")


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "parquet"])
@pytest.mark.parametrize("door", [imported, numbers])
def test_reading_stops_before_the_memory_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, door: Callable[[Path], object], ending: str
) -> None:
    rows = [{"id": str(n), "question": "What?", "answer": "x", "score": "1"} for n in range(50)]
    path = tmp_path / f"a.{ending}"
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows).select(["id", "score"]), path)
    elif ending == "csv":
        path.write_text("id,score\n" + "".join(f"{n},1\n" for n in range(50)))
    else:
        lines = [json.dumps({"id": row["id"], "score": 1}) for row in rows]
        path.write_text(f"[{','.join(lines)}]" if ending == "json" else "\n".join(lines))
    monkeypatch.setenv("DIQ_MAX_MEMORY_BYTES", "1000000")
    with pytest.raises(BadFile, match=r"memory.*DIQ_MAX_MEMORY_BYTES"):
        door(path)


@pytest.mark.parametrize(("budget", "value"), [("ROWS", 3), ("UNPACKED_BYTES", 100)])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_own_scores_have_the_same_budgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: str, value: int, ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    if ending == "parquet":
        pq.write_table(pa.table({"id": [f"q{n}" for n in range(50)], "score": [1.0] * 50}), path)
    else:
        path.write_text("id,score\n" + "".join(f"q{n},1\n" for n in range(50)))
    monkeypatch.setenv(f"DIQ_MAX_{budget}", str(value))
    with pytest.raises(BadFile, match=rf"DIQ_MAX_({budget}|UNPACKED_RATIO)"):
        numbers(path)


def test_ids_that_unfold_to_gigabytes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_MAX_UNPACKED_BYTES", str(100 * MB))
    ids = pa.DictionaryArray.from_arrays(pa.array([0] * 5000, pa.int32()), pa.array(["x" * MB]))
    empty = pa.table({"id": pa.array([], pa.string()), "score": pa.array([], pa.float64())})
    pq.write_table(empty, tmp_path / "empty.parquet")
    assert len(read_numbers(str(tmp_path / "empty.parquet"), column="", id_column="id").ids) == 0
    pq.write_table(pa.table({"id": ids, "score": [1.0] * 5000}), tmp_path / "a.parquet")
    with pytest.raises(BadFile, match="DIQ_MAX_UNPACKED_BYTES"):
        numbers(tmp_path / "a.parquet")


def test_two_columns_of_one_name_are_no_score(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array([1]), pa.array([2])], ["id", "s", "s"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(BadFile, match="Two columns are called 's'"):
        read_numbers(str(tmp_path / "a.parquet"), column="s", id_column="id")


@pytest.mark.slow
def test_a_cell_of_a_gigabyte_takes_little(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as file:
        file.write(b'question,answer\nWhich one?,This\n"')
        for _ in range(1024):
            file.write(b"x" * MB)
        file.write(b'",y\nAnd which?,That\n')
    assert "2 samples" in contained(tmp_path / "a.csv")


def test_an_arrow_file_with_any_byte_changed_is_one_sentence_or_rows(tmp_path: Path) -> None:
    made = io.BytesIO()
    table = pa.table({"question": ["Is it a?", "Is it b?"], "answer": ["a", "b"], "n": [[1], [2]]})
    with pa.ipc.new_stream(made, table.schema) as file:
        file.write_table(table)
    whole = made.getvalue()
    for place in range(0, len(whole), 3):
        changed = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        (tmp_path / "a.arrow").write_bytes(changed)
        with contextlib.suppress(UserError):
            list(open_source(tmp_path / "a.arrow").rows())
    for end in range(0, len(whole), 5):
        (tmp_path / "a.arrow").write_bytes(whole[:end])
        with contextlib.suppress(UserError):
            list(open_source(tmp_path / "a.arrow").rows())
