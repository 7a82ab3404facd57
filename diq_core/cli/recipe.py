"""The verb that orders several pieces of work at once: recipe."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from diq_core import config, options
from diq_core.cli.common import JsonOption, StudyOption, say
from diq_core.config import RecipeSettings
from diq_core.options import shown
from diq_core.study import Study, open_study

app = typer.Typer()
recipe = typer.Typer(no_args_is_help=True, help="Several pieces of work in one order, by a paper.")
app.add_typer(recipe, name="recipe")

_NAME = Annotated[str, typer.Option("--name", "-n", help="Name of its work; steps add endings.")]
_DRY = Annotated[
    bool, typer.Option("--dry-run", help="Only print the orders, and what of them is ours.")
]


def infimed(study: Path, name: str, dry_run: bool, as_json: bool, **typed: Any) -> None:
    """Mix, fine-tune, then reinforce, as InfiMed does: each step an order in the study's queue.

    Begun again with the same options it goes on where it stopped. 'diq recipe show' says how the
    steps stand, 'diq recipe stop' takes what is left out of the queue.
    """
    from diq_core.stages import recipe_progress as begun
    from diq_core.stages.recipe import foresee, steps_of

    opened = open_study(study)
    settings = config.build(RecipeSettings, options.parsed(RecipeSettings, typed))
    settings = begun.absolute(settings)
    steps = steps_of(name, settings)
    if dry_run:
        foresee(opened, settings)
        _show(as_json, opened, [begun.Standing(each, "not begun") for each in steps], whole=True)
        return
    entries = begun.start(opened, name, settings)
    said = f"{len(entries)} of {len(steps)} steps are in the queue; the others are done. "
    say(as_json, {"entries": [one.number for one in entries]},
        f"{said}See them with: diq recipe show {name} --study {study}")  # fmt: skip


def _command() -> None:
    """Make `infimed` a command with an option for each setting."""
    found = [
        _parameter("study", StudyOption),
        _parameter("name", _NAME, "infimed"),
        _parameter("dry_run", _DRY, False),
        *options.parameters(RecipeSettings),
        _parameter("as_json", JsonOption, False),
    ]

    def run(**typed: Any) -> None:
        infimed(**typed)

    run.__signature__ = inspect.Signature(found)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in found}
    recipe.command("infimed", help=inspect.getdoc(infimed))(run)


@recipe.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of the recipe's work.")],
    study: StudyOption,
    as_json: JsonOption = False,
) -> None:
    """Say how each step of a recipe stands."""
    from diq_core.stages import recipe_progress as stage

    opened = open_study(study)
    _show(as_json, opened, stage.progress(opened, name))


@recipe.command()
def stop(
    name: Annotated[str, typer.Argument(help="Name of the recipe's work.")],
    study: StudyOption,
    as_json: JsonOption = False,
) -> None:
    """Take what waits out of the queue and stop what runs; what was finished is kept."""
    from diq_core.stages import recipe_progress as stage

    count = stage.stop(open_study(study), name)
    say(as_json, {"stopped": count}, f"{count} steps were stopped or taken out of the queue.")


def _show(as_json: bool, study: Study, found: Sequence[Any], *, whole: bool = False) -> None:
    rows, lines = [], []
    for number, each in enumerate(found, 1):
        order, step = each.step.order, each.step
        needs = [place + 1 for place in step.after]
        rows.append({
            "number": number, "kind": order.kind, "name": order.name, "about": step.about,
            "ours": step.ours, "after": needs, "state": each.state, "message": each.message,
            "command": ["diq", *order.command(study)],
        })  # fmt: skip
        said = f": {each.message}" if each.message else ""
        lines.append(f"{number:3}  {each.state:9}  {order.title:32}  {step.about}{said}")
        if whole:
            after = f"after {', '.join(map(str, needs))}; " if needs else ""
            ours = f"ours: {step.ours}" if step.ours else ""
            lines += [f"     {after}{ours}".rstrip("; ")] * bool(after or ours)
            lines.append(f"     {shown(order.command(study))}")
    say(as_json, {"steps": rows}, "\n".join(lines))


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> Any:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


_command()
