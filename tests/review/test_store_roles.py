"""Every changing function asks on the server for the role; nothing is saved without it."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from diq_core.errors import BadSetting
from diq_core.review.certificate import draws as certifying
from diq_core.review.certificate.certify import Goal
from diq_core.review.certificate.state import subset_of
from diq_core.review.form.answer import Criterion
from diq_core.review.form.form import Form
from diq_core.review.form.gate import Gate
from diq_core.review.log.events import Slot
from diq_core.review.queue import claiming as queue
from diq_core.review.queue import pairs
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.refusals import NotAllowed
from diq_core.review.store import backup, choosing, reading
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.roles import PERMISSIONS, ROLES, Action, Actor, Role
from diq_core.study import Study, create_study
from tests.support.reviews import ADA, ANN, answer, rate

Call = Callable[[Store, Actor, Form], Any]
QUEUE = QueueSettings("q", "1")
NEW = {"version": 0, "key": "new"}
BEGUN = subset_of(["x", "y"])
TASK = queue.Task("pairs", "p", ("x", "y"), True, 0, 0.0)


def _undo_others(store: Store, actor: Actor, form: Form) -> Any:
    return store.undo(actor, Slot("verdict", "Dr Ann", "rated", "1"), target=2, key="new")


def _restore(store: Store, actor: Actor, form: Form) -> Any:
    file = Path(str(store.database.url.database)).with_name("backup.jsonl")
    if not file.exists():
        backup.backup(store, file)
    with suppress(BadSetting):
        # Permitted; that the store must be empty is another matter.
        backup.restore(store, actor, file)


FUNCTIONS: dict[str, tuple[Action, Call]] = {
    "Store.submit": ("review", lambda s, a, f: s.submit(a, "s", answer(), form=f, **NEW)),
    "Store.edit": (
        "review", lambda s, a, _: s.edit(a, "s", "answer", original="", text="x", **NEW)
    ),
    "Store.save_draft": ("review", lambda s, a, _: s.save_draft(a, "s", {}, form="1", version=0)),
    "Store.undo": ("undo_for_others", _undo_others),
    "Store.adjudicate": (
        "adjudicate", lambda s, a, f: s.adjudicate(a, "s", answer(), form=f, **NEW)
    ),
    "Store.set_manual": ("curate", lambda s, a, _: s.set_manual(a, "s", "in", why="x", **NEW)),
    "Store.add_criterion": (
        "curate", lambda s, a, _: s.add_criterion(a, "s", Criterion("k", "t", 1), **NEW)
    ),
    "Store.set_gate": ("plan", lambda s, a, f: s.set_gate(a, Gate(0.6), form=f, **NEW)),
    "Store.grant": ("grant", lambda s, a, _: s.grant(a, "Zed", "admin", **NEW)),
    "choosing.choose": (
        "curate", lambda s, a, _: choosing.choose(s, a, {"x": "in", "y": "out"}, why="x", **NEW)
    ),
    "claiming.plan": ("plan", lambda s, a, _: queue.plan(s, a, "new", [], QUEUE, key="new")),
    "claiming.extend": ("plan", lambda s, a, _: queue.extend(s, a, "q", [Item("n")], key="new")),
    "claiming.claim": ("review", lambda s, a, _: queue.claim(s, a, "q")),
    "claiming.skip": ("review", lambda s, a, _: queue.skip(s, a, "q", "held", key="new")),
    "draws.begin": (
        "plan",
        lambda s, a, _: certifying.begin(
            s, a, "main", {"Q1": ["z"]}, Goal(0.1), seed=0, form="1", count=1, key="new"
        ),
    ),
    "draws.draw": (
        "plan", lambda s, a, _: certifying.draw(s, a, BEGUN, count=1, version=1, key="new")
    ),
    "pairs.prefer": (
        "review", lambda s, a, f: pairs.prefer(s, a, TASK, {"preference": "left"}, form=f, **NEW)
    ),
    "backup.restore": ("restore", _restore),
}  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, form: Form) -> Path:
    """A database in which each function of the table could succeed."""
    study = create_study(tmp_path_factory.mktemp("roles") / "study")
    store = open_store(study)
    rate(store, form, ANN, "rated")
    queue.plan(store, ADA, "q", [Item("held")], QueueSettings("q", "1", overlap=9), key="q")
    pair = [Item("p", pair=("x", "y"))]
    queue.plan(store, ADA, "pairs", pair, QueueSettings("pairs", "1"), key="p")
    begun: dict[str, list[str]] = {"Q1": ["x", "y"]}
    certifying.begin(store, ADA, "begun", begun, Goal(0.1), seed=0, form="1", count=1, key="c")
    store.close()
    return study.path


@pytest.fixture
def prepared(template: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of the template: making each anew would take most of the time."""
    shutil.copytree(template, tmp_path / "study")
    store = open_store(Study(tmp_path / "study"))
    yield store
    store.close()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("is_team", [False, True])
