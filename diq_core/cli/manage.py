"""Verbs about what was made already: delete, restore, rename, archive, duplicate, empty-trash."""

from __future__ import annotations

from typing import Annotated

import typer

from diq_core.artefact import Artefact
from diq_core.cli.common import JsonOption, StudyOption, say
from diq_core.errors import BadSetting
from diq_core.kinds import ARTEFACTS, Kind
from diq_core.study import Study, open_study

app = typer.Typer()
KindArgument = Annotated[
    str, typer.Argument(metavar="KIND", help=f"What kind of thing it is: {', '.join(ARTEFACTS)}.")
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")]
NewArgument = Annotated[str, typer.Argument(metavar="NEW", help="The new name; it must be free.")]


@app.command()
def delete(
    kind: KindArgument,
    name: NameArgument,
    study: StudyOption,
    with_dependants: Annotated[
        bool, typer.Option("--with-dependants", help="Delete everything that rests on it, too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Move an artefact into the study's trash; 'diq restore' brings it back.

    What others rest on is kept, and they are named. A job that makes or reads it must end first.
    """
    from diq_core.managing import trash

    gone = trash.delete(open_study(study), _kind(kind), name, with_dependants=with_dependants)
    lines = [f"deleted: {one.title}" for one in gone.things]
    lines.append(f"To undo it: diq restore {kind} {name} --study {study}")
    result = {"deleted": [one.path for one in gone.things], "number": gone.number}
    say(as_json, result, "\n".join(lines))


@app.command()
def restore(
    study: StudyOption,
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="Left out: list all.")] = None,
    name: Annotated[str | None, typer.Argument(metavar="NAME")] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring back what was archived or deleted; without a name, list what there is.

    What went in one deletion comes back together.
    """
    from diq_core.managing import changes, trash

    opened = open_study(study)
    if kind is None or name is None:
        if kind is not None:
            raise BadSetting("No name is given", which=kind, todo="name what comes back, too")
        _list(opened, as_json)
        return
    asked = _kind(kind)
    if any(one.name == name for one in _archived(opened, asked)):
        changes.bring_back(opened, asked, name)
        paths = [f"{asked}/{name}"]
    else:
        deleted = trash.find_deleted(opened, asked, name)
        paths = [one.path for one in trash.restore(opened, deleted)]
    say(as_json, {"restored": paths}, "\n".join(f"restored: {path}" for path in paths))


@app.command()
def rename(
    kind: KindArgument,
    name: NameArgument,
    new: NewArgument,
    study: StudyOption,
    as_json: JsonOption = False,
) -> None:
    """Give an artefact another name; what was made of it still finds it, by its digest."""
    from diq_core.managing import changes

    renamed = changes.rename(open_study(study), _kind(kind), name, new)
    say(as_json, {"path": str(study / renamed.path)}, f"{kind} '{name}' is now '{new}'")


@app.command()
def archive(
    kind: KindArgument, name: NameArgument, study: StudyOption, as_json: JsonOption = False
) -> None:
    """Put an artefact aside: nothing offers it any more, and what rests on it still finds it."""
    from diq_core.managing import changes

    aside = changes.archive(open_study(study), _kind(kind), name)
    text = f"{kind} '{name}' is archived\nTo undo it: diq restore {kind} {name} --study {study}"
    say(as_json, {"path": str(aside.path)}, text)


@app.command()
def duplicate(
    kind: KindArgument,
    name: NameArgument,
    new: NewArgument,
    study: StudyOption,
    as_json: JsonOption = False,
) -> None:
    """Copy an artefact under another name, byte by byte; each can stand for the other."""
    from diq_core.managing import changes

    copy = changes.duplicate(open_study(study), _kind(kind), name, new)
    say(as_json, {"path": str(copy.path), "digest": copy.digest}, f"{kind} '{new}'\n{copy.path}")


@app.command("empty-trash")
def empty_trash(study: StudyOption, as_json: JsonOption = False) -> None:
    """Remove for good everything that was deleted."""
    from diq_core.managing import trash

    size = trash.empty(open_study(study))
    say(as_json, {"bytes": size}, f"{size:,} bytes are free again.")


def _list(study: Study, as_json: bool) -> None:
    from diq_core.managing import trash

    aside = [f"{kind}/{one.name}" for kind in ARTEFACTS for one in _archived(study, kind)]
    gone = trash.deletions(study)
    lines = [f"archived  {path}" for path in aside] + [f"deleted   {one.title}" for one in gone]
    result = {
        "archived": aside,
        "deleted": [
            {"number": one.number, "at": one.at, "things": [each.path for each in one.things]}
            for one in gone
        ],
    }
    say(as_json, result, "\n".join(lines) or "Nothing was archived or deleted.")


def _archived(study: Study, kind: Kind) -> list[Artefact]:
    return [one for one in study.all_artefacts(kind) if one.is_archived]


def _kind(text: str) -> Kind:
    if text not in ARTEFACTS:
        raise BadSetting(
            "There is no such kind", which=text[:60], todo=f"use one of {', '.join(ARTEFACTS)}"
        )
    return text
