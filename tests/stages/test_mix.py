"""A mixture of datasets: what is taken of which, and that everything comes along."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.config import ExportSettings, ImportSettings, MixSettings, SelectSettings, build
from diq_core.data.table import load_samples
from diq_core.errors import BadSetting, NotFound, UserError
from diq_core.jobs.order import Order, order_for, read_order
from diq_core.jobs.progress import silent
from diq_core.lineage import go_together, line_of
from diq_core.managing.resting import Thing, resting_on
from diq_core.privacy.gate import Finding
from diq_core.privacy.identifier import Identifier
from diq_core.stages import dataset as importing
from diq_core.stages import export, mix, selection
from diq_core.stages.identifiers import findings_in
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.stages.mix_sources import Carried, is_short, pool_of
from diq_core.study import Study, create_study
from tests.export.conftest import PIXEL
from tests.support.studies import add_difficulty

REMEDIES = ("Rest", "Ice and a splint", "Warm tea", "Surgery today")


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def rows_of(topic: str, count: int, **more: Any) -> list[dict[str, Any]]:
    """Return questions that are no duplicates of each other, with ids 0, 1, …"""
    return [
        {"id": f"{number}", "question": f"What helps {topic} number {number * 7919} best, and why?",
         "answer": REMEDIES[number % 4], "subject": f"S{min(number, 2)}",
         **({"reasoning": f"Since {topic} {number}."} if number % 4 else {}), **more}
        for number in range(count)
    ]  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return made_study(tmp_path / "study")


def made_study(home: Path) -> Study:
    """Return a study with three datasets: 40 of text, 12 with one image, 20 of chains."""
    study = create_study(home)
    (home / "x.png").write_bytes(PIXEL)
    for name, rows in (
        ("texts", rows_of("fever", 40)),
        ("scans", rows_of("fracture", 12, images=["x.png"])),
        ("chains", rows_of("asthma", 20)),
    ):
        importing.run(study, name, ImportSettings(exclude_duplicates=False), silent(),
                      source=write(home / f"{name}.jsonl", rows), validation=())  # fmt: skip
    return study


SOURCES = (
    "texts,kind=medical-text", "scans,kind=medical-multimodal", "chains,kind=reflective",
)  # fmt: skip


def mixed(study: Study, *sources: str, name: str = "mixture", **more: Any) -> Artefact:
    settings = build(MixSettings, {"source": sources, "near_threshold": 1.0, **more})
    return mix.run(study, name, settings, silent(), validation=())


def taken(made: Artefact) -> dict[str, int]:
    return {each["name"]: each["taken"] for each in made.manifest["facts"]["sources"]}


def samples(study: Study, name: str = "mixture") -> list[Any]:
    return load_samples(load_table(study.find("dataset", name), SAMPLES), excluded=False)


def test_the_preset_is_within_one_sample_of_its_shares(study: Study) -> None:
    made = mixed(study, *SOURCES, preset="infimed", total=33)
    # 30 : 35 : 15 of 80.
    for name, share in (("texts", 30), ("scans", 35), ("chains", 15)):
        asked = next(each for each in made.manifest["facts"]["sources"] if each["name"] == name)
        assert abs(asked["target"] - share / 80 * 33) < 1
    assert taken(made) == {"texts": 12, "scans": 12, "chains": 6}
    notes = " ".join(made.manifest["facts"]["notes"])
    assert "scans has 12 of 15: the mixture is 3 smaller" in notes
    assert "No source is general-multimodal: its 20 % went" in notes
    assert "InfiMed publishes no ratios" in notes
    assert len(samples(study)) == made.manifest["counts"]["taken"] == 30
    assert made.settings["total"] == 33
    assert made.settings["kinds"]["medical-text"] == "30%"


def test_the_same_sources_and_settings_give_the_same_bytes(study: Study, tmp_path: Path) -> None:
    other = made_study(tmp_path / "other")
    for one in (study, other):
        mixed(one, *SOURCES, preset="infimed", total=30)
    for kind in ("mix", "dataset"):
        first, second = (one.find(kind, "mixture") for one in (study, other))  # type: ignore[arg-type]
        assert first.digest == second.digest
    again = mixed(study, *SOURCES, preset="infimed", total=30, seed=1, name="again")
    assert {each.id for each in samples(study)} != {each.id for each in samples(study, "again")}
    assert taken(again) == taken(study.find("mix", "mixture"))


def test_each_sample_says_where_it_is_from_and_has_an_id_of_its_own(study: Study) -> None:
    made = mixed(study, *SOURCES)
    rows = load_table(made, "taken.parquet").to_pylist()
    assert Counter(row["source"] for row in rows) == {"texts": 40, "scans": 12, "chains": 20}
    assert len({row["id"] for row in rows}) == 72
    by_id = {row["id"]: row for row in rows}
    for sample in samples(study):
        row = by_id[sample.id]
        assert (sample.meta["mixture_source"], sample.meta["mixture_kind"]) == (
            row["source"], row["kind"]
        )  # fmt: skip
        (before,) = [each for each in samples(study, row["source"]) if each.id == row["original"]]
        assert (before.question, before.answer) == (sample.question, sample.answer)
    assert made.input("source/scans") == study.reference(study.find("dataset", "scans"))
    assert study.find("dataset", "mixture").input("mix") == study.reference(made)


def test_images_come_along(study: Study) -> None:
    mixed(study, *SOURCES)
    dataset = study.find("dataset", "mixture")
    image = next(each.images[0] for each in samples(study) if each.images)
    before = study.find("dataset", "scans").file(f"images/{image}")
    assert dataset.file(f"images/{image}").read_bytes() == before.read_bytes()


def test_of_two_that_ask_the_same_the_source_named_first_gives_its_own(
    study: Study, tmp_path: Path
) -> None:
    importing.run(study, "twins", ImportSettings(), silent(), validation=(),
                  source=write(tmp_path / "twins.jsonl", rows_of("fever", 3)))  # fmt: skip
    made = mixed(study, "twins,kind=reflective", "texts,kind=medical-text")
    assert taken(made) == {"twins": 3, "texts": 37}
    texts = made.manifest["facts"]["sources"][1]
    assert texts["left_out"] == {"an exact duplicate": 3}
    assert study.find("dataset", "mixture").manifest["counts"]["excluded"] == {}


def test_short_answers_are_kept_left_out_or_alone(study: Study) -> None:
    # Of four answers "Rest" (no reasoning) is a word, the others have reasoning.
    assert taken(mixed(study, SOURCES[0], short_answers="only", name="only")) == {"texts": 10}
    made = mixed(study, f"{SOURCES[0]},short=leave-out", SOURCES[2], name="out")
    assert taken(made) == {"texts": 30, "chains": 20}
    assert made.manifest["counts"]["short_answers"] == 5
    assert made.manifest["facts"]["sources"][0]["left_out"] == {"a short answer": 10}
    one = samples(study, "texts")[0]
    assert is_short(one, 1)
    assert not is_short(samples(study, "texts")[1], 100)


def test_the_values_of_a_column_take_turns(study: Study) -> None:
    made = mixed(study, "texts=9,kind=medical-text,balance=subject")
    # S0 and S1 have one sample each, S2 the other 38.
    assert Counter(each.subject for each in samples(study)) == {"S0": 1, "S1": 1, "S2": 7}
    assert made.manifest["counts"]["taken"] == 9


def test_what_is_taken_again_has_an_id_of_its_own_and_stays_in(study: Study) -> None:
    made = mixed(study, "scans=30,kind=medical-multimodal", if_short="repeat")
    assert (made.manifest["counts"]["taken"], made.manifest["counts"]["repeated"]) == (30, 18)
    ids = Counter(each.id.partition("~")[0] for each in samples(study))
    assert sorted(ids.values()) == [2] * 6 + [3] * 6
    assert made.manifest["facts"]["notes"] == ["scans has 12 of 30: 18 were taken again"]


def test_scale_makes_the_whole_smaller(study: Study) -> None:
    made = mixed(study, "texts=50%,kind=medical-text", "scans=50%,kind=medical-multimodal",
                 total=40, if_short="scale")  # fmt: skip
    assert taken(made) == {"texts": 13, "scans": 12}
    assert made.manifest["facts"]["notes"] == ["Made smaller, 40 → 25, so that the shares hold"]


def test_a_strategy_or_a_selection_says_what_comes_first(study: Study) -> None:
    longest = mixed(study, "texts=4,kind=medical-text,by=longest", name="long")
    lengths = [row["length"] for row in load_table(longest, "taken.parquet").to_pylist()]
    whole = mixed(study, "texts,kind=medical-text", name="whole")
    every = [row["length"] for row in load_table(whole, "taken.parquet").to_pylist()]
    assert min(lengths) >= sorted(every)[-10]
    pool = study.find("dataset", "texts")
    chosen = selection.run(study, "few", SelectSettings(strategy="longest", budget="4"), silent(),
                           dataset=pool, difficulty=None, influence=None)  # fmt: skip
    by_choice = mixed(study, "texts,kind=medical-text,selection=few", name="chosen")
    assert by_choice.input("texts/selection") == study.reference(chosen)
    assert {each.question for each in samples(study, "chosen")} == {
        each.question for each in samples(study, "long")
    }
    assert by_choice.manifest["facts"]["sources"][0]["left_out"] == {"not in its selection": 36}


def test_a_later_draw_with_the_same_seed_meets_all_sources(study: Study) -> None:
    # A draw follows from seed and id: the same one twice would take of the largest source first.
    mixed(study, "texts=10,kind=medical-text", "chains=10,kind=reflective")
    drawn = selection.run(study, "ten", SelectSettings(strategy="random", budget="10"), silent(),
                          dataset=study.find("dataset", "mixture"), difficulty=None,
                          influence=None)  # fmt: skip
    kept = load_table(drawn, "selection.parquet").to_pylist()
    source = {each.id: each.meta["mixture_source"] for each in samples(study)}
    found = Counter(source[row["id"]] for row in kept if row["kept"])
    assert min(found["texts"], found["chains"]) >= 2


def test_what_the_imports_found_in_images_is_known_of_the_mixture(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Finding("3", Identifier("images.0", 0, 0, "name", "", True), box=(1, 2, 30, 40))
    monkeypatch.setattr("diq_core.stages.mix_sources.findings_in", lambda _dataset: [box])
    pool = pool_of(study, MixSettings(source=(SOURCES[1],)).sources[0])
    carried = Carried([pool], {("scans", "3"): ("n", "n~2")})
    sample = samples(study, "scans")[3]
    for id in ("n", "n~2"):
        (found,) = carried.look_at(importing.replace(sample, id=id))
        assert (found.id, found.box, found.what.kind) == (id, box.box, "name")
        assert found.what.digest
    assert carried.why_not == "it was not asked for (--read-images)"


def test_a_patient_in_a_source_stays_out(study: Study, tmp_path: Path) -> None:
    row = {"id": "p", "question": "Which drug?", "answer": "Aspirin",
           "context": "Patient name: John Miller, MRN 00123456, born 03/04/1961."}  # fmt: skip
    importing.run(study, "people", ImportSettings(), silent(), validation=(),
                  source=write(tmp_path / "people.jsonl", [row, *rows_of("pain", 2)]))  # fmt: skip
    made = mixed(study, "people,kind=medical-text")
    assert taken(made) == {"people": 2}
    assert findings_in(study.find("dataset", "mixture")) == []


def test_scores_of_a_source_do_not_go_with_the_mixture(study: Study) -> None:
    scored = selection.run(
        study, "few", SelectSettings(strategy="random", budget="4"), silent(),
        dataset=study.find("dataset", "texts"), difficulty=None, influence=None,
    )  # fmt: skip
    made = mixed(study, *SOURCES)
    dataset = study.find("dataset", "mixture")
    assert line_of(study, dataset) == {("dataset", dataset.digest)}
    assert not go_together(study, scored, dataset)
    rests = {one.title for one in resting_on(study, [Thing("dataset", "scans")])}
    assert {"mix 'mixture'", "dataset 'mixture'"} <= rests
    assert made.name == dataset.name


def test_an_export_of_it_says_what_was_mixed(study: Study) -> None:
    mixed(study, *SOURCES, preset="infimed", total=33)
    chosen = selection.run(study, "s", SelectSettings(strategy="random", budget="9"), silent(),
                           dataset=study.find("dataset", "mixture"), difficulty=None,
                           influence=None)  # fmt: skip
    made = export.run(study, "e", ExportSettings(), silent(), selection=chosen)
    sheet = (made.path / "DATASHEET.md").read_text()
    assert "| scans | medical-multimodal | 15 | 12 |" in sheet
    assert "the shares of the kinds are ours" in sheet
    assert "No one command does: The dataset was mixed of other datasets" in sheet


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("texts", r"needs a kind \(texts\)\. Write texts,kind= and one of general-multimodal"),
        ("texts=much,kind=reflective", "'much' is no amount.*a share .40%. or a count"),
        ("texts,kind=reflective,colour=red", "'colour=red' says nothing.*kind=, by=, selection="),
        ("texts,kind=reflective,by=diq,selection=a", "by a strategy or by a selection"),
        ("=5,kind=reflective", "begins with the name of a dataset"),
        ("texts,kind=reflective,short=no", "'no' is nothing.*keep, leave-out, only"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(source: str, said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        _ = MixSettings(source=(source,)).sources


@pytest.mark.parametrize(
    ("share", "said"),
    [({"text": "5%"}, "no kind 'text'.*medical-text"), ({"reflective": "5"}, "'5' is no share")],
)
def test_a_share_of_a_kind_that_cannot_be_read_is_refused(
    study: Study, share: dict[str, str], said: str
) -> None:
    with pytest.raises(BadSetting, match=said):
        mixed(study, *SOURCES, kinds=share, total=9)


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("none,kind=reflective", NotFound, "no finished dataset called 'none'"),
        ("texts,kind=reflective,by=diq", NotFound, "'texts' has no difficulty scores.*diq diff"),
        ("texts,kind=reflective,by=best", UserError, "best"),
        ("texts,kind=reflective,balance=colour", BadSetting, "no column 'colour'.*subject"),
        ("texts,kind=reflective,selection=few", NotFound, "not made of the dataset 'texts'"),
        ("texts=90%,kind=reflective", BadSetting, "A share needs a total"),
    ],
)
def test_what_is_not_there_is_said_and_leaves_nothing(
    study: Study, source: str, error: type[UserError], said: str
) -> None:
    selection.run(study, "few", SelectSettings(strategy="random", budget="4"), silent(),
                  dataset=study.find("dataset", "chains"), difficulty=None,
                  influence=None)  # fmt: skip
    with pytest.raises(error, match=said):
        mixed(study, source)
    assert not [each for kind in ("mix", "dataset") for each in (study.path / kind).glob("mix*")]


def test_several_scores_of_a_source_are_told_apart_by_a_selection(study: Study) -> None:
    importing.run(study, "pool", ImportSettings(), silent(), validation=(),
                  source=write(study.path / "p.jsonl", [
                      {**row, "id": f"s000{row['id']}"} for row in rows_of("cough", 5)
                  ]))  # fmt: skip
    for name in ("one", "two"):
        add_difficulty(study, study.find("dataset", "pool"), name=name)
    with pytest.raises(NotFound, match=r"several difficulty scores: one, two.*selection="):
        mixed(study, "pool,kind=medical-text,by=difficulty")


def test_the_name_of_another_dataset_is_refused_before_anything_is_compared(study: Study) -> None:
    with pytest.raises(BadSetting, match=r"a dataset 'texts' already.*--name"):
        mixed(study, *SOURCES, name="texts")
    assert not (study.path / "mix").exists()
    again = mixed(study, *SOURCES)
    assert mixed(study, *SOURCES).digest == again.digest


def test_no_source_is_refused_and_the_same_one_twice(study: Study) -> None:
    with pytest.raises(BadSetting, match="needs sources.*--source main=60%"):
        mixed(study)
    with pytest.raises(BadSetting, match="The source 'texts' is named twice"):
        mixed(study, SOURCES[0], SOURCES[0])


def test_an_order_names_its_datasets_and_is_read_back(study: Study) -> None:
    settings = MixSettings(source=("texts=5,kind=reflective", SOURCES[1]), total=9)
    order = order_for("mix", "m", settings)
    assert [which for what, which in order.names() if what == "dataset"] == ["texts", "scans"]
    assert read_order(json.loads(order.text), which="x") == Order("mix", "m", order.settings, {})
    command = order.command(study)
    assert [each for each in command if each.startswith("--source")] == [
        "--source=texts=5,kind=reflective", "--source=scans,kind=medical-multimodal"
    ]  # fmt: skip


def test_the_command_prints_a_table_and_what_was_decided(study: Study) -> None:
    where = ["--study", str(study.path)]
    typed = [part for each in SOURCES for part in ("--source", each)]
    done = CliRunner().invoke(app, ["mix", *where, *typed, "--preset", "infimed", "--total", "20"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["source", "kind", "available", "target", "taken", "words"]
    assert lines[1].split()[:5] == ["texts", "medical-text", "40", "7", "7"]
    assert "InfiMed publishes no ratios: the shares of the kinds are ours." in lines
    assert "dataset 'mixture': 20 samples" in lines
