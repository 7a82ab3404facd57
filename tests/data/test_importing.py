"""Whole imports: what is kept, what is left out and why, and that nothing is lost."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from diq_core.data import shelf
from diq_core.data.formats import FORMATS
from diq_core.data.importing import Imported, import_samples
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples, samples_table
from diq_core.errors import BadFile, Stopped, UnknownFormat, UserError

SHARED = Path(__file__).parents[3] / "shared" / "data"
CASE = (
    "A 45-year-old man comes to the emergency department with crushing chest pain that began two "
    "hours ago and spreads to his left arm. What is the most likely diagnosis?"
)


def jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def by_rule(found: Imported, rule: str) -> list[tuple[int, str]]:
    return [(item.line, item.id) for item in found.findings if item.rule == rule]


def test_how_much_is_held_in_memory_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [" ".join(letter + word for word in CASE.split()) for letter in "abcdef"]
    rows = [
        {
            "id": "a" if number % 5 else "",
            "question": cases[number % 6] + (" please" if number % 4 else ""),
            "answer": ("yes", "no", "")[number % 11 % 3],
        }
        for number in range(36)
    ]
    path = jsonl(tmp_path / "a.jsonl", *rows, {"question": ["no", "text"]})
    others = {"validation": [Sample(id="v", question=cases[3])]}
    whole = import_samples(path, against=others)
    monkeypatch.setattr(shelf, "_IN_MEMORY", 3)
    parts = import_samples(path, against=others, folder=tmp_path)
    assert parts == whole
    assert {match.kind for match in whole.matches} == {"exact", "near"}
    assert any(match.group for match in whole.matches)
    assert [each.name for each in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_file_with_every_kind_of_bad_row(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "x", "question": "What is the first thing?", "answer": "one"},
        {"id": "x", "question": "What is the second thing?", "answer": "two"},
        {"id": "x~2", "question": "What is the third thing?", "answer": "three"},
        {"id": "y", "question": "What is the fourth thing?"},
        {"id": "z", "question": "What is the fifth thing?", "answer": "5", "reasoning": " \n\t"},
        {"id": "n", "question": "What is\0the sixth\u202ething?", "answer": "6"},
        {"question": "What is the first thing?", "answer": "one"},
        {"id": "e", "question": "  ", "answer": "7"},
        {"id": "l", "question": ["a", "b"], "answer": "8"},
        {"id": "t", "question": "What is the ninth thing?", "answer": "<think>never"},
    )
    with path.open("ab") as file:
        file.write(b'{"id": "s", "question": "What \\ud800 is the tenth thing?", "answer": "1"}\n')
        file.write(b'{"id": "cut", "question": "Wha')
    found = import_samples(path)
    ids = [sample.id for sample in found.samples]
    assert ids[:6] == ["x", "x~3", "x~2", "y", "z", "n"]
    assert ids[7:] == ["t", "s"]
    assert found.samples[-1].question == "What \ufffd is the tenth thing?"
    assert found.samples[4].reasoning == ""
    assert by_rule(found, "duplicate-id") == [(2, "x~3")]
    assert by_rule(found, "no-question") == [(8, "")]
    assert by_rule(found, "wrong-type") == [(9, "")]
    assert by_rule(found, "blank-reasoning") == [(5, "z")]
    assert by_rule(found, "control-character") == [(6, "n")]
    assert by_rule(found, "bidi-control") == [(6, "n")]
    assert by_rule(found, "lone-surrogate") == [(11, "s")]
    assert by_rule(found, "truncated") == [(12, "")]
    assert found.excluded == {
        "y": "no answer",
        "t": "the thinking part never ends",
        ids[6]: "an exact duplicate of x",
    }
    assert found.counts == {
        "rows": 12,
        "unreadable": 3,
        "samples": 9,
        "included": 6,
        "excluded": {"exact duplicate": 1, "no answer": 1, "the thinking part never ends": 1},
        "findings": found.counts["findings"],
    }
    assert sum(found.counts["findings"].values()) == len(found.findings)


def test_the_same_file_gives_the_same_result(tmp_path: Path) -> None:
    rows = [{"question": f"What is thing number {n % 7}?", "answer": "x"} for n in range(20)]
    one = import_samples(jsonl(tmp_path / "a.jsonl", *rows))
    two = import_samples(jsonl(tmp_path / "a.jsonl", *rows))
    assert one == two
    assert len({sample.id for sample in one.samples}) == 20
    assert "duplicate-id" not in one.counts["findings"]
    assert one.counts["included"] == 7


def test_overlap_with_test_questions_is_left_out_first(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "a", "question": CASE, "answer": "x"},
        {"id": "b", "question": CASE, "answer": "x"},
        {"id": "c", "question": CASE.replace("crushing", "severe"), "answer": "x"},
        {"id": "d", "question": "What causes gout?", "answer": "w"},
    )
    bench = {"medqa test": [Sample(id="t9", question=CASE)]}
    found = import_samples(path, against=bench)
    assert found.excluded["a"] == "occurs in medqa test: t9"
    assert found.excluded["b"] == "occurs in medqa test: t9"
    assert found.excluded["c"].startswith("nearly occurs in medqa test: t9 (similarity 0.")
    assert found.counts["excluded"] == {
        "nearly occurs in medqa test": 1,
        "occurs in medqa test": 2,
    }
    kept = import_samples(path, against=bench, exclude_overlap=False, exclude_duplicates=False)
    assert kept.excluded == {}
    assert kept.counts["findings"] == {
        "duplicate-exact": 1,
        "duplicate-near": 1,
        "overlap-exact": 2,
        "overlap-near": 1,
    }
    assert import_samples(path, compare=False).matches == []


def test_limit_counts_rows(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", *({"question": f"Is it {n}?"} for n in range(500)))
    found = import_samples(path, limit=3)
    assert (found.counts["rows"], len(found.samples)) == (3, 3)


def test_nothing_readable_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("garbage\nmore garbage\n")
    with pytest.raises(BadFile, match=r"None of the 2 rows can be read; the first: The line is"):
        import_samples(path)
    jsonl(path, {"question": ""}, {"question": None})
    with pytest.raises(BadFile, match=r"None of the 2 rows.*There is no question"):
        import_samples(path)
    for number in (0, 1):
        shard = tmp_path / "shards" / f"train-0000{number}-of-00002.jsonl"
        shard.parent.mkdir(exist_ok=True)
        shard.write_text("garbage\n")
    with pytest.raises(BadFile, match=r"None of the 2.*\(train-00000-of-00002.jsonl, line 1\)"):
        import_samples(tmp_path / "shards")
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(BadFile, match="no rows"):
        import_samples(tmp_path / "a.json")
    (tmp_path / "a.csv").write_text("question,answer\n")
    with pytest.raises(BadFile, match="no rows"):
        import_samples(tmp_path / "a.csv")
    with pytest.raises(UnknownFormat, match="columns seen: what"):
        import_samples(jsonl(path, {"what": 1}))


def test_csv_with_formula_cells_options_and_meta_as_json(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id,question,options,answer,meta\n"
        '=1,"=HYPERLINK(""http://x"") is what?","{""A"": ""x"", ""B"": ""y""}",B,"{""topic"": 1}"\n'
    )
    found = import_samples(path)
    sample = found.samples[0]
    assert sample.question == '=HYPERLINK("http://x") is what?'
    assert (sample.id, sample.answer, sample.answer_label) == ("=1", "y", "B")
    assert sample.meta == {"topic": 1}
    assert [item.field for item in found.findings if item.rule == "formula-cell"] == [
        "id",
        "question",
    ]


def test_ids_that_cannot_be_used(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "a\u202eb", "question": "What is it now?", "answer": "x"},
        {"id": "x" * 300, "question": "What is it then?", "answer": "x"},
        {"id": 5, "question": "What is it here?", "answer": "x"},
    )
    found = import_samples(path)
    assert [line for line, _ in by_rule(found, "bad-id")] == [1, 2]
    assert found.samples[0].meta == {"given_id": "a\u202eb"}
    assert found.samples[0].id.startswith("s")
    assert found.samples[2].id == "5"


def test_images_are_copied_or_left_out_with_a_reason(tmp_path: Path) -> None:
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.png").write_bytes(data.getvalue())
    jsonl(
        folder / "set.jsonl",
        {"id": "a", "question": "<image>What is seen here?", "answer": "x", "image": "a.png"},
        {"id": "b", "question": "What is seen there?", "answer": "x", "image": "../a.png"},
        {"id": "c", "question": "What is seen now?", "answer": "x", "images": ["http://x/a.png"]},
        {"id": "d", "question": "What is seen then?", "answer": "x", "images": ["no.png"]},
    )
    found = import_samples(folder, images_to=tmp_path / "images")
    assert found.samples[0].images == (next((tmp_path / "images").iterdir()).name,)
    assert found.samples[0].question == "What is seen here?"
    assert by_rule(found, "image-placeholder") == [(1, "a")]
    assert found.excluded == {
        "b": "an image was refused",
        "c": "an image was refused",
        "d": "an image is missing",
    }


def test_embedded_images_of_a_saved_data_set(tmp_path: Path) -> None:
    import datasets

    datasets.disable_progress_bars()
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    features = datasets.Features(
        {
            "question": datasets.Value("string"),
            "answer": datasets.Value("string"),
            "image": datasets.Image(),
        }
    )
    row = {"question": "What is seen here?", "answer": "x", "image": str(tmp_path / "a.png")}
    datasets.Dataset.from_list([row], features=features).save_to_disk(str(tmp_path / "saved"))
    found = import_samples(tmp_path / "saved", images_to=tmp_path / "images")
    assert found.excluded == {}
    assert (tmp_path / "images" / found.samples[0].images[0]).read_bytes() == (
        tmp_path / "a.png"
    ).read_bytes()


def test_progress_is_told_and_can_stop(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", *({"question": f"Is it {n}?"} for n in range(5)))
    told: list[tuple[str, int]] = []
    import_samples(path, tick=lambda what, done: told.append((what, done)))
    assert ("Reading", 5) in told

    def stop(what: str, done: int) -> None:
        raise Stopped(what)

    with pytest.raises(Stopped, match="Reading"):
        import_samples(path, tick=stop)


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
NAMES = (
    "id question answer reasoning options answer_idx meta messages conversations prompt "
    "completion image images history opa opb opc opd ope cop exp label choices explanation topic "
    "context system instruction input output response text conversation query sent1 sent2 ending0 "
    "ending1 QUESTION CONTEXTS LABELS LONG_ANSWER final_decision body_system subject_name "
    "Question Complex_CoT Response chosen rejected prompt_id subset source licence"
)
names = st.sampled_from(NAMES.split())


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.dictionaries(names, json_like, max_size=8), min_size=1, max_size=4),
    named=st.sampled_from([None, *(known.name for known in FORMATS)]),
)
def test_any_rows_give_samples_or_a_user_error(
    tmp_path: Path, rows: list[dict[str, Any]], named: str | None
) -> None:
    try:
        found = import_samples(jsonl(tmp_path / "a.jsonl", *rows), format=named)
    except UserError:
        return
    table = samples_table(found.samples, found.excluded)
    assert load_samples(table) == found.samples
    assert len({sample.id for sample in found.samples}) == len(found.samples)
    assert found.counts["rows"] == len(rows)
    unreadable = [item for item in found.findings if item.severity == "error"]
    assert len(unreadable) == found.counts["unreadable"] == len(rows) - len(found.samples)


@pytest.mark.parametrize(
    "name",
    [
        "train_medmcqa_cot",
        "train_huatuo_o1_demo",
        "train_pubmedqa_pqal_dev",
        "train_medquad",
        "noise_medmcqa_wrong_chains",
        "valid_medqa_dev",
        "bench_medqa_test",
        "bench_mmlu_medical_test",
        "multimodal_vqa_rad",
        "difficulty_labels",
    ],
)
def test_the_real_files_import_without_an_error(name: str) -> None:
    path = SHARED / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip("the shared data folder is not here")
    found = import_samples(path, compare=False)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    assert [item for item in found.findings if item.severity == "error"] == []
    assert [sample.id for sample in found.samples] == [row["id"] for row in rows]
    for sample, row in zip(found.samples, rows, strict=True):
        assert sample.question == row["question"].strip()
        given = {label: text.strip() for label, text in (row.get("options") or {}).items()}
        read = {option.label: option.text for option in sample.options}
        assert list(read) == list(given)
        if read == given:
            assert sample.answer == (row.get("answer") or "").strip()
        else:  # "a) …", "b) …": the letters inside the options are taken off
            assert all(re.match(rf"{label}[).]", given[label], re.I) for label in given)
            assert all(given[label].endswith(read[label]) for label in given)
            assert sample.answer == read[sample.answer_label]
        assert sample.answer_label == row.get("answer_idx", "")


@pytest.mark.slow
def test_real_training_questions_against_real_test_questions() -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared data folder is not here")
    bench = import_samples(SHARED / "bench_medqa_test.jsonl", compare=False).samples
    found = import_samples(
        SHARED / "train_medmcqa_cot.jsonl", limit=300, against={"medqa test": bench}
    )
    assert found.counts["excluded"] == {}
    copied = [replace(sample, id=f"copy-{sample.id}") for sample in bench[:3]]
    assert [match.kind for match in _against(copied, bench)] == ["exact"] * 3


def _against(samples: list[Sample], bench: list[Sample]) -> list[Any]:
    from diq_core.data.overlap import overlaps

    return overlaps(samples, {"medqa test": bench})
