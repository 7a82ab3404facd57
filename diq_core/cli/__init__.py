"""The command ``diq``: one verb for each stage, the same for terminal, button and cluster.

Exit codes: 0 fine, 1 our fault, 2 something the user can put right, 130 stopped on request.
"""

from __future__ import annotations

import sys

import typer

from diq_core.cli import (
    alike,
    choice,
    data,
    evaluate,
    experiment,
    finetune,
    identifiers,
    manage,
    mix,
    packing,
    pairs,
    quality,
    queue,
    recipe,
    reflection,
    review,
    scores,
    tokens,
    view,
)
from diq_core.cli.verb import add_plain_verbs
from diq_core.errors import Stopped, UserError
from diq_core.shortage import in_words

app = typer.Typer(
    name="diq",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Score medical reasoning samples by difficulty and influence, choose the few worth "
    "fine-tuning on, and export them with their provenance.",
)
for part in (
    data, mix, alike, scores, tokens, choice, pairs, finetune, evaluate, experiment, quality,
    review, queue, recipe, view, reflection, manage, packing, identifiers,
):  # fmt: skip
    app.add_typer(part.app)
add_plain_verbs(app)


def main() -> None:
    """Run the command line; a user's mistake is one message, never a traceback."""
    try:
        with in_words():
            app()
    except UserError as error:
        _fail(str(error), 2)
    except Stopped as error:
        _fail(str(error), 130)


def _fail(message: str, code: int) -> None:
    print(f"diq: {message}", file=sys.stderr)
    sys.exit(code)
