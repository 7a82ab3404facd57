"""Reading files, good and bad: what comes out, what is reported, and how much memory it takes."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diq_core.data.findings import Finding
from diq_core.data.readers import Row, open_source, read_rows
from diq_core.errors import BadFile, BadSetting, NotFound, SettingNeeded

GOOD = {"question": "What is it?", "answer": "This."}


def write(path: Path, content: str | bytes) -> Path:
    if isinstance(content, str):
        content = content.encode()
    path.write_bytes(content)
    return path


def split(ref: str | Path, **settings: Any) -> tuple[list[Row], list[Finding]]:
    """Return the rows, and every finding: of rows and between them."""
    items = list(open_source(ref, **settings).rows())
    rows = [item for item in items if isinstance(item, Row)]
    findings = [item for item in items if isinstance(item, Finding)]
    return rows, findings + [found for row in rows for found in row.findings]


def rules(findings: list[Finding]) -> list[tuple[str, int]]:
    return [(found.rule, found.line) for found in findings]


def test_a_bad_line_is_a_finding_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = [json.dumps(GOOD), "{'single': 'quotes'}", "", "   ", "[1, 2]", json.dumps(GOOD)]
    rows, findings = split(write(tmp_path / "a.jsonl", "\n".join(lines) + "\n"))
    assert [row.line for row in rows] == [1, 6]
    assert rules(findings) == [("bad-json", 2), ("not-an-object", 5)]
    assert findings[0].file == "a.jsonl"
    assert "column 2" in findings[0].message


def test_a_cut_off_last_line_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps(GOOD) + '\n{"question": "half a li')
    rows, findings = split(path)
    assert len(rows) == 1
    assert rules(findings) == [("truncated", 2)]
    assert "cut off" in findings[0].hint


def test_a_line_of_50_mb_is_skipped_within_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(json.dumps(GOOD).encode() + b'\n{"question": "')
        for _ in range(50):
            file.write(b"x" * 1024 * 1024)
        file.write(b'"}\n' + json.dumps(GOOD).encode() + b"\n")
    tracemalloc.start()
    rows, findings = split(path, max_line_bytes=1024 * 1024)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.line for row in rows] == [1, 3]
    assert rules(findings) == [("line-too-long", 2)]
    assert "longer than 1 MB" in findings[0].message
    assert peak < 8 * 1024 * 1024


def test_a_line_of_50_mb_is_skipped_by_default(tmp_path: Path) -> None:
    content = b'{"question": "' + b"x" * 50 * 1024 * 1024 + b'"}\n' + json.dumps(GOOD).encode()
    rows, findings = split(write(tmp_path / "a.jsonl", content))
    assert [row.line for row in rows] == [2]
    assert rules(findings) == [("line-too-long", 1)]


@pytest.mark.parametrize("depth", [60, 5000])
def test_deep_nesting_is_a_finding(tmp_path: Path, depth: int) -> None:
    deep = '{"a": ' + "[" * depth + "]" * depth + "}"
    rows, findings = split(write(tmp_path / "a.jsonl", f"{deep}\n{json.dumps(GOOD)}\n"))
    assert len(rows) == 1
    assert rules(findings) == [("too-deep", 1)]


def test_duplicate_keys_keep_the_last_with_a_finding(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"question": "one", "question": "two", "answer": "a"}\n')
    rows, findings = split(path)
    assert rows[0].values["question"] == "two"
    assert rules(findings) == [("duplicate-key", 1)]
    assert findings[0].field == "question"


def test_numbers_that_are_none_are_missing(tmp_path: Path) -> None:
    line = '{"a": NaN, "b": -Infinity, "c": 1e999, "d": [1.5, NaN], "e": 2}\n'
    rows, findings = split(write(tmp_path / "a.jsonl", line))
    assert rows[0].values == {"a": None, "b": None, "c": None, "d": [1.5, None], "e": 2}
    assert [found.field for found in findings] == ["a", "b", "c", "d"]
    assert {found.rule for found in findings} == {"not-finite"}


def test_a_number_of_thousands_of_digits_is_a_finding(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"a": ' + "1" * 5000 + "}\n" + json.dumps(GOOD) + "\n")
    rows, findings = split(path)
    assert len(rows) == 1
    assert rules(findings) == [("bad-json", 1)]
    assert "number" in findings[0].message


def test_lone_surrogates_are_replaced_and_pairs_joined(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"a": "x\\ud800y", "b": "\\ud83d\\ude00", "\\udc00": 1}\n')
    rows, findings = split(path)
    assert rows[0].values == {"a": "x\ufffdy", "b": "😀", "\ufffd": 1}
    assert [(found.rule, found.field) for found in findings] == [
        ("lone-surrogate", "a"),
        ("lone-surrogate", "\ufffd"),
    ]
    json.dumps(rows[0].values, ensure_ascii=False).encode()


def test_nul_stays_for_the_checks(tmp_path: Path) -> None:
    rows, _ = split(write(tmp_path / "a.jsonl", b'{"a": "x\\u0000y", "b": "x\x00y"}\n'))
    assert rows[0].values == {"a": "x\0y", "b": "x\0y"}


@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_one_byte_that_is_not_utf8_costs_a_finding_and_not_the_file(
    tmp_path: Path, ending: str
) -> None:
    lines = [b'{"question": "caf\xe9"}', *[json.dumps(GOOD).encode()] * 2]
    content = b"\n".join(lines) if ending == "jsonl" else b"[" + b",\n".join(lines) + b"]"
    rows, findings = split(write(tmp_path / f"a.{ending}", content))
    assert [row.values for row in rows] == [{"question": "caf\ufffd"}, GOOD, GOOD]
    assert rules(findings) == [("invalid-utf8", 1)]


TEXTS = {
    "cp1252": "Welche Größe misst ein Spirometer während der Ausatmung?",
    "mac_roman": "Quelle vitamine soigne le béribéri chez l’adulte âgé ?",
    "cp1251": "Что лечит гепарин у больного с тромбозом глубоких вен ноги?",
    "cp1256": "ما هو أول فحص عند الاشتباه بجلطة في الساق؟",
    "gb18030": "糖尿病人能吃西瓜吗？如果血糖控制得好，可以少量吃。",
    "shift_jis": "糖尿病の患者はスイカを食べられますか。少しなら食べられます。",
    "euc_kr": "당뇨병 환자는 수박을 먹을 수 있습니까? 조금은 괜찮습니다.",
}


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("ending", ["csv", "jsonl", "json", "csv.gz"])
def test_a_text_that_is_not_utf8_is_asked_about(tmp_path: Path, encoding: str, ending: str) -> None:
    text = TEXTS[encoding]
    whole = f"question\n{text}\n" if "csv" in ending else f'{{"question": "{text}"}}\n'
    data = whole.encode(encoding)
    path = write(tmp_path / f"a.{ending}", gzip.compress(data) if ending == "csv.gz" else data)
    with pytest.raises(BadSetting, match=r"not UTF-8.*Add --encoding \w+ if") as asked:
        open_source(path)
    guess = asked.value.todo.split()[2]
    assert text.encode(encoding).decode(guess) == text
    assert any(text[at : at + 8] in asked.value.what for at in range(len(text) - 8))
    rows, findings = split(path, encoding=encoding)
    assert [row.values for row in rows] == [{"question": text}]
    assert findings == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl"])
def test_an_encoding_that_its_bytes_prove_is_read(tmp_path: Path, encoding: str, name: str) -> None:
    text = "question\nWhich size, Größe?\n" if name == "a.csv" else '{"question": "Größe?"}\n'
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    rows, findings = split(write(tmp_path / name, (mark + text).encode(encoding)))
    assert "Größe" in rows[0].values["question"]
    assert findings == []


def test_a_byte_that_the_named_encoding_does_not_know_is_a_finding(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "question\nGröße\n".encode("cp1252") + b"a\x81b\n")
    rows, findings = split(path, encoding="cp1252")
    assert [row.values["question"] for row in rows] == ["Größe", "a\ufffdb"]
    assert rules(findings) == [("invalid-utf8", 3)]


@pytest.mark.parametrize("name", ["no-such", "rot13", "idna", "unicode_escape", "utf-7", "hex", ""])
def test_what_is_no_encoding_of_texts_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.csv", "question\nx\n")
    if not name:
        assert len(split(path, encoding=name)[0]) == 1
        return
    with pytest.raises(BadSetting, match="no text encoding"):
        open_source(path, encoding=name)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n" + json.dumps(GOOD).encode()
    for name in ("a.jsonl", "a.json", "a.txt"):
        rows, findings = split(write(tmp_path / name, content))
        assert [row.values for row in rows] == [GOOD, GOOD]
        assert findings == []


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ([GOOD, GOOD], [1, 2]),
        ({"question": ["What is it?"], "answer": ["This."]}, [1]),
        ({"version": "1", "data": [GOOD]}, [1]),
        (GOOD, [1]),
    ],
)
def test_json_files(tmp_path: Path, content: Any, lines: list[int]) -> None:
    for text in (json.dumps(content), json.dumps(content, indent=2)):
        rows, findings = split(write(tmp_path / "a.json", text))
        assert [row.values for row in rows] == [GOOD] * len(lines)
        assert [row.line for row in rows] == lines
        assert findings == []


def test_records_one_after_another_are_read_whatever_the_file_is_called(tmp_path: Path) -> None:
    record = {"question": "x" * 70_000}
    for between in ("\n", ",\n", " "):
        text = between.join([json.dumps(record, indent=1)] * 2)
        for name in ("a.json", "a.jsonl"):
            rows, findings = split(write(tmp_path / name, text))
            assert [row.values for row in rows] == [record, record]
            assert [row.line for row in rows] == ([1, 3] if between == " " else [1, 4])
            assert {found.rule for found in findings} <= {"extra-comma", "other-kind"}


def test_commas_at_the_ends_of_lines_are_read_over_and_said_once(tmp_path: Path) -> None:
    line = json.dumps(GOOD)
    rows, findings = split(write(tmp_path / "a.jsonl", f"{line},\n{line},\n{line}\n"))
    assert [row.values for row in rows] == [GOOD] * 3
    assert rules(findings) == [("extra-comma", 1)]


def test_a_comma_before_a_closing_bracket_is_read_over_and_one_in_a_text_stays(
    tmp_path: Path,
) -> None:
    text = '[{"a": "x,]\\",}", "b": [1, 2 , ], "c": {"d": 1,\n},},\n{"a": ",]"},]'
    rows, findings = split(write(tmp_path / "a.json", text))
    assert [row.values for row in rows] == [
        {"a": 'x,]",}', "b": [1, 2], "c": {"d": 1}},
        {"a": ",]"},
    ]
    assert [found.rule for found in findings] == ["extra-comma"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"a": 1},,{"a": 2}]', "line 1, column 11"),
        ('[{"a": 1}\n {"a": 2}]', "Expecting ',' delimiter.*line 2, column 2"),
        ('[{"a": 1},\n{"a" 2}]', "line 2, column 6"),
        ('[{"a": 1}', "closing bracket.*line 1, column 10"),
        ("[,]", "line 1, column 2"),
        ('[{"a": 1}\n]\n}', "line 3, column 1"),
    ],
)
def test_json_with_a_fault_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(BadFile, match=f"not complete JSON.*{place}"):
        split(write(tmp_path / "a.json", text))


@pytest.mark.slow
def test_an_array_of_any_length_is_read_element_by_element(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_MAX_JSON_BYTES", "1000")
    monkeypatch.setenv("DIQ_MAX_JSON_VALUES", "1000")
    path = write(tmp_path / "a.json", json.dumps([{"question": "x" * 700}] * 20_000))
    tracemalloc.start()
    count = sum(1 for _ in read_rows(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 8 * 1024 * 1024
    with pytest.raises(BadFile, match="DIQ_MAX_JSON_BYTES"):
        split(write(path, json.dumps({"a": [["x" * 3_000_000]]})))


Q = "What is it?"
PANDAS = {
    "columns": {"question": {"0": Q, "3": "b"}, "answer": {"0": "This.", "3": "c"}},
    "columns of named rows": {"question": {"x": Q, "y": "b"}, "answer": {"x": "This.", "y": "c"}},
    "records": [GOOD, {"question": "b", "answer": "c"}],
    "index": {"0": GOOD, "3": {"question": "b", "answer": "c"}},
    "split": {
        "columns": ["question", "answer"], "index": [0, 3], "data": [[Q, "This."], ["b", "c"]]
    },
    "table": {"schema": {"fields": []}, "data": [GOOD, {"question": "b", "answer": "c"}]},
}  # fmt: skip


@pytest.mark.parametrize("value", PANDAS.values(), ids=PANDAS)
def test_what_pandas_writes_as_json(tmp_path: Path, value: Any) -> None:
    rows, _ = split(write(tmp_path / "a.json", json.dumps(value)))
    assert [(row.values["question"], row.values["answer"]) for row in rows] == [
        (Q, "This."),
        ("b", "c"),
    ]


def test_splits_inside_one_json_file(tmp_path: Path) -> None:
    other = {"question": "b", "answer": "c"}
    for held in ([GOOD], {"question": [Q], "answer": ["This."]}):
        path = write(tmp_path / "a.json", json.dumps({"train": held, "test": [other]}))
        rows, findings = split(path)
        assert [row.values for row in rows] == [GOOD]
        assert "Only the split 'train' is read; there are also: test" in findings[0].message
        assert [row.values for row in split(f"{path}@test")[0]] == [other]
        assert [row.values for row in split(path, split="test")[0]] == [other]
        with pytest.raises(BadSetting, match="no split 'dev'.*@test, @train"):
            split(path, split="dev")
    write(path, json.dumps({"part one": [GOOD], "part two": [other]}))
    with pytest.raises(BadSetting, match="several splits.*@part one, @part two"):
        split(path)


def test_records_whose_keys_look_like_splits_are_records(tmp_path: Path) -> None:
    record = {**GOOD, "options": {"A": "x"}}
    rows, _ = split(write(tmp_path / "a.json", json.dumps({"test-1": record, "test-2": record})))
    assert [row.values["id"] for row in rows] == ["test-1", "test-2"]
    rows, _ = split(write(tmp_path / "a.json", json.dumps({**GOOD, "test": [{"a": 1}]})))
    assert len(rows) == 1


def test_a_page_of_the_hubs_viewer(tmp_path: Path) -> None:
    page = {
        "features": [{"name": "question"}],
        "rows": [
            {"row_idx": 0, "row": GOOD, "truncated_cells": []},
            {"row_idx": 1, "row": GOOD, "truncated_cells": ["question"]},
        ],
        "num_rows_total": 900,
    }
    rows, findings = split(write(tmp_path / "a.json", json.dumps(page)))
    assert [row.values for row in rows] == [GOOD]
    assert rules(findings) == [("one-page", 0), ("cut-cell", 2)]
    assert "2 of 900 rows" in findings[0].message


def test_a_file_without_splits_has_none_to_choose(tmp_path: Path) -> None:
    for name, text in (("a.json", json.dumps([GOOD, GOOD])), ("a.csv", "question\nx\n")):
        with pytest.raises(BadSetting, match="no split .test.*Leave it out: there are no parts"):
            split(f"{write(tmp_path / name, text)}@test")


def test_a_json_object_of_records_gives_its_keys_as_ids(tmp_path: Path) -> None:
    content = json.dumps({"17": GOOD, "18": {"id": "own", **GOOD}}, indent=1)
    rows, _ = split(write(tmp_path / "a.json", content))
    assert [row.values["id"] for row in rows] == ["17", "own"]


def test_one_record_with_messages_is_not_taken_for_a_wrapper(tmp_path: Path) -> None:
    record = {"messages": [{"role": "user", "content": "Hi"}]}
    rows, _ = split(write(tmp_path / "a.json", json.dumps(record, indent=1)))
    assert [row.values for row in rows] == [record]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", "", "The file is empty"),
        ("a.csv", " \n\n", "The file is empty"),
        ("a.json", '[{"question": "half', "not complete JSON.*line 1, column"),
        ("a.json", '{"a": [1, 2], "b": [1]}', "columns have different lengths"),
        ("a.json", "3", "no records"),
        ("a.json", "[" * 3000 + "]" * 3000, "nests lists or objects too deeply"),
        ("a.jsonl", b"PK\x03\x04rest", "archive is damaged"),
        ("a.7z", b"7z\xbc\xaf\x27\x1crest", "archive of a kind that is not read.*ZIP or tar"),
        ("a.csv", b"%PDF-1.4", "a PDF document"),
        ("a.parquet", "question,answer\n", r"called \.parquet but its content"),
        ("a.json", "<!DOCTYPE html><html>", "a web page"),
        ("a.csv", b"\xff\xfe", "The file is empty"),
        ("a.csv", b"\x90\x81\x8d\x00\xfe" * 9, "not UTF-8"),
        ("a.jsonl", "version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ("a.bin", b"\x80\x04\x95abc", "pickle, which is never opened"),
        ("a.txt", "just some words", "none of the kinds"),
        ("a.parquet", b"PAR1broken", "Parquet file is damaged after row 0"),
        ("a.jsonl.gz", b"\x1f\x8bbroken", "compressed file is damaged|cannot be read"),
        ("a.jsonl", b"x" * 257 + b"ustar", "archive is damaged"),
    ],
)
def test_a_bad_file_is_one_clear_error(
    tmp_path: Path, name: str, content: str | bytes, words: str
) -> None:
    with pytest.raises(BadFile, match=words) as caught:
        split(write(tmp_path / name, content))
    assert "a." in caught.value.which
    assert caught.value.todo


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    for ref in (tmp_path / "no.jsonl", "nonsense", "bad\0name", "x" * 5000):
        with pytest.raises(NotFound, match="no such file or folder"):
            open_source(ref)


def test_csv(tmp_path: Path) -> None:
    content = 'question,answer\n"What, now?","two\nlines"\nshort\n=1+1,-5\n@x,"- Being male"\n'
    rows, findings = split(write(tmp_path / "a.csv", content))
    assert [row.values for row in rows] == [
        {"question": "What, now?", "answer": "two\nlines"},
        {"question": "=1+1", "answer": "-5"},
        {"question": "@x", "answer": "- Being male"},
    ]
    assert [row.line for row in rows] == [2, 5, 6]
    assert rules(findings) == [("column-count", 4), ("formula-cell", 5), ("formula-cell", 6)]
    assert all(found.field in ("", "question") for found in findings)


def test_csv_with_an_unclosed_quote_says_which_lines(tmp_path: Path) -> None:
    rows, findings = split(write(tmp_path / "a.csv", 'question,answer\na,b\n"c,d\ne,f\n'))
    assert len(rows) == 1
    assert rules(findings) == [("column-count", 3)]
    assert "lines 3 to 4" in findings[0].hint


def test_csv_separators_and_headers(tmp_path: Path) -> None:
    rows, _ = split(write(tmp_path / "a.csv", "question;answer\nx;y\n"))
    assert rows[0].values == {"question": "x", "answer": "y"}
    rows, _ = split(write(tmp_path / "a.csv", "sep=;\nquestion;answer\nx, y;z\n"))
    assert [(row.values, row.line) for row in rows] == [({"question": "x, y", "answer": "z"}, 3)]
    rows, _ = split(write(tmp_path / "a.tsv", "question,answer\nx,z\n"))
    assert rows[0].values == {"question": "x", "answer": "z"}
    rows, _ = split(write(tmp_path / "a.csv", "id;question, as asked, and more\n1;x, y\n2;z\n"))
    assert rows[0].values == {"id": "1", "question, as asked, and more": "x, y"}
    rows, _ = split(write(tmp_path / "a.csv", ",question,answer\n0,x,y\n1,z,w\n"))
    assert rows[1].values == {"column 1": "1", "question": "z", "answer": "w"}
    rows, _ = split(write(tmp_path / "a.tsv", "question\tanswer\nx, y\tz\n"))
    assert rows[0].values == {"question": "x, y", "answer": "z"}
    rows, findings = split(write(tmp_path / "a.csv", "q,q,\nx,y,z\n"))
    assert rows[0].values == {"q": "x", "q 2": "y", "column 3": "z"}
    assert rules(findings) == [("duplicate-column", 1)]


def test_csv_skips_a_giant_line(tmp_path: Path) -> None:
    content = "question,answer\n" + "x" * 5000 + ",y\na,b\n"
    rows, findings = split(write(tmp_path / "a.csv", content), max_line_bytes=1000)
    assert [row.values["question"] for row in rows] == ["a"]
    assert rules(findings) == [("line-too-long", 2)]


def test_content_counts_more_than_the_name(tmp_path: Path) -> None:
    rows, findings = split(write(tmp_path / "a.csv", json.dumps(GOOD) + "\n" + json.dumps(GOOD)))
    assert len(rows) == 2
    assert findings[0].rule == "other-kind"
    assert "JSON Lines" in findings[0].message


def test_parquet_keeps_nested_values_and_dates(tmp_path: Path) -> None:
    import datetime

    table = pa.table(
        {
            "question": ["a", "b"],
            "options": [{"A": "x", "B": None}, None],
            "when": [datetime.date(2020, 1, 2), None],
            "score": [float("nan"), 1.0],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    rows, findings = split(tmp_path / "a.parquet")
    assert rows[0].values["options"] == {"A": "x", "B": None}
    assert rows[0].values["when"] == "2020-01-02"
    assert rules(findings) == [("not-finite", 1)]


def test_gzip(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl.gz", gzip.compress(json.dumps(GOOD).encode()))
    assert split(path)[0][0].values == GOOD
    write(path, gzip.compress(json.dumps(GOOD).encode() * 1000)[:-20])
    with pytest.raises(BadFile, match="damaged"):
        split(path)


@pytest.mark.parametrize("ending", ["bz2", "xz", "zst"])
def test_other_packings(tmp_path: Path, ending: str) -> None:
    pack: dict[str, Callable[[bytes], bytes]] = {
        "bz2": bz2.compress,
        "xz": lzma.compress,
        "zst": lambda data: pa.compress(data, "zstd", asbytes=True),
    }
    line = json.dumps(GOOD).encode() + b"\n"
    whole = pack[ending](line * 5000) + pack[ending](line)
    path = write(tmp_path / f"a.jsonl.{ending}", whole)
    assert len(split(path)[0]) == 5001
    with pytest.raises(BadFile, match="compressed file is damaged"):
        split(write(path, whole[:-9]))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    import datasets

    datasets.disable_progress_bars()
    made = datasets.Dataset.from_list([GOOD, GOOD])
    made.save_to_disk(str(tmp_path / "one"))
    both = datasets.DatasetDict({"dev": made, "test": made.select([0])})
    both.save_to_disk(str(tmp_path / "two"))
    return tmp_path


def test_a_folder_saved_by_datasets(saved: Path) -> None:
    assert [row.values for row in split(saved / "one")[0]] == [GOOD, GOOD]
    assert len(split(f"{saved / 'two'}@test")[0]) == 1
    with pytest.raises(BadSetting, match="several splits.*@dev, @test"):
        open_source(saved / "two")
    with pytest.raises(BadSetting, match="no split 'train'"):
        open_source(f"{saved / 'two'}@train")
    (saved / "one" / "data-00000-of-00001.arrow").write_bytes(b"nothing")
    with pytest.raises(BadFile, match="cannot be opened as a saved data set"):
        open_source(saved / "one")


def test_hub_data_sets_by_way_of_a_local_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    from diq_core.data.readers import tables

    datasets.disable_progress_bars()
    (tmp_path / "org" / "name").mkdir(parents=True)
    write(tmp_path / "org" / "name" / "train.jsonl", json.dumps(GOOD) + "\n")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    found = tables.open_hub(str(tmp_path / "org" / "name"), "", "train")
    assert [row.values for row in tables.read_dataset(found, "org/name")] == [GOOD]
    with pytest.raises(BadSetting, match="no split 'test'"):
        tables.open_hub(str(tmp_path / "org" / "name"), "", "test")


def test_a_hub_id_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    import diq_core.data.readers as readers

    asked = []

    def unreachable(*parts: str) -> None:
        asked.append(parts)
        raise NotFound("The hub cannot be reached", which=parts[0], todo="download it")

    monkeypatch.setattr(readers, "open_hub", unreachable)
    for ref in ("org/name", "org/name:en", "org/name@train", "org/name:en@train"):
        with pytest.raises(NotFound, match="cannot be reached"):
            open_source(ref)
    assert asked == [
        ("org/name", "", ""),
        ("org/name", "en", ""),
        ("org/name", "", "train"),
        ("org/name", "en", "train"),
    ]
    with pytest.raises(NotFound, match="no such file"):
        open_source("folder/file.jsonl")


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no data file"):
        open_source(tmp_path)
    write(tmp_path / "train-00000-of-00002.jsonl", json.dumps(GOOD) + "\n")
    write(tmp_path / "train-00001-of-00002.jsonl", json.dumps(GOOD) + "\n")
    rows, _ = split(tmp_path)
    assert [row.file for row in rows] == [f"train-0000{n}-of-00002.jsonl" for n in (0, 1)]
    write(tmp_path / "other.csv", "a,b\n1,2\n")
    with pytest.raises(SettingNeeded, match=r"several data files.*@other\.csv, @train\.jsonl"):
        open_source(tmp_path)
    assert len(asked(tmp_path, split="train.jsonl")) == 2


def laid_out(folder: Path, files: dict[str, str]) -> Path:
    for name, question in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".md"):
            write(folder / name, question)
        elif name.endswith(".parquet"):
            pq.write_table(pa.Table.from_pylist([{"question": question}]), folder / name)
        else:
            write(folder / name, json.dumps({"question": question}) + "\n")
    return folder


def asked(ref: str | Path, **settings: Any) -> list[str]:
    return [row.values["question"] for row in split(ref, **settings)[0]]


SHARDS = {
    "data/train-00000-of-00002.parquet": "a",
    "data/train-00001-of-00002.parquet": "b",
    "data/test-00000-of-00001.parquet": "c",
}


@pytest.mark.parametrize(
    "files",
    [
        SHARDS,
        {"train-1.jsonl": "a", "train-2.jsonl": "b", "test.jsonl": "c"},
        {"train/one.jsonl": "a", "train/two.jsonl": "b", "test/one.jsonl": "c"},
        {
            "x/one.jsonl": "a", "x/two.jsonl": "b", "y/one.jsonl": "c", "z/other.jsonl": "d",
            "README.md": "---\nconfigs:\n- config_name: more\n  data_files: z/*\n"
            "- config_name: some\n  default: true\n  data_files:\n"
            "  - split: train\n    path: x/*.jsonl\n"
            "  - split: test\n    path: [y/one.jsonl]\n---\n# Data\n",
        },
    ],
)  # fmt: skip
def test_a_folder_as_the_hub_lays_it_out(tmp_path: Path, files: dict[str, str]) -> None:
    folder = laid_out(tmp_path, {**files, ".git/train.jsonl": "hidden"})
    assert asked(folder) == ["a", "b"]
    assert asked(folder, split="test") == asked(f"{folder}@test") == ["c"]
    assert rules(split(folder)[1]) == [("one-split", 0)]
    with pytest.raises(BadSetting, match="no split 'dev'.*@test, @train"):
        open_source(f"{folder}@dev")


def test_a_folder_with_several_configurations_asks(tmp_path: Path) -> None:
    about = "---\nconfigs:\n- {config_name: en, data_files: en/*}\n- {config_name: de}\n---\n"
    folder = laid_out(tmp_path, {"en/a.jsonl": "a", "de/a.jsonl": "b", "README.md": about})
    with pytest.raises(BadSetting, match="several configurations: en, de"):
        open_source(folder)
    write(folder / "README.md", "---\n[not: yaml\n---\n")
    with pytest.raises(SettingNeeded, match=r"data files.*@de/a\.jsonl, @en/a\.jsonl"):
        open_source(folder)
    assert asked(folder, split="*") == ["b", "a"]


def test_a_link_in_a_folder_is_left_alone(tmp_path: Path) -> None:
    laid_out(tmp_path / "elsewhere", {"train.jsonl": "secret"})
    folder = laid_out(tmp_path / "repo", {"data/test.jsonl": "c"})
    (folder / "more").symlink_to(tmp_path / "elsewhere")
    (folder / "data" / "train.jsonl").symlink_to(tmp_path / "elsewhere" / "train.jsonl")
    assert asked(folder) == ["c"]


@pytest.mark.parametrize("write_one", [pa.ipc.new_file, pa.ipc.new_stream])
def test_arrow(tmp_path: Path, write_one: Callable[..., Any]) -> None:
    table = pa.table(
        {
            "question": [f"q{n}" for n in range(600)],
            "kind": pa.array(["x", "y"] * 300).dictionary_encode(),
        }
    )
    with write_one(tmp_path / "a.arrow", table.schema) as file:
        file.write_table(table, max_chunksize=400)
    rows, findings = split(tmp_path / "a.arrow")
    assert [row.line for row in rows] == list(range(1, 601))
    assert rows[401].values == {"question": "q401", "kind": "y"}
    assert findings == []
    packed = pa.ipc.IpcWriteOptions(compression="zstd")
    with write_one(tmp_path / "b.arrow", table.schema, options=packed) as file:
        file.write_table(table)
    with pytest.raises(BadFile, match=r"packed.*[Ss]ave it as Parquet"):
        split(tmp_path / "b.arrow")
