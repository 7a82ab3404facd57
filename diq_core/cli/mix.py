"""The verb that mixes datasets: mix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from diq_core.artefact import Artefact
from diq_core.cli.verb import Call, verb
from diq_core.config import MixSettings

app = typer.Typer()


@verb(app, "mix")
def mix(call: Call[MixSettings], validation: tuple[str, ...], benchmark: tuple[str, ...]) -> None:
    """Mix several datasets of the study into one, each with its share or count.

    What comes of it is a dataset of the same name, and a record of what was taken of which source.
    """
    from diq_core.stages import mix as stage

    call.make(
        lambda study, name, progress: stage.run(
            study, name, call.settings, progress,
            validation=validation or None, benchmark=benchmark,
        ),
        _report,
    )  # fmt: skip


def _report(artefact: Artefact) -> tuple[dict[str, Any], str]:
    """Return what each source gave, as values and as a table in text."""
    facts, counts = artefact.manifest["facts"], artefact.manifest["counts"]
    rows: list[tuple[str, ...]] = [
        ("source", "kind", "available", "target", "taken", facts["unit"])
    ]
    rows += [_row(each) for each in facts["sources"]]
    rows.append(("all", "", "", f"{counts['asked']:,}", f"{counts['taken']:,}",
                 f"{counts['length']:,}"))  # fmt: skip
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(
        cell.ljust(width) if place < 2 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ).rstrip() for row in rows]  # fmt: skip
    lines += [f"{each['name']}: {_left_out(each)}" for each in facts["sources"] if each["left_out"]]
    lines += [f"{note}." for note in facts["notes"]]
    return {"sources": facts["sources"], "notes": facts["notes"]}, "\n".join(
        [*lines, f"dataset '{artefact.name}': {counts['taken']:,} samples"]
    )


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = (f"{each[name]:,}" for name in ("available", "target", "taken", "length"))
    return (each["name"], each["kind"], *numbers)


def _left_out(each: Mapping[str, Any]) -> str:
    return ", ".join(f"{count:,} left out, {why}" for why, count in each["left_out"].items())
