"""The report of the seven benchmarks, from a finished evaluation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from diq_core.artefact import Artefact
from diq_core.errors import BadFile
from diq_core.evaluation.seven import Report, report_of
from diq_core.evaluation.verify.verifying import VERIFIER
from diq_core.stages.evaluation import ANSWERS, read_results
from diq_core.stages.joining import load_table
from diq_core.stages.showing import shown_words
from diq_core.stages.unseen import unseen_words


def seven(
    evaluation: Artefact, judged: Path | None = None, named: Mapping[str, str] | None = None
) -> Report:
    """Return the report; it has no line where the evaluation asked none of the seven.

    Args:
        judged: JSON Lines of a judge's verdicts, ``{"benchmark": …, "id": …, "right": true}``;
            null = it could not say.
        named: set of questions → the key of the benchmark that it is, where it is not known.

    Raises:
        BadSetting: `named` holds a set or a key that is not there.
        BadFile: the file holds something else, or a question that was not asked.
    """
    facts, settings = evaluation.manifest["facts"], evaluation.settings
    said = [shown_words(facts), unseen_words(facts)]
    if settings["limit"]:
        said.append(
            f"Of each set at most {settings['limit']:,} questions were drawn by seed "
            f"{settings['seed']}"
        )
    said.append(
        f"Answers of at most {settings['max_new_tokens']:,} tokens were written and verified by "
        f"version {VERIFIER} of the rules"
    )
    about = [f"{sentence}." for sentence in said if sentence]
    verdicts = _judged(evaluation, judged) if judged else None
    return report_of(
        read_results(evaluation), facts["model"]["name"], about=about, judged=verdicts, named=named
    )


def _judged(evaluation: Artefact, file: Path) -> dict[tuple[str, str], bool | None]:
    table = load_table(evaluation, ANSWERS, ["benchmark", "id"]).to_pydict()
    asked = set(zip(table["benchmark"], table["id"], strict=True))
    found: dict[tuple[str, str], bool | None] = {}
    for number, line in enumerate(_lines(file), start=1):
        place = f"{file.name}, line {number}"
        try:
            row = json.loads(line)
            key, right = (row["benchmark"], row["id"]), row["right"]
        except (ValueError, KeyError, TypeError):
            raise _bad("A line is no verdict", place) from None
        if right is not None and not isinstance(right, bool):
            raise _bad("'right' is neither true, false nor null", place)
        if key not in asked:
            raise _bad(f"The evaluation '{evaluation.name}' did not ask this question", place)
        if key in found:
            raise _bad("The question is judged twice", place)
        found[key] = right
    return found


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise BadFile(
            "The verdicts cannot be read", which=file.name, todo="give a JSON Lines file in UTF-8"
        ) from None


def _bad(what: str, place: str) -> BadFile:
    return BadFile(
        what, which=place, todo='write {"benchmark": "…", "id": "…", "right": true} on each line'
    )
