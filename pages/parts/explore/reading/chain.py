"""A response as HTML: numbered steps that fold, each word tinted by its own influence.

A tint never speaks alone: what helps has a solid line beneath and an upward mark, what hurts a
dotted one and a downward mark, and every number stands in the title and in the step's own words.
"""

from __future__ import annotations

from collections.abc import Sequence

from diq_core.data.sample import Sample, answer_text
from diq_core.data.steps import split_steps
from diq_core.scoring.influence.passages import Passage, passages
from diq_core.scoring.influence.tints import share_words, tints
from diq_core.stages.tokens_cache import Weighed
from pages.parts.explore.written import signed
from pages.parts.sample_card import LONG, card, one_line, section, text_block
from pages.parts.text import escaped, visible

_MANY = 300
_STRONGEST = 6
_SIGNS = {1: "▲", 0: "■", -1: "▼"}


def plain_chain(sample: Sample, *, is_open: bool) -> str:
    """Return the steps and the answer of a sample whose words were not weighed."""
    steps = split_steps(sample.reasoning[:LONG])
    shown = "".join(
        _step(
            number, "", f'<div class="diq-words" dir="auto">{escaped(step.strip())}</div>', is_open
        )
        for number, step in enumerate(steps[:_MANY], start=1)
    )
    missing = len(sample.reasoning) - sum(map(len, steps[:_MANY]))
    more = f"<p>{missing:,} more characters are not shown.</p>" if missing > 0 else ""
    label = f"{one_line(sample.answer_label, 20)}. " if sample.answer_label else ""
    answer = text_block(sample.answer) if sample.answer else "No answer is given."
    return card(
        section(_title(len(steps)), (shown or "<p>No reasoning is given.</p>") + more)
        + section("Answer", f'<div class="diq-answer"><b>{label}</b>{answer}</div>')
    )


def tinted_chain(sample: Sample, weighed: Weighed, *, is_open: bool) -> str:
    """Return the same with its words tinted, as the model reads them."""
    parts = passages(weighed.pieces, sample.reasoning, answer_text(sample))
    sums = [sum(weighed.terms[part.first : part.end]) for part in parts]
    levels, deep = tints(weighed.terms), tints(sums)
    steps, answer, frame = [], "", 0.0
    for part, total, level in zip(parts, sums, deep, strict=True):
        words, effect = _words(weighed, part, levels), _effect(total, sums, level)
        if part.what == "step":
            steps.append(_step(part.step, effect, words, is_open))
        elif part.what == "answer":
            answer = f'<div class="diq-answer"><div>{effect}{words}</div></div>'
        else:
            frame += total
    body = "".join(steps) or (
        "<p>No reasoning is given.</p>" if answer else _whole(weighed, levels)
    )
    around = f"<p>Headings and end marks around them: {_effect(frame, sums)}</p>" if frame else ""
    return card(
        section(_title(len(steps)), body)
        + (section("Answer", answer) if answer else "")
        + around
        + _strongest(weighed)
    )


def _title(steps: int) -> str:
    return f"Reasoning in {steps} steps" if steps > 1 else "Reasoning"


def _step(number: int, effect: str, words: str, is_open: bool) -> str:
    return (
        f'<details class="diq-fold"{" open" if is_open else ""}>'
        f"<summary><b>{number}</b>{effect or '<span>Step</span>'}</summary>{words}</details>"
    )


def _effect(total: float, all_of_them: Sequence[float], level: int = 0) -> str:
    kind = "helps" if total > 0 else "hurts" if total < 0 else "none"
    mark = _SIGNS[(total > 0) - (total < 0)]
    return (
        f'<span class="diq-effect"><span class="diq-{kind} diq-t{abs(level)}">'
        f'<span aria-hidden="true">{mark}</span> {share_words(total, all_of_them)}</span> '
        f"{signed(total)}</span>"
    )


def _words(weighed: Weighed, part: Passage, levels: Sequence[int]) -> str:
    spans = [
        word(weighed.pieces[at], weighed.terms[at], weighed.losses[at], levels[at])
        for at in range(part.first, part.end)
    ]
    return f'<div class="diq-words" dir="auto">{"".join(spans).strip()}</div>'


def _whole(weighed: Weighed, levels: Sequence[int]) -> str:
    """Return a response in which no step could be told."""
    return _words(weighed, Passage("frame", 0, 0, len(weighed.pieces)), levels)


def word(piece: str, term: float, loss: float, level: int) -> str:
    """Return one token as HTML: its tint by level, and its numbers as a title."""
    bare = piece.lstrip()
    blank = escaped(piece[: len(piece) - len(bare)])
    if not bare:
        return blank
    kind = f"diq-{'helps' if level > 0 else 'hurts'} diq-t{abs(level)}" if level else "diq-t0"
    title = f"influence {signed(term)}; loss {loss:.2f} nats"
    return f'{blank}<span class="{kind}" title="{title}">{escaped(bare)}</span>'


def _strongest(weighed: Weighed) -> str:
    """Return the strongest words of either side as a table: what tints show, to be read."""
    order = sorted(range(len(weighed.terms)), key=lambda at: -abs(weighed.terms[at]))
    rows = []
    for at in order[: 2 * _STRONGEST]:
        term = weighed.terms[at]
        rows.append(
            f"<tr><td><bdi>{escaped(visible(_around(weighed, at)))}</bdi></td>"
            f"<td>{'helps' if term > 0 else 'hurts'}</td><td>{signed(term)}</td>"
            f"<td>{weighed.losses[at]:.2f}</td></tr>"
        )
    head = "<tr><th>Word</th><th>Effect</th><th>Influence</th><th>Loss in nats</th></tr>"
    return (
        "<details><summary>The strongest words as a table</summary>"
        f'<table class="diq-table">{head}{"".join(rows)}</table></details>'
    )


def _around(weighed: Weighed, at: int) -> str:
    """Return a token with the rest of its word, so that it can be recognised."""
    begin, end = at, at + 1
    while begin and not weighed.pieces[begin][:1].isspace() and at - begin < 5:
        begin -= 1
    while end < len(weighed.pieces) and weighed.pieces[end][:1].isalnum() and end - at < 5:
        end += 1
    word_ = "".join(weighed.pieces[begin:end]).strip() or "(blank)"
    said = weighed.pieces[at].strip()
    return word_ if said == word_ or not said else f"{said} in {word_}"
