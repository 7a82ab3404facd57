"""Verbs about clinicians' reviews: backup, restore, people, grant; check the audit log."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diq_core.cli import judge
from diq_core.cli.common import JsonOption, StudyOption, say
from diq_core.cli.verb import verb
from diq_core.cli.who import AsOption, actor
from diq_core.errors import BadFile
from diq_core.study import open_study

if TYPE_CHECKING:
    from diq_core.review.store.changes import Store

app = typer.Typer()
review = typer.Typer(no_args_is_help=True, help="Clinicians' reviews: backup, restore, roles.")
audit = typer.Typer(no_args_is_help=True, help="The log of every judgement, chained by hash.")
app.add_typer(review, name="review")
app.add_typer(audit, name="audit")
verb(app, "review", group=review)(judge.judge)
review.command("judge-report")(judge.judge_report)
review.command("judge-gate")(judge.judge_gate)


@review.command()
def backup(
    study: StudyOption,
    target: Annotated[
        Path, typer.Argument(help="A new file: name.jsonl (portable), or name.db (exact copy).")
    ],
    as_json: JsonOption = False,
) -> None:
    """Write all reviews to a file while others go on working."""
    from diq_core.review.store import backup as backups

    with _opened(study) as store:
        head = backups.backup(store, target)
    result = {"path": str(target), "events": head.seq, "head": str(head)}
    say(as_json, result, f"{head.seq} events\n{target}\nHead of the log: {head}")


@review.command()
def restore(
    study: StudyOption,
    source: Annotated[Path, typer.Argument(help="A file that 'diq review backup' wrote.")],
    name: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fill the empty review store of a study from a backup, after checking its chain."""
    from diq_core.review.store import backup as backups

    with _opened(study) as store:
        head = backups.restore(store, actor(name), source)
    result = {"path": str(study), "events": head.seq, "head": str(head)}
    say(as_json, result, f"{head.seq} events restored\nHead of the log: {head}")


@review.command()
def grant(
    study: StudyOption,
    person: Annotated[str, typer.Argument(help="Whom.")],
    role: Annotated[
        str, typer.Argument(help="viewer, reviewer, adjudicator, curator, admin, or none.")
    ],
    name: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a person a role. From the first grant on, only people with a role may do anything."""
    from diq_core.review.store import reading
    from diq_core.review.store.roles import checked_role

    given = None if role == "none" else checked_role(role)
    with _opened(study) as store:
        version = reading.study_entry(store, "role", person, "").register.version
        store.grant(actor(name), person, given, version=version, key=uuid.uuid4().hex)
    say(as_json, {"person": person, "role": given}, f"{person!a}: {given or 'no role'}")


@review.command()
def people(study: StudyOption, as_json: JsonOption = False) -> None:
    """List who has which role."""
    from diq_core.review.store import reading

    with _opened(study) as store:
        found = reading.people(store)
    lines = [f"{role:12} {name!a}" for name, role in found.items()]
    nobody = "Nobody was given a role: whoever opens the study is its admin."
    say(as_json, {"people": found}, "\n".join(lines) or nobody)


@audit.command()
def verify(
    study: StudyOption,
    head: Annotated[
        str | None, typer.Option(help="A head written down earlier: NUMBER:HASH.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check that no row of the log was changed, removed or added, and that the state follows."""
    from diq_core.review.log.audit import Head
    from diq_core.review.store.checking import check_store
    from diq_core.review.store.reading import log_head

    exported = Head.parse(head) if head else None
    with _opened(study) as store:
        breaks = check_store(store, exported=exported)
        end = None if breaks else log_head(store)
    found = [{"row": one.row, "what": one.what} for one in breaks]
    if breaks and not as_json:
        lines = "\n".join(f"row {one.row}: {one.what}." for one in breaks[:20])
        raise BadFile(
            f"The audit log does not hold ({len(breaks)} breaks):\n{lines}\n",
            which=str(study),
            todo="keep this database as evidence and restore the last good backup elsewhere",
        )
    # What a broken log says about its end is worth nothing.
    whole = {"events": end.seq, "head": str(end)} if end else {}
    text = f"The log is whole: {end.seq} events\nHead of the log: {end}" if end else ""
    say(as_json, {"whole": not breaks, "breaks": found, **whole}, text)
    if breaks:
        raise typer.Exit(2)


@audit.command("head")
def head_(study: StudyOption, as_json: JsonOption = False) -> None:
    """Print the head of the log; kept elsewhere, it shows later whether the log was rewritten."""
    from diq_core.review.store.reading import log_head

    with _opened(study) as store:
        end = log_head(store)
    say(as_json, {"head": str(end), "events": end.seq}, str(end))


@audit.command()
def certificate(study: StudyOption, name: AsOption = None, as_json: JsonOption = False) -> None:
    """Compute every certificate from the log alone, and make its draws again to check them."""
    from diq_core.review.certificate.replay import prove
    from diq_core.review.store import reading

    with _opened(study) as store:
        proofs = prove(reading.log(store, actor(name), limit=sys.maxsize))
    found = [
        {
            "selection": one.certification.selection,
            "says": one.says.sentence(),
            "reached": one.says.reached,
            "reviewed": one.says.reviewed,
            "drawn": len(one.certification.draws),
            "seed": one.certification.seed,
            "strata": len(one.certification.members),
            "breaks": [{"row": wrong.row, "what": wrong.what} for wrong in one.breaks],
        }
        for one in proofs
    ]
    lines = [
        f"{one['selection']}: {one['says']}.\n  {one['drawn']} drawn with seed {one['seed']} from "
        f"{one['strata']} strata; drawn again from the log: {_again(one['breaks'])}"
        for one in found
    ]
    say(as_json, {"certificates": found}, "\n".join(lines) or "There is no certificate.")
    if any(one.breaks for one in proofs):
        raise typer.Exit(2)


def _again(breaks: Any) -> str:
    return "; ".join(f"row {one['row']}: {one['what']}" for one in breaks) or "the same"


@contextmanager
def _opened(path: Path) -> Iterator[Store]:
    from diq_core.review.store.changes import open_store

    store = open_store(open_study(path))
    try:
        yield store
    finally:
        store.close()
