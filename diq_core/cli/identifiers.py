"""Verbs about patients' identifiers in a dataset: identifiers, identifiers decide, log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from diq_core.artefact import Artefact
from diq_core.cli.common import DatasetOption, JsonOption, StudyOption, say
from diq_core.cli.who import AsOption
from diq_core.data.text import visible
from diq_core.errors import BadSetting
from diq_core.privacy.identifier import WORDS
from diq_core.stages.deciding import Listed
from diq_core.study import open_study

app = typer.Typer()
identifiers = typer.Typer(
    help="What may tell who a patient is: what was found in a dataset, and what people decided."
)
app.add_typer(identifiers, name="identifiers")
KindOption = Annotated[
    str | None, typer.Option("--kind", help=f"One class of findings: {', '.join(WORDS)}.")
]
FindingOption = Annotated[
    list[int] | None,
    typer.Option("--finding", help="Number of a finding, as 'diq identifiers --show' lists it; "
                 "may be repeated."),
]  # fmt: skip


@identifiers.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    study: Annotated[
        Path | None, typer.Option("--study", "-s", help="The study's folder.", show_default=False)
    ] = None,
    dataset: DatasetOption = None,
    kind: KindOption = None,
    show_text: Annotated[
        bool, typer.Option("--show", help="List each finding with the words around it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List what may tell who a patient is, by class; with a verb, decide about it."""
    from diq_core.stages import deciding, identifier_log

    if context.invoked_subcommand is not None:
        return
    if study is None:
        raise BadSetting("No study is named", which="--study", todo="name the study's folder")
    opened = open_study(study)
    found = opened.find("dataset", dataset)
    rows = deciding.listed(opened, found, deciding.findings_of(found))
    if kind is not None:
        rows = deciding.chosen(rows, kind, ())
    counts = deciding.by_class(rows)
    lines = [f"{sum(each.values()):6}  {WORDS[name]}: {_standings(each)}"
             for name, each in counts.items()]  # fmt: skip
    lines += _in_context(found, rows) if show_text else []
    elsewhere = identifier_log.foreign(opened)
    if elsewhere:
        lines.append(f"{elsewhere} decisions were made under another machine's secret and do not "
                     "count here; see DIQ_SECRET_FILE.")  # fmt: skip
    result = {
        "path": str(study), "dataset": found.name, "decisions_elsewhere": elsewhere,
        "classes": {name: dict(each) for name, each in counts.items()},
    }  # fmt: skip
    say(as_json, result, "\n".join(lines) or "Nothing was found that may tell who a patient is.")


@identifiers.command()
def decide(
    ruling: Annotated[
        Literal["none", "identifier"],
        typer.Argument(help="none = it is no identifier; identifier = it is one: leave it out."),
    ],
    study: StudyOption,
    role: Annotated[str, typer.Option(help="In which role you decide.")],
    reason: Annotated[str, typer.Option(help="Why, without names, dates and numbers.")],
    dataset: DatasetOption = None,
    kind: KindOption = None,
    finding: FindingOption = None,
    as_: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say of a class, or of single findings, whether they are identifiers; it is kept in the log.

    It counts for equal texts in later imports and exports of this study.
    """
    from diq_core.stages import deciding
    from diq_core.stages.identifier_log import Answerable

    opened = open_study(study)
    found = opened.find("dataset", dataset)
    rows = deciding.listed(opened, found, deciding.findings_of(found))
    about = deciding.chosen(rows, kind, finding or ())
    who = Answerable(role, reason, as_ or "")
    number = deciding.decide(opened, found, about, ruling, who)
    said = "no identifiers" if ruling == "none" else "identifiers"
    again = f"To use it, import the file again: diq dataset FILE --study {study} --name NAME"
    say(as_json, {"decided": number, "ruling": ruling},
        f"{number} findings are {said}. {again}")  # fmt: skip


@identifiers.command()
def log(study: StudyOption, as_json: JsonOption = False) -> None:
    """List what people decided about findings, and what they let pass; no found text is in it."""
    from diq_core.stages import identifier_log

    entries = identifier_log.entries(open_study(study))
    lines = [
        f"{each['number']:4}  {each['at']}  {visible(each['by'])}, {visible(each['role'])}: "
        f"{_said(each)} ({visible(each['reason'])})"
        for each in entries
    ]
    say(as_json, {"entries": entries}, "\n".join(lines) or "Nothing was decided yet.")


def _said(entry: Any) -> str:
    if entry["entry"] == "release":
        counts = ", ".join(f"{WORDS.get(kind, kind)} {n}" for kind, n in entry["open"].items())
        return f"let pass at the {entry['door']} {visible(entry['what'])}: {counts}"
    what = "no identifier" if entry["ruling"] == "none" else "an identifier"
    kind = entry["kind"]
    return f"{len(entry['digests'])} × {WORDS.get(kind, visible(kind))}: {what}"


_STANDINGS = {
    "open": "not decided, left out", "doubtful": "only likely, in use", "none": "no identifier",
    "identifier": "an identifier",
}  # fmt: skip


def _standings(counts: Any) -> str:
    return ", ".join(f"{counts[each]} {words}" for each, words in _STANDINGS.items()
                     if counts[each])  # fmt: skip


def _in_context(dataset: Artefact, rows: Sequence[Listed]) -> list[str]:
    from diq_core.stages import deciding

    samples = deciding.samples_of(dataset, {each.finding.id for each in rows})
    lines = []
    for each in rows:
        seen = deciding.in_context(samples[each.finding.id], each.finding)
        text = f"{seen.before}⟦{seen.found}⟧{seen.after}" if not seen.image else seen.image
        lines.append(
            f"{each.number:5}  {each.finding.what.kind:9} {_STANDINGS[each.standing]:22} "
            f"{visible(each.finding.id)}, {visible(seen.place)}: {visible(' '.join(text.split()))}"
        )
    return lines
