"""Verbs about a whole study as one file: pack, unpack."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from diq_core.cli.common import JsonOption, StudyOption, say
from diq_core.cli.who import actor
from diq_core.study import open_study

app = typer.Typer()
_SHOWN = 8


@app.command()
def pack(
    study: StudyOption,
    target: Annotated[Path, typer.Argument(help="A new file, e.g. study.tar.")],
    as_json: JsonOption = False,
) -> None:
    """Make one file of the whole study: artefacts, uploads, and reviews with people's names.

    Every file is verified first. Job records, the queue and unfinished work stay here.
    """
    from diq_core.packing.pack import pack as packed

    made = packed(open_study(study), target)
    lines = [f"{made.files} files, {made.bytes:,} bytes, {made.reviews} entries of the reviews"]
    if made.left_out:
        more = len(made.left_out) - _SHOWN
        names = ", ".join(made.left_out[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        lines.append(f"Left out: {names}")
    if made.reviews:
        lines.append("It holds the reviews with the names of the people who wrote them.")
    lines += [str(target), f"Digest: {made.digest}"]
    lines.append("Send the digest by another way: only with it is a pack known to be this one.")
    say(as_json, {"path": str(target), **asdict(made)}, "\n".join(lines))


@app.command()
def unpack(
    source: Annotated[Path, typer.Argument(help="A file that 'diq pack' made.")],
    target: Annotated[Path, typer.Argument(help="The new folder of the study.")],
    digest: Annotated[str, typer.Option(help="What packing printed; the pack must have it.")] = "",
    restart: Annotated[
        bool, typer.Option("--restart", help="Throw away what an attempt left that was cut off.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Open a pack as a new study: everything in it is checked before the folder is there."""
    from diq_core.packing.unpack import unpack as unpacked

    made = unpacked(source, target, actor(None), digest=digest, restart=restart)
    known = (
        "The pack is the one with that digest."
        if digest
        else "The files are those of the pack's list. Whether the list is the one that was packed, "
        "only its digest tells: compare it with what packing printed, or give --digest."
    )
    result = {"path": str(target), "digest": made.digest, "files": made.files}
    text = f"{made.files} files, {made.reviews} entries of the reviews\n{target}\n"
    text += f"Digest: {made.digest}\n{known}"
    say(as_json, {**result, "reviews": made.reviews, "compared": bool(digest)}, text)
