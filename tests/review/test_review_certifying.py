"""A certificate's draws lie in the log: begun once, drawn in turn, computed and proven from it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from diq_core.cli.review import app
from diq_core.errors import BadSetting, NotFound
from diq_core.review.certificate import draws as certifying
from diq_core.review.certificate.certify import Goal
from diq_core.review.certificate.replay import prove
from diq_core.review.certificate.state import FLAGGED, answered, state, strata_of, subset_of
from diq_core.review.form.form import Form
from diq_core.review.log.audit import chained
from diq_core.review.log.events import Slot
from diq_core.review.queue import claiming as queue
from diq_core.review.queue.material import Member
from diq_core.review.refusals import Conflict
from diq_core.review.store import reading
from diq_core.review.store.backup import backup, restore
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.checking import check_store
from diq_core.review.store.ledger import Ledger
from diq_core.review.store.roles import Actor
from diq_core.review.verdicts.outcomes import Outcome, flagged_by_models, outcomes
from diq_core.study import create_study
from tests.support.kept import own_entry
from tests.support.reviews import ADA, ANN, BEN, EVE, KIM, answer, rate

MEMBERS = [Member(f"m{n:02d}", "ab"[n % 2], f"Q{n % 3 + 1}", True) for n in range(40)]
STRATA = strata_of(MEMBERS)
IDS = [one.id for one in MEMBERS]
SUBSET = subset_of(IDS)
GOAL = Goal(0.2)


def begin(store: Store, *, count: int = 6, key: str = "begin", goal: Goal = GOAL):
    return certifying.begin(
        store, KIM, "main", STRATA, goal, seed=5, form="1", count=count, key=key
    )


def certification(store: Store):
    found = certifying.certification_of(store, IDS)
    assert found is not None
    return found


def found(store: Store) -> dict[str, Outcome]:
    settled = reading.judgements(store, ADA, "adjudication", scope="1")
    return outcomes(reading.judgements(store, ADA, "verdict", scope="1"), settled)


def review_all(store: Store, form: Form, actor: Actor = ANN, bad: str = "") -> None:
    for task in queue.claim(store, actor, "certificate main", ahead=99):
        verdict = "reject" if task.sample == bad else "accept"
        store.submit(
            actor, task.sample, answer(verdict, 4), form=form, version=0, key=f"v {task.sample}"
        )


def proofs(store: Store):
    return prove(reading.log(store, ADA, limit=10**6))


class TestStrata:
    def test_they_are_quadrants_and_sources_unless_too_fine(self):
        assert "Q1, a" in STRATA
        fine = [Member(f"m{n}", f"source {n}", "Q1", True) for n in range(20)]
        assert list(strata_of(fine)) == ["Q1"]
        assert strata_of([Member("x", chosen=False), Member("y", chosen=True)]) == {
            "without scores": ["y"]
        }

    def test_what_a_model_flagged_stands_apart(self, sqlite_store: Store, form: Form):
        model = Actor("model", "reviewer", machine=True)
        rate(sqlite_store, form, model, "m03")
        rate(sqlite_store, form, model, "m04", verdict="accept", level=4)
        rate(sqlite_store, form, ANN, "m05")
        verdicts = reading.judgements(sqlite_store, ADA, "verdict")
        flagged = flagged_by_models(verdicts)
        assert flagged == {"m03"}
        strata = strata_of(MEMBERS, flagged)
        assert strata[FLAGGED] == ["m03"]
        assert sorted(id for ids in strata.values() for id in ids) == IDS


class TestBegin:
    def test_draws_and_queue_come_together(self, store: Store):
        before = reading.log_head(store).seq
        saved = begin(store)
        begun = certification(store)
        assert (saved.seq, reading.log_head(store).seq) == (before + 1, before + 2)
        assert (begun.selection, begun.queue, begun.form) == ("main", "certificate main", "1")
        assert (begun.goal, begun.seed, begun.version, len(begun.draws)) == (GOAL, 5, 1, 6)
        assert begun.members == STRATA
        tasks = queue.claim(store, ANN, begun.queue, ahead=9)
        assert [task.sample for task in tasks] == [draw.sample for draw in begun.draws]
        assert certifying.certification_of(store, IDS[:-1]) is None
        assert check_store(store) == []

    def test_the_same_request_again_adds_nothing(self, store: Store):
        first = begin(store)
        head = reading.log_head(store)
        again = begin(store)
        assert (again.seq, again.repeated) == (first.seq, True)
        with pytest.raises(Conflict, match="key was used for another one"):
            begin(store, goal=Goal(0.3))
        assert reading.log_head(store) == head

    def test_the_same_samples_have_one_certificate(self, sqlite_store: Store):
        begin(sqlite_store)
        with pytest.raises(BadSetting, match="begun for these samples already"):
            begin(sqlite_store, key="anew", goal=Goal(0.4))

    def test_a_queue_that_has_the_name_stays(self, sqlite_store: Store):
        begin(sqlite_store)
        fewer = strata_of(MEMBERS[:30])
        certifying.begin(
            sqlite_store, KIM, "main", fewer, GOAL, seed=0, form="1", count=3, key="fewer"
        )
        other = certifying.certification_of(sqlite_store, IDS[:30])
        assert other is not None
        assert other.queue == "certificate main 2"
        assert [one.certification.queue for one in proofs(sqlite_store)] == [
            "certificate main",
            "certificate main 2",
        ]

    def test_nobody_can_undo_it_or_set_it_again(self, sqlite_store: Store):
        saved = begin(sqlite_store)
        slot = Slot("certificate", "", "1", SUBSET)
        with pytest.raises(BadSetting, match="This cannot be undone"):
            sqlite_store.undo(ADA, slot, target=saved.seq, key="u")


class TestDraw:
    def test_more_are_drawn_where_the_answers_point(self, store: Store, form: Form):
        begin(store)
        review_all(store, form, bad=certification(store).draws[0].sample)
        certifying.draw(store, KIM, SUBSET, count=5, version=1, key="d")
        drawn = certification(store)
        assert (drawn.version, len(drawn.draws)) == (2, 11)
        assert len({draw.sample for draw in drawn.draws}) == 11
        assert drawn.draws[6].chances != drawn.draws[0].chances
        tasks = queue.claim(store, ANN, drawn.queue, ahead=20)
        assert [task.sample for task in tasks] == [draw.sample for draw in drawn.draws[6:]]
        assert check_store(store) == []

    def test_a_repeated_request_keeps_what_was_drawn(self, store: Store, form: Form):
        begin(store)
        first = certifying.draw(store, KIM, SUBSET, count=5, version=1, key="d")
        review_all(store, form)
        head = reading.log_head(store)
        again = certifying.draw(store, KIM, SUBSET, count=5, version=1, key="d")
        assert (again.seq, again.repeated) == (first.seq, True)
        for count, version in ((6, 1), (5, 2)):
            with pytest.raises(Conflict, match="key was used for another one"):
                certifying.draw(store, KIM, SUBSET, count=count, version=version, key="d")
        assert reading.log_head(store) == head

    @pytest.mark.parametrize("version", [0, 1, 3])
    def test_who_saw_something_else_draws_nothing(self, sqlite_store: Store, version: int):
        begin(sqlite_store)
        certifying.draw(sqlite_store, KIM, SUBSET, count=5, version=1, key="d")
        head = reading.log_head(sqlite_store)
        with pytest.raises(Conflict, match=rf"changed meanwhile \(version 2, you saw {version}\)"):
            certifying.draw(sqlite_store, ADA, SUBSET, count=5, version=version, key="e")
        assert reading.log_head(sqlite_store) == head

    def test_it_ends_with_the_samples(self, sqlite_store: Store):
        with pytest.raises(NotFound, match="no such certificate"):
            certifying.draw(sqlite_store, KIM, SUBSET, count=5, version=1, key="d")
        begin(sqlite_store, count=38)
        certifying.draw(sqlite_store, KIM, SUBSET, count=5, version=1, key="e")
        assert len(certification(sqlite_store).draws) == 40
        with pytest.raises(BadSetting, match="Every sample of this certificate was drawn"):
            certifying.draw(sqlite_store, KIM, SUBSET, count=5, version=2, key="f")


class TestState:
    def test_answers_are_the_verdicts_in_the_log(self, sqlite_store: Store, form: Form):
        begin(sqlite_store, count=10)
        draws = certification(sqlite_store).draws
        for draw in draws[:6]:
            rate(sqlite_store, form, ANN, draw.sample, verdict="accept", level=4)
        rate(sqlite_store, form, ANN, draws[9].sample)
        bad = [draw.bad for draw in answered(certification(sqlite_store), found(sqlite_store))]
        assert bad == [False] * 6 + [None] * 3 + [True]
        says = state(certification(sqlite_store), found(sqlite_store))
        assert (says.reviewed, says.waiting, says.samples) == (6, 1, 40)

    def test_reviewing_reaches_the_goal(self, sqlite_store: Store, form: Form):
        begin(sqlite_store, goal=Goal(0.1))
        review_all(sqlite_store, form)
        while not state(certification(sqlite_store), found(sqlite_store)).reached:
            seen = certification(sqlite_store).version
            certifying.draw(sqlite_store, KIM, SUBSET, count=8, version=seen, key=f"d{seen}")
            review_all(sqlite_store, form)
        assert len(certification(sqlite_store).draws) <= 40
        assert state(certification(sqlite_store), found(sqlite_store)).share <= 0.1


class TestProof:
    @pytest.fixture
    def worked(self, store: Store, form: Form) -> Store:
        """Two batches; verdicts changed, settled and undone before and after the second."""
        begin(store)
        first = certification(store).draws
        review_all(store, form, bad=first[1].sample)
        rate(store, form, BEN, first[2].sample, key="second rater")
        store.adjudicate(EVE, first[2].sample, answer("accept", 4), form=form, version=0, key="a")
        certifying.draw(store, KIM, SUBSET, count=5, version=1, key="d")
        rate(store, form, ANN, first[0].sample, version=1, key="changed")
        mine = own_entry(store, ANN, "verdict", first[1].sample, "1")
        assert mine.undo_target is not None
        store.undo(ANN, mine.slot, target=mine.undo_target, key="undone")
        certifying.draw(store, KIM, SUBSET, count=5, version=2, key="e")
        return store

    def test_the_log_alone_says_what_the_store_says(self, worked: Store):
        (proof,) = proofs(worked)
        assert proof.certification == certification(worked)
        assert proof.says == state(certification(worked), found(worked))
        assert (proof.says.reviewed, proof.breaks) == (1, ())

    def test_a_backup_brings_it_back(self, worked: Store, tmp_path: Path):
        head = backup(worked, tmp_path / "b.jsonl")
        other = open_store(create_study(tmp_path / "other"))
        assert restore(other, ADA, tmp_path / "b.jsonl") == head
        assert certification(other) == certification(worked)
        assert proofs(other) == proofs(worked)
        assert check_store(other, exported=head) == []
        certifying.draw(other, KIM, SUBSET, count=2, version=3, key="f")
        other.close()

    def test_chosen_samples_are_found_out(self, worked: Store):
        """Somebody writes draws of their own, past the functions, with a whole chain."""
        draws = certification(worked).draws
        taken = {draw.sample for draw in draws}
        wished = next(id for id in STRATA["Q1, a"] if id not in taken)
        value = {"asked": 1, "draws": [[wished, "Q1, a", list(draws[0].chances)]]}
        slot = Slot("certificate", "", "4", SUBSET)

        def work(ledger: Ledger) -> None:
            ledger.set(slot, value, version=0, key="forged")

        worked.change(KIM, work)
        assert check_store(worked) == []
        (proof,) = proofs(worked)
        assert [one.row for one in proof.breaks] == [reading.log_head(worked).seq]
        assert proof.breaks[0].what == "The draws do not follow from the seed and the answers"

    def test_other_chances_are_found_out(self, sqlite_store: Store):
        begin(sqlite_store)
        events = reading.log(sqlite_store, ADA)
        (begun,) = [event for event in events if event.slot.kind == "certificate"]
        assert begun.value is not None
        begun.value["draws"][0][2][0] += 0.01
        assert "do not follow" in prove(events)[0].breaks[0].what
        begun.value["draws"][0][2][0] -= 0.01
        assert prove(events)[0].breaks == ()
        begun.value["strata"]["Q1, a"][0] = "other"
        assert "not about the samples that name it" in prove(events)[0].breaks[0].what

    def test_the_command_line_says_so(self, sqlite_store: Store, form: Form):
        folder = Path(str(sqlite_store.database.url.database)).parent

        def run(*words: str):
            return CliRunner().invoke(app, ["audit", *words, "--study", str(folder)])

        assert "There is no certificate" in run("certificate").output
        begin(sqlite_store)
        review_all(sqlite_store, form)
        shown = run("certificate").output
        assert "main: At most " in shown
        assert "drawn again from the log: the same" in shown
        (one,) = json.loads(run("certificate", "--json").output)["certificates"]
        assert (one["reviewed"], one["drawn"], one["seed"], one["breaks"]) == (6, 6, 5, [])
        assert run("verify").exit_code == 0
        seq, end = self._forged(folder / "review.db")
        result = run("certificate")
        assert result.exit_code == 2
        assert f"row {seq}: The draws do not follow" in result.output
        assert end

    def _forged(self, path: Path) -> tuple[int, bytes]:
        """Exchange the seed, and rewrite the whole chain after it."""
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            raw.execute("DROP TRIGGER events_no_update")
            rows = raw.execute("SELECT seq, payload FROM events ORDER BY seq").fetchall()
            end, forged = bytes(32), 0
            for seq, payload in rows:
                changed = payload.replace(b'"seed":5,"selection"', b'"seed":6,"selection"')
                forged = seq if changed != payload else forged
                previous, end = end, chained(end, changed)
                raw.execute(
                    "UPDATE events SET payload = ?, previous = ?, hash = ? WHERE seq = ?",
                    (changed, previous, end, seq),
                )
            raw.execute("UPDATE head SET hash = ?", (end,))
        return forged, end
