"""The reading drawer: tints and words that follow from the artefact, the job behind the button,
what lies beside a sample, and marks by the reader."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from diq_core.artefact import Artefact
from diq_core.config import TokensSettings
from diq_core.data.alike import ALIKE, matches_table
from diq_core.data.overlap import Match
from diq_core.data.sample import Sample, answer_text
from diq_core.data.table import find_sample
from diq_core.jobs.progress import silent
from diq_core.review.queue.progress import queues
from diq_core.review.queue.sending import PICKED
from diq_core.review.store.roles import Actor
from diq_core.score import TASK
from diq_core.scoring.influence.passages import passages
from diq_core.scoring.influence.tints import tints
from diq_core.stages import tokens
from diq_core.stages.beside import near_duplicates, task_influence
from diq_core.stages.joining import SAMPLES, SCORES, load_table
from diq_core.stages.marking import marks_on
from diq_core.stages.reviewed import opened
from diq_core.stages.tokens_cache import Weighed, keep
from diq_core.study import Study, create_study
from pages.parts.explore.reading.chain import plain_chain, tinted_chain
from tests.pages.conftest import Opened, words
from tests.support.studies import add_dataset, add_difficulty, add_influence
from tests.support.tampering import vouched_anew
from tests.support.tiny_study import tiny_study

PAGE = "pages/4_explore.py"
ROOT = Path(__file__).resolve().parents[2]
READING = {"panel": "sample", "sample": "s0001", "listed": "all"}
SPAN = re.compile(r'<span class="([^"]+)" title="influence ([^;]+); loss ([\d.]+) nats">')


@pytest.fixture
def study(workspace: Path) -> Study:
    """40 made-up samples with both scores, and two of them nearly the same."""
    study = create_study(workspace / "a")
    dataset = add_dataset(study)
    match = Match("s0001", "s0007", "near", 0.91, "", True)
    pq.write_table(matches_table([match]), dataset.path / ALIKE)
    dataset = vouched_anew(dataset.path)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    return study


def sample_of(study: Study, id: str) -> Sample:
    return find_sample(load_table(study.find("dataset"), SAMPLES), id)


def weighed_by_hand(study: Study, id: str) -> Weighed:
    """Keep terms for the words of a sample, made up so that they are easily told."""
    sample = sample_of(study, id)
    text = f"## Thinking\n\n{sample.reasoning}\n\n## Final Response\n\n{answer_text(sample)}<end>"
    pieces = tuple(re.findall(r"\s*\S+", text))
    terms = tuple((-1.0) ** at * (at % 5) / 100 for at in range(len(pieces)))
    weighed = Weighed(id, pieces, terms, tuple(1.0 + at % 3 for at in range(len(pieces))))
    keep(study, study.find("influence"), weighed)
    return weighed


def test_tints_and_words_follow_from_the_artefact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(tmp_path / "cache"))
    study = tiny_study(tmp_path)
    scores = study.find("influence")
    rows = load_table(scores, SCORES).to_pylist()
    wanted = TokensSettings(samples=tuple(row["id"] for row in rows))
    for row, each in zip(rows, tokens.run(study, scores, wanted, silent()), strict=True):
        sample = sample_of(study, row["id"])
        drawn = tinted_chain(sample, each, is_open=True)
        parts = passages(each.pieces, sample.reasoning, answer_text(sample))
        sums = [sum(each.terms[part.first : part.end]) for part in parts]
        assert sum(sums) == pytest.approx(row["influence"], rel=1e-4)
        inner = [at for part in parts if part.what != "frame"
                 for at in range(part.first, part.end) if each.pieces[at].strip()]  # fmt: skip
        levels, spans = tints(each.terms), SPAN.findall(drawn)
        assert [kind.split()[-1] for kind, _, _ in spans] == [
            f"diq-t{abs(levels[at])}" for at in inner
        ]
        for (kind, term, loss), at in zip(spans, inner, strict=True):
            assert ("diq-helps" in kind, "diq-hurts" in kind) == (levels[at] > 0, levels[at] < 0)
            assert float(term.replace("−", "-")) == pytest.approx(each.terms[at], rel=1e-2)
            assert float(loss) == pytest.approx(each.losses[at], abs=0.006)
        said = re.findall(r"</span> ([+−][\d.e+−-]+|0)</span></summary>", drawn)
        steps = [total for part, total in zip(parts, sums, strict=True) if part.what == "step"]
        assert [float(one.replace("−", "-")) for one in said] == pytest.approx(steps, rel=1e-2)


def test_a_chain_is_text_whatever_it_holds() -> None:
    sample = Sample("a", "Why?", answer="<b>x</b>", reasoning="<script>1</script>\n\n‮two")
    assert "<script>" not in plain_chain(sample, is_open=True)
    pieces = ("<script>", "1", "</script>", "\n\n", "‮two", "<b>x</b>")
    weighed = Weighed("a", pieces, (1.0, -1.0, 0.5, 0.0, 0.2, 0.3), (1.0,) * 6)
    drawn = tinted_chain(sample, weighed, is_open=False)
    assert "<script>" not in drawn
    assert "<b>x" not in drawn
    assert "‮" not in drawn
    assert drawn.count('<details class="diq-fold">') == 2
    without = tinted_chain(
        Sample("a", "Why?", answer="yes"), Weighed("a", ("yes",), (0.1,), (1.0,)), is_open=True
    )
    assert "No reasoning is given" in without


def test_the_drawer_reads_a_sample(open_page: Opened, study: Study) -> None:
    weighed_by_hand(study, "s0001")
    app = open_page(PAGE, **READING)
    assert not app.exception
    said = words(app)
    for text in ("right answer", "Reasoning in ", "add up to", "helps", "hurts",
                 "The strongest words as a table", "Asks the same, or nearly",
                 "similarity 0.91, answers otherwise"):  # fmt: skip
        assert text in said
    assert '<details class="diq-fold" open>' in said
    app.toggle(key="reading-fold").set_value(True).run()
    assert '<details class="diq-fold" open>' not in words(app)
    app.button(key="reading-open-7").click().run()
    assert "s0007" in words(app)
    assert app.button(key="reading-weigh")
    app.button(key="reading-close").click().run()
    assert "samples, best first" in words(app)


def test_the_button_starts_what_a_terminal_would(
    open_page: Opened, study: Study, started: list[Any]
) -> None:
    app = open_page(PAGE, **READING)
    assert "Up to about 7.5 GB of memory" in words(app)
    app.button(key="reading-weigh").click().run()
    [(kind, name, command)] = started
    assert (kind, name) == ("tokens", "main")
    where = ["--study", str(study.path), "--influence", "main"]
    assert command == ["tokens", *where, "--sample=s0001"]


def test_without_influence_words_cannot_be_weighed(open_page: Opened, workspace: Path) -> None:
    study = create_study(workspace / "a")
    add_difficulty(study, add_dataset(study))
    app = open_page(PAGE, **READING)
    assert not app.exception
    assert "it has no influence score" in words(app)


def test_tasks_are_told_where_the_artefact_has_them(open_page: Opened, study: Study) -> None:
    scores = study.find("influence")
    table = load_table(scores, SCORES)
    for name, value in (("Pharmacology", 0.2), ("Paediatrics", -0.1)):
        column = pa.array([value] * table.num_rows)
        table = table.append_column(f"{TASK}{name}", column)
    pq.write_table(table, scores.path / SCORES)
    made = vouched_anew(scores.path)
    assert task_influence(made, "s0001") == {"Pharmacology": 0.2, "Paediatrics": -0.1}
    assert "it helps Pharmacology, hurts Paediatrics" in words(open_page(PAGE, **READING))


def test_near_duplicates_are_found_from_either_side(study: Study) -> None:
    dataset = study.find("dataset")
    assert [each.id for each in near_duplicates(dataset, "s0007")] == ["s0001"]
    assert [each.id for each in near_duplicates(dataset, "s0001")] == ["s0007"]
    assert near_duplicates(dataset, "s0002") == []
    assert near_duplicates(Artefact(study.find("influence").path), "s0001") == []


def named(app: AppTest) -> AppTest:
    app.text_input(key="reading-name").set_value("Ann")
    return keep_it(app)


def keep_it(app: AppTest) -> AppTest:
    return next(button for button in app.button if button.label == "Keep").click().run()


def test_flags_and_notes_are_kept_and_undone_with_the_page(open_page: Opened, study: Study) -> None:
    ann = Actor("Ann", "admin")
    app = open_page(PAGE, **READING)
    app.button(key="reading-flag").click().run()
    app = named(app)
    assert marks_on(study, ann, "s0001").has_flag_of("Ann")
    assert "Flagged by <bdi>Ann</bdi>" in words(app)
    app.button(key="explore-undo").click().run()
    assert not marks_on(study, ann, "s0001").has_flag_of("Ann")
    app.button(key="explore-redo").click().run()
    assert marks_on(study, ann, "s0001").has_flag_of("Ann")
    app.button(key="place-take out").click().run()
    assert "s0001" in app.query_params["out"]
    app.button(key="reading-flag").click().run()
    assert not marks_on(study, ann, "s0001").has_flag_of("Ann")
    for _ in range(2):
        app.button(key="explore-undo").click().run()
    assert marks_on(study, ann, "s0001").has_flag_of("Ann")
    assert "taken out" not in words(app)
    app.button(key="reading-note").click().run()
    app.text_area(key="reading-text").set_value("Odd <b>dose</b>")
    keep_it(app)
    assert marks_on(study, ann, "s0001").note_of("Ann") == "Odd <b>dose</b>"
    assert "Odd &lt;b&gt;dose" in words(app)


def test_a_region_is_flagged_and_sent_to_review_once(open_page: Opened, study: Study) -> None:
    found = {"panel": "list", "listed": "region", "marks": "yes"}
    app = open_page(PAGE, where="reasoning=yes; length>=100", **found)
    app.button(key="flag-all").click().run()
    app = named(app)
    app.button(key="send-all").click().run()
    app.button(key="send-all").click().run()
    assert not app.exception
    with opened(study) as store:
        [(name, queue)] = queues(store).items()
    dataset = study.find("dataset")
    assert (name, queue.settings.digest) == (PICKED, dataset.digest)
    app = open_page(PAGE, where="flagged=yes", **found)
    assert f"{queue.tasks} samples, best first" in words(app)


def channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def contrast(one: list[float], other: list[float]) -> float:
    def light(colour: list[float]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tint_leaves_its_word_readable(scheme: str) -> None:
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][scheme]
    css = (ROOT / "pages/parts/explore/reading/reading.css").read_text()
    page, text = (channels(theme[name]) for name in ("backgroundColor", "textColor"))
    deep = r"\.diq-t\d \{ background: color-mix\(in srgb, var\(--diq-tint\) (\d+)%"
    shares = [int(share) / 100 for share in re.findall(deep, css)]
    tints_ = re.findall(r"--diq-tint: (#\w{6})", css)
    assert (len(shares), len(tints_)) == (4, 2)
    for tint in map(channels, tints_):
        for share in shares:
            mixed = [share * t + (1 - share) * p for t, p in zip(tint, page, strict=True)]
            assert contrast(text, mixed) >= 4.5
