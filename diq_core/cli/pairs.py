"""The verb that pairs right with wrong responses: pairs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from diq_core.cli.common import JsonOption, say
from diq_core.errors import BadSetting

app = typer.Typer()


@app.command()
def pairs(
    right: Annotated[str, typer.Option(help="File, folder or hub id of right samples.")],
    wrong: Annotated[str, typer.Option(help="The same of wrong ones.")],
    out: Annotated[Path, typer.Option(help="The pairs file to write (JSON Lines).")],
    as_json: JsonOption = False,
) -> None:
    """Pair right and wrong responses to the same question, for --objective dpo."""
    from diq_core.training.data import read_samples
    from diq_core.training.pairs import match_pairs, write_pairs

    good, bad = read_samples(right), read_samples(wrong)
    found = match_pairs(good.samples, bad.samples)
    if not found.pairs:
        raise BadSetting(
            f"No pair was found among {len(found.dropped)} wrong samples",
            which=Path(wrong).name,
            todo="give right and wrong responses to the same questions",
        )
    write_pairs(found.pairs, out, good.pictures.path if good.pictures else None)
    reasons = dict(Counter(each.reason for each in found.dropped).most_common())
    result = {"path": str(out), "pairs": len(found.pairs), "dropped": reasons}
    lost = "; ".join(f"{count} dropped: {reason}" for reason, count in reasons.items())
    say(as_json, result, f"{len(found.pairs)} pairs{'; ' + lost if lost else ''}\n{out}")
