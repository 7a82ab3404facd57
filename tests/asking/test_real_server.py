"""Our client and our judge against a real server: ``transformers serve`` with a tiny random model.

The model talks nonsense, so no reply is a rating: each is missing with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from diq_core.asking.asker import GIVE_UP
from diq_core.asking.completion import Sampling
from diq_core.asking.endpoint import Endpoint, EndpointFailed
from diq_core.cli import app
from diq_core.config import JudgeSettings
from diq_core.quality.text import conclusion
from diq_core.review.queue.progress import queues
from diq_core.review.store.changes import open_store
from diq_core.review.store.checking import check_store
from diq_core.review.store.reading import judgements
from diq_core.stages.judge import judge_order
from diq_core.stages.judge_report import as_text, judge_report
from diq_core.stages.quality import load_results
from diq_core.study import create_study
from tests.stages.test_reflection import study_of
from tests.support.kept import states_of
from tests.support.reviews import ADA
from tests.support.served_model import Served, save_tiny, transformers_serve
from tests.support.studies import RELEASE, full_study
from tests.support.teacher import sample
from tests.support.tiny import tiny_llama, tiny_tokenizer
from tests.support.written import add_written, write_questions

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("served")]
ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is next?"}]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with transformers_serve(save_tiny(tmp_path_factory.mktemp("models") / "tiny")) as server:
        yield server


def test_the_reply_is_what_the_model_itself_writes(served: Served) -> None:
    with Endpoint(served.url) as endpoint:
        reply = endpoint.ask(served.model, ASKED, Sampling(max_tokens=24))
    tokenizer, model = tiny_tokenizer(), tiny_llama()
    prompt = tokenizer.apply_chat_template(ASKED, add_generation_prompt=True, return_tensors="pt")
    ids = model.generate(**prompt, do_sample=False, max_new_tokens=24)[0]
    written = ids[prompt["input_ids"].shape[1] :]
    assert reply.text == tokenizer.decode(written, skip_special_tokens=True)
    assert reply.tokens == len(written)
    assert reply.whole == (len(written) < 24)
    assert reply.model.startswith(served.model)


def test_a_seed_repeats_what_is_drawn(served: Served) -> None:
    with Endpoint(served.url) as endpoint:
        said = [
            endpoint.ask(served.model, ASKED, Sampling(1.5, seed, 24)).text for seed in (1, 1, 2)
        ]
    assert said[0] == said[1] != said[2]


def test_another_models_name_is_refused_and_named_as_the_cause(
    served: Served, tmp_path: Path
) -> None:
    study = full_study(tmp_path / "study", samples=30)
    settings = JudgeSettings(endpoint=served.url, model="another", **RELEASE)
    done = CliRunner().invoke(app, [*judge_order("main", settings).command(study), "--as", "Ada"])
    assert isinstance(done.exception, EndpointFailed)
    said = str(done.exception)
    assert said.startswith(f"{GIVE_UP} requests in a row got no reply; the last one: The endpoint")
    assert "refused this request (400)" in said
    assert "the model's name" in said


def test_a_judge_that_talks_nonsense_gives_no_rating_and_nothing_is_lost(
    served: Served, tmp_path: Path
) -> None:
    study = full_study(tmp_path / "study", samples=30)
    settings = JudgeSettings(
        endpoint=served.url, model=served.model, limit=4, max_tokens=32, **RELEASE
    )
    done = CliRunner().invoke(
        app, [*judge_order("main", settings).command(study), "--as", "Ada", "--json"]
    )
    assert done.exit_code == 0, done.output
    assert '"judged": 0, "missing": 4' in done.output
    report = judge_report(study, ADA)
    (judge,) = report["judges"]
    assert (judge["verdicts"], judge["may_use"]) == (0, False)
    assert sum(judge["missing"].values()) == 4
    assert set(judge["missing"]) <= {
        "the reply was cut off at its longest length", "the reply holds no JSON",
        "the reply is empty", "the reply is not readable as JSON",
    }  # fmt: skip
    said = as_text(report)
    assert f"'machine:{served.model}': 0 verdicts, 4 missing" in said
    assert all(reason in said for reason in judge["missing"])
    store = open_store(study)
    try:
        assert judgements(store, ADA, "verdict") == []
        ((name, queue),) = queues(store).items()
        assert (queue.tasks, states_of(store, name)) == (4, {"skipped": 4})
        assert check_store(store) == []
    finally:
        store.close()


def test_a_teacher_that_talks_nonsense_loses_every_chain_and_each_says_why(
    served: Served, tmp_path: Path
) -> None:
    study = study_of(tmp_path, [sample("at once"), sample("never")])
    command = ["reflect", "--study", str(study.path), "--endpoint", served.url, "--model",
               served.model, "--max-tokens", "16", "--attempts", "1", "--json"]  # fmt: skip
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    results = json.loads(done.output)["results"]
    assert (results["accepted"], results["branches"]) == (0, {"unread": 2})
    made = study.find("reflection", "reflected")
    reasons = pq.read_table(made.path / "attempts.parquet")["reason"].to_pylist()
    assert len(reasons) == 2
    assert all(reason.startswith("the reply") for reason in reasons)
    assert results["cost"]["teacher"]["not_counted"] == 0
    assert [each.name for each in study.artefacts("dataset")] == ["main"]


def test_pairs_before_a_judge_that_talks_nonsense_conclude_nothing(
    served: Served, tmp_path: Path
) -> None:
    study, questions = create_study(tmp_path / "study"), write_questions(tmp_path, 3)
    add_written(study, "tuned", questions, ["Rest.", "Fluids.", "Wait."])
    add_written(study, "base", questions, ["A"] * 3)
    where = ["--study", str(study.path), "--json"]
    pair = ["pair", "--first", "tuned", "--second", "base", "--benchmark", str(questions)]
    judge = ["judge", "--endpoint", served.url, "--model", served.model, "--max-tokens", "16",
             "--no-scales"]  # fmt: skip
    for command in (pair, judge):
        done = CliRunner().invoke(app, ["quality", *command, *where])
        assert done.exit_code == 0, done.output
    found = load_results(study.find("quality"))
    assert (found["replies"]["asked"], found["replies"]["read"]) == (6, 0)
    assert sum(found["replies"]["missing"].values()) == 6
    assert found["preference"]["overall"]["share"]["value"] is None
    assert found["judge"]["reported_models"] == [f"{served.model}@main"]
    assert conclusion(found) == "Nothing can be concluded: no question was judged"
