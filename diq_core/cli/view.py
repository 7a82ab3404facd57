"""Verbs that look: status, verify, search, app, mcp, model-folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diq_core.cli.common import (
    DatasetOption,
    JsonOption,
    StudyOption,
    say,
)
from diq_core.study import open_study

app = typer.Typer()


@app.command()
def status(study: StudyOption, as_json: JsonOption = False) -> None:
    """Say what the study holds, what is running, and what to do next."""
    from diq_core.status import damage, plugin_problems
    from diq_core.status import status as steps_of

    opened = open_study(study)
    steps, broken = steps_of(opened), damage(opened)
    lines = [f"{step.state:8} {step.title}: {step.summary}" for step in steps]
    following = next((step.next_action for step in steps if step.next_action), "")
    lines += [f"damaged  {each}" for each in broken]
    lines.append(f"Next: {following}" if following else "Nothing is left to do.")
    left_out = plugin_problems()
    lines += left_out
    result = {"path": str(study), "steps": [step.as_dict() for step in steps], "damaged": broken}
    result |= {"left_out": left_out} if left_out else {}
    say(as_json, result, "\n".join(lines))


@app.command()
def verify(study: StudyOption, as_json: JsonOption = False) -> None:
    """Read every file of the study anew and say what is not as it was made; exit code 2 if any."""
    from diq_core.status import faults

    found = faults(open_study(study))
    lines = "\n".join(found) or "Everything is as it was made."
    say(as_json, {"path": str(study), "whole": not found, "faults": found}, lines)
    if found:
        raise typer.Exit(2)


@app.command()
def search(
    study: StudyOption,
    words: Annotated[
        str, typer.Argument(help='Words that all occur; "in quotes" = exactly so.')
    ] = "",
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="A condition: source=medmcqa, length>=200, reasoning=yes, reviewed=no, "
            "flagged=yes, subject~card, subject=A|B, finding~duplicate; of any column. "
            "May be repeated."
        ),
    ] = None,
    dataset: DatasetOption = None,
    limit: Annotated[int, typer.Option(min=0, help="Most ids that are printed.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Find samples by words in any of their texts and by what stands in their columns."""
    import numpy as np

    from diq_core.stages.joining import SAMPLES, load_table
    from diq_core.stages.searching import found

    opened = open_study(study)
    source = opened.find("dataset", dataset)
    rows = np.flatnonzero(found(opened, source, words, where or ()))
    ids = load_table(source, SAMPLES, ["id"])["id"].take(rows[:limit]).to_pylist()
    more = [f"and {len(rows) - limit:,} more"] if len(rows) > limit else []
    said = [f"{len(rows):,} samples of '{source.name}'", *ids, *more]
    say(as_json, {"found": len(rows), "ids": ids}, "\n".join(said))


@app.command("app")
def app_(
    workspace: Annotated[
        Path, typer.Option(envvar="DIQ_WORKSPACE", help="Folder that holds the studies.")
    ] = Path("studies"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8501,
    headless: Annotated[
        bool, typer.Option("--headless", help="Do not open a browser window.")
    ] = False,
) -> None:
    """Open the app in the browser, on the demo study if there is no other."""
    from diq_core.cli import serving

    serving.run(workspace, port=port, headless=headless)


@app.command()
def mcp(
    study: StudyOption,
    allow_write: Annotated[
        bool,
        typer.Option("--allow-write", help="Also offer the verbs that make something."),
    ] = False,
) -> None:
    """Offer the study to an agent as tools, by the Model Context Protocol over stdin and stdout.

    Tools look and change nothing, unless --allow-write is given.
    """
    from diq_core.agents import serving

    serving.run(open_study(study), allow_write=allow_write)


@app.command("model-folder")
def model_folder(
    model: Annotated[
        str, typer.Argument(help="'embedded', 'embedded-vision', a model's folder, or a hub id.")
    ] = "embedded",
    as_json: JsonOption = False,
) -> None:
    """Print the folder of a model that plain transformers loads; an adapter needs its base."""
    from diq_core.models.files import find_causal

    found = find_causal(model)
    result = {"path": str(found.folder), "name": found.name, "digest": found.digest}
    say(as_json, result, str(found.folder))
