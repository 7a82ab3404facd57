"""A package from outside the tree adds one of each, on the command line and on the pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from diq_core import plugins
from diq_core.files import read_json
from diq_core.study import create_study
from tests.pages.conftest import words
from tests.support.studies import add_dataset, add_difficulty, add_influence, add_selection

EXAMPLE = Path(__file__).resolve().parents[1] / "plugin_example"
ORIGIN = {"package": "diq-example", "version": "0.3.1"}


def install(source: Path, target: Path) -> Path:
    """Install a package into a folder, offline; its metadata lies beside it."""
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
         "--no-build-isolation", "--disable-pip-version-check", "--target", target, source],
        check=True, capture_output=True,
    )  # fmt: skip
    return target


def write_package(
    folder: Path, name: str, code: str, entry_points: dict[str, dict[str, str]]
) -> None:
    """Put a package into a folder as `pip` would, without building it."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for group, points in entry_points.items():
        lines += [f"[{group}]", *(f"{key} = {value}" for key, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (folder / f"{name.replace('-', '_')}.py").write_text(code)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("source")
    for file in EXAMPLE.iterdir():
        if file.is_file():
            (built / file.name).write_bytes(file.read_bytes())
    return install(built, tmp_path_factory.mktemp("site"))


def diq(site: Path, *arguments: str | Path, code: int = 0) -> str:
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "diq_core", *map(str, arguments)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def flashcards(path: Path) -> Path:
    topics = ("heart", "lung", "liver", "kidney", "skin", "bone")
    rows = [{"front": f"What helps the {t} after {n} days?", "back": f"Rest {t}."}
            for n, t in enumerate(topics, 10)]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def facts(study: Path, place: str) -> dict[str, Any]:
    found: dict[str, Any] = read_json(study / place / "manifest.json")["facts"]
    return found


def test_one_of_each_on_the_command_line_and_in_the_manifests(
    installed: Path, tmp_path: Path
) -> None:
    study = create_study(tmp_path / "study").path
    at = ("--study", study)
    diq(installed, "dataset", flashcards(tmp_path / "cards.jsonl"), *at)
    imported = facts(study, "dataset/main")
    assert imported["format"] == "flashcard"
    assert imported["reason"] == "columns front, back: flashcard layout"
    assert imported["plugins"] == {"format flashcard": ORIGIN}
    diq(installed, "scores", "--measure", "numbers", *at)
    assert facts(study, "scores/numbers")["plugins"] == {"score numbers": ORIGIN}
    assert facts(study, "scores/numbers")["score"]["label"] == "Numbers in the question"
    diq(installed, "select", "--strategy", "by-numbers", "--budget", "2", *at)
    assert "plugins" not in facts(study, "selection/main")
    diq(installed, "export", "--format", "pairs", *at)
    assert facts(study, "export/main")["plugins"] == {"export format pairs": ORIGIN}
    lines = (study / "export/main/train.jsonl").read_text(encoding="utf-8").splitlines()
    assert set(json.loads(lines[0])) == {"id", "ask", "reply"}
    words = diq(Path("nowhere"), "export", "--format", "pairs", "--name", "b", *at, code=2)
    assert "There is no export format 'pairs'" in words


def test_a_strategy_chooses_and_is_named(installed: Path, tmp_path: Path) -> None:
    study = create_study(tmp_path / "study")
    add_influence(study, add_dataset(study))
    diq(installed, "select", "--strategy", "round-robin", "--budget", "3", "--study", study.path)
    assert facts(study.path, "selection/main")["plugins"] == {"strategy round-robin": ORIGIN}
    made = study.find("selection")
    assert made.manifest["counts"]["kept"] == 3
    words = diq(Path("nowhere"), "select", "--strategy", "round-robin", "--name", "b",
                "--study", study.path, code=2)  # fmt: skip
    assert "There is no strategy 'round-robin'. Use one of: diq," in words


@pytest.mark.parametrize(
    ("verb", "word"),
    [("select", "round-robin"), ("dataset", "flashcard"), ("export", "pairs"),
     ("scores", "numbers")],
)  # fmt: skip
def test_the_help_names_them(installed: Path, verb: str, word: str) -> None:
    assert f"From installed packages: {word}." in " ".join(
        diq(installed, verb, "--help").replace("│", " ").split()
    )


@pytest.fixture
def on_path(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a folder of packages on the path of this process, and take it off again."""

    def put(folder: Path) -> None:
        for module in folder.glob("*.py"):
            monkeypatch.delitem(sys.modules, module.stem, raising=False)
        monkeypatch.syspath_prepend(str(folder))
        plugins.forget()

    yield put
    monkeypatch.undo()
    plugins.forget()


def labels(app: Any, kind: str) -> Sequence[str]:
    return [option for box in getattr(app, kind) for option in box.options]


def test_they_are_offered_on_the_pages(
    installed: Path, on_path: Any, workspace: Path, open_page: Any
) -> None:
    on_path(installed)
    study = create_study(workspace / "demo")
    dataset = add_dataset(study)
    difficulty, influence = add_difficulty(study, dataset), add_influence(study, dataset)
    add_selection(study, dataset, difficulty, influence)
    assert "Round of sources" in labels(open_page("pages/4_explore.py"), "selectbox")
    assert "Pairs" in labels(open_page("pages/6_export.py"), "radio")
    explore = open_page("pages/4_explore.py", strategy="round-robin")
    assert not explore.exception
    assert explore.selectbox(key="explore:strategy").value == "round-robin"
    assert "**4 samples** are kept under a name" in words(explore)


BROKEN = {
    "import os\nraise RuntimeError('no GPU here\\nsecond line')\n":
        "it cannot be loaded, RuntimeError: no GPU here.",
    "THING = 7\n": "broken_one:THING is no Strategy but a int.",
    "raise SystemExit(3)\n": "it cannot be loaded, SystemExit: 3.",
    "from diq_core.selection.strategies import STRATEGIES\nTHING = STRATEGIES['random']\n":
        "broken_one:THING calls itself 'random'.",
}  # fmt: skip


@pytest.mark.parametrize(("code", "why"), list(BROKEN.items()))
def test_a_broken_one_is_a_sentence_and_takes_nothing_with_it(
    tmp_path: Path, on_path: Any, workspace: Path, open_page: Any, code: str, why: str
) -> None:
    site = tmp_path / "site"
    write_package(site, "broken-one", code, {"diq.strategies": {"coin": "broken_one:THING"}})
    start = "The strategy 'coin' of the package broken-one 1.0 is left out: "
    study = create_study(workspace / "demo")
    add_influence(study, add_dataset(study))
    at = ("--study", study.path)
    words = diq(site, "select", "--strategy", "coin", *at, code=2)
    assert f"There is no strategy 'coin': {start}{why}"[:-1] in words
    assert "Traceback" not in words
    diq(site, "select", "--strategy", "random", *at)
    assert f"{start}{why}" in diq(site, "status", *at)
    on_path(site)
    app = open_page("pages/4_explore.py")
    assert not app.exception
    assert "Random" in labels(app, "selectbox")
    assert any(f"{start}{why}" in str(box.value) for box in app.caption)


def test_a_name_that_is_built_in_is_not_taken_over(tmp_path: Path, on_path: Any) -> None:
    from diq_core.selection import strategies as ours

    points = {"diq.strategies": {"diq": "other:THING", "by-me": "other:THING"}}
    write_package(tmp_path, "other", "THING = 1\n", points)
    on_path(tmp_path)
    assert ours.find_strategy("diq") is ours.STRATEGIES["diq"]
    assert plugins.problems(ours.PLUGINS) == [
        "The strategy 'by-me' of the package other 1.0 is left out: a name may not begin with "
        "'by-'.",
        "The strategy 'diq' of the package other 1.0 is left out: this name is built in.",
    ]


FAILING = """
from dataclasses import replace
from diq_core.selection.strategies import STRATEGIES
def rank(pool, quadrant, knobs):
    return 1 / 0
THING = replace(STRATEGIES["random"], name="coin", label="Coin", rank=rank)
"""


def test_one_that_fails_while_it_runs_is_named(
    tmp_path: Path, on_path: Any, workspace: Path, open_page: Any
) -> None:
    site = tmp_path / "site"
    write_package(site, "failing", FAILING, {"diq.strategies": {"coin": "failing:THING"}})
    study = create_study(workspace / "demo")
    add_influence(study, add_dataset(study))
    told = diq(site, "select", "--strategy", "coin", "--study", study.path, code=2)
    message = "The strategy 'coin' of the package failing 1.0 failed, ZeroDivisionError: division"
    assert message in told
    on_path(site)
    app = open_page("pages/4_explore.py", strategy="coin")
    assert not app.exception
    assert message in unescape(words(app))
