"""A language model as a further rater: have it judge, and see how far it agrees with people."""

from __future__ import annotations

import sys
import uuid
from dataclasses import asdict
from typing import Annotated, cast

import typer

from diq_core.cli.common import JsonOption, StudyOption, draw, say
from diq_core.cli.verb import Call
from diq_core.cli.who import AsOption, actor
from diq_core.config import JudgeSettings
from diq_core.jobs.running import running
from diq_core.study import open_study

SelectionOption = Annotated[
    str | None, typer.Option(help="Which selection; default: the only one, or 'main'.")
]


def judge(call: Call[JudgeSettings], selection: str | None, as_: str | None) -> None:
    """Have a language model review a selection by the same form, marked as a machine.

    What it has judged before is not asked again, so the same command continues a broken run.
    """
    from diq_core.asking.allowed import require_allowed
    from diq_core.stages import judge as judging
    from diq_core.stages.identifier_log import answerable

    # The job's record names the address: no password may get that far.
    require_allowed(call.values["endpoint"])
    settings, study = call.settings, call.study
    # Nor may a name in the reason.
    answerable(settings.release_role, settings.release_reason)
    chosen = study.find("selection", selection)
    watch = None if call.as_json or not sys.stderr.isatty() else draw
    order = call.order(judging.job_name(settings.model))
    with running(study, order, watch=watch) as progress:
        counts = judging.run(study, chosen, settings, progress, person=actor(as_))
        result = {"judge": f"machine:{settings.model}", "counts": counts}
        progress.end("done", result=result)
    text = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in counts.items())
    say(call.as_json, result, f"machine:{settings.model}: {text}")


def judge_report(
    study: StudyOption,
    selection: SelectionOption = None,
    name: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how far each machine judge agrees with people, and whether it may be used."""
    from diq_core.stages import judge_report as reports

    opened = open_study(study)
    chosen = opened.find("selection", selection) if opened.artefacts("selection") else None
    found = reports.judge_report(opened, actor(name), selection=chosen)
    say(as_json, found, reports.as_text(found))


def judge_gate(
    study: StudyOption,
    threshold: Annotated[
        float, typer.Option(help="Agreement a judge must reach on every scale, e.g. 0.6.")
    ],
    coefficient: Annotated[str, typer.Option(help="gwet or kappa.")] = "gwet",
    fewest: Annotated[int, typer.Option(help="Samples rated by people and judge.")] = 30,
    name: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a machine judge must reach before its ratings may be used; it is logged."""
    from diq_core.review.form.form import load_form
    from diq_core.review.form.gate import Coefficient, Gate
    from diq_core.review.store.changes import open_store
    from diq_core.review.store.reading import study_entry

    gate = Gate(threshold, cast(Coefficient, coefficient), fewest)
    form, store = load_form(), open_store(open_study(study))
    try:
        version = study_entry(store, "gate", "", form.version).register.version
        store.set_gate(actor(name), gate, form=form, version=version, key=uuid.uuid4().hex)
    finally:
        store.close()
    say(as_json, asdict(gate), f"{coefficient} of at least {threshold:g}, {fewest} samples")