def test_every_function_for_every_role(
    prepared: Store, form: Form, name: str, role: Role, is_team: bool
) -> None:
    action, call = FUNCTIONS[name]
    actor = Actor("Some One", role)
    if role in PERMISSIONS["review"]:
        queue.claim(prepared, actor, "q")
    if is_team:
        prepared.grant(ADA, "Ada", "admin", version=0, key="g0")
        prepared.grant(ADA, actor.name, role, version=0, key="g1")
        # Whatever the page claims, what was granted counts.
        actor = Actor(actor.name, "admin")
    before = reading.log_head(prepared)
    if role in PERMISSIONS[action]:
        call(prepared, actor, form)
        return
    with pytest.raises(NotAllowed, match=rf"The role '{role}' may not .*Ask somebody with"):
        call(prepared, actor, form)
    assert reading.log_head(prepared) == before


def test_no_changing_function_is_missing_from_the_table() -> None:
    found = {f"Store.{name}" for name in _with_actor(Store)} - {"Store.change"}
    for module in (queue, pairs, backup, certifying, choosing):
        found |= {f"{module.__name__.rpartition('.')[2]}.{name}" for name in _with_actor(module)}
    assert found == set(FUNCTIONS)


def _with_actor(place: ModuleType | type) -> list[str]:
    return [
        name
        for name, function in inspect.getmembers(place, inspect.isfunction)
        if not name.startswith("_")
        and "actor" in inspect.signature(function).parameters
        and function.__module__ == getattr(place, "__module__", place.__name__)
    ]


def test_somebody_without_a_role_may_do_nothing_in_a_team(prepared: Store, form: Form) -> None:
    prepared.grant(ADA, "Ada", "admin", version=0, key="g")
    for name, (_, call) in FUNCTIONS.items():
        with pytest.raises(NotAllowed, match=r"You have no role in this study"):
            call(prepared, Actor("Stranger", "admin"), form)
        assert name
    assert reading.people(prepared) == {"Ada": "admin"}


def test_the_first_role_given_is_an_admin_and_the_last_admin_stays(sqlite_store: Store) -> None:
    store = sqlite_store
    with pytest.raises(BadSetting, match="Nobody would be left to give roles"):
        store.grant(ADA, "Dr Ann", "reviewer", version=0, key="a")
    store.grant(ADA, "Ada", "admin", version=0, key="b")
    with pytest.raises(BadSetting, match="Nobody would be left to give roles"):
        store.grant(ADA, "Ada", "viewer", version=1, key="c")
    store.grant(ADA, "Eve", "admin", version=0, key="d")
    store.grant(ADA, "Ada", None, version=1, key="e")
    assert reading.role_of(store, ADA) is None
    assert reading.people(store) == {"Eve": "admin"}
    assert not reading.can(store, ADA, "review")


def test_a_role_that_is_none_is_refused() -> None:
    with pytest.raises(BadSetting, match="There is no role 'root'.*viewer, reviewer"):
        Actor("x", "root")  # type: ignore[arg-type]
    with pytest.raises(BadSetting, match="name must have 1 to 300"):
        Actor(" ", "viewer")
