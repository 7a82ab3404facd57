"""The verb about samples that ask the same: list them, choose among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from diq_core.cli.common import DatasetOption, JsonOption, StudyOption, say
from diq_core.cli.who import AsOption, actor
from diq_core.data.text import visible
from diq_core.errors import BadSetting
from diq_core.study import Study, open_study

if TYPE_CHECKING:
    from diq_core.artefact import Artefact
    from diq_core.review.store.roles import Actor
    from diq_core.stages.choosing import Alike

app = typer.Typer()
_WIDTH = 100


@app.command()
def alike(
    study: StudyOption,
    dataset: DatasetOption = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="Id of a sample that stays; may be repeated.")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="Id of a sample that is left out; may be repeated.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="SCORE",
            help="In every group that contradicts itself and nobody chose in, keep the best by "
            "this score: length, difficulty, influence, or one of your own.",
        ),
    ] = None,
    why: Annotated[str, typer.Option(help="Why; needed for a choice.")] = "",
    name: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List samples that ask the same or nearly the same, or choose which of them stay.

    'diq select' leaves out what was left out; 'diq dataset --as-chosen' also brings in what the
    import had left out.
    """
    from diq_core.stages import choosing

    opened = open_study(study)
    made_of = opened.find("dataset", dataset)
    found = choosing.alike(opened, made_of)
    done = 0
    if keep or leave_out:
        if by:
            raise BadSetting(
                "--by and ids contradict each other", which="alike", todo="give one of them"
            )
        group = _group_of(found, [*(keep or ()), *(leave_out or ())])
        choosing.decide(opened, actor(name), group, keep or (), why=why, leave_out=leave_out or ())
        done = 1
    elif by:
        done = _by_score(opened, made_of, found, by, why, actor(name))
    if done:
        found = choosing.alike(opened, made_of)
    chosen = sum(each.choice is not None for each in found)
    result = {"groups": [_as_dict(each) for each in found], "chosen": chosen, "now": done}
    head = f"{len(found)} groups of samples that ask the same, {chosen} chosen, {done} of them now"
    say(as_json, result, "\n".join([head, *(line for each in found for line in _lines(each))]))


def _group_of(found: list[Alike], ids: list[str]) -> Alike:
    for each in found:
        if set(ids) <= each.contents.keys():
            return each
    raise BadSetting(
        "There is no group of samples that ask the same with all of these",
        which=", ".join(map(visible, ids)),
        todo="see the groups with: diq alike",
    )


def _by_score(
    study: Study, dataset: Artefact, found: list[Alike], by: str, why: str, who: Actor
) -> int:
    from diq_core.stages import choosing

    scores = choosing.scores_for(study, dataset)
    done = 0
    for each in found:
        best = choosing.best_of(scores, each.group.ids, by)
        if best and each.group.contradicts and each.choice is None:
            choosing.decide(study, who, each, [best], why=why)
            done += 1
    return done


def _as_dict(each: Alike) -> dict[str, Any]:
    choice = each.choice
    return {
        "contradicts": each.group.contradicts,
        "samples": each.stays,
        "comes_in": list(each.comes_in),
        "chosen": None if choice is None else {"by": choice.by, "at": choice.at, "why": choice.why},
    }


def _lines(each: Alike) -> list[str]:
    what = "Different answers" if each.group.contradicts else "Nearly the same"
    said = "nobody chose"
    if each.choice:
        said = f"{visible(each.choice.by)} on {each.choice.at[:10]}: {visible(each.choice.why)}"
    lines = [f"{what} ({said})"]
    for sample in each.samples:
        text = visible(" ".join(f"{sample.question} → {sample.answer}".split()))[:_WIDTH]
        lines.append(f"  {each.stays[sample.id]:3} {visible(sample.id)}  {text}")
    if each.comes_in:
        lines.append(f"  comes in with the next import: {', '.join(map(visible, each.comes_in))}")
    return lines
