"""The result of a judge in a few lines that anybody can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diq_core.quality.asking import OVERALL
from diq_core.statistics.significance import ALPHA


def as_text(results: Mapping[str, Any]) -> str:
    """Return who is preferred, by how much, and how far the judge can be trusted.

    Args:
        results: ``results.json`` of a finished judgement.
    """
    first, second = results["first"]["name"], results["second"]["name"]
    judge, replies = results["judge"], results["replies"]
    lines = [
        f"'{first}' against '{second}' on {results['questions']} questions",
        f"judge: {judge['name']!a} (a machine, not a clinician); "
        f"{replies['read']} of {replies['asked']} replies could be read",
        *(f"  {number} missing: {reason}" for reason, number in replies["missing"].items()),
        *(f"  {number} without a pair: {reason}" for reason, number in results["no_pair"].items()),
        *([f"  {results['identical']} pairs are the same text: ties, not asked"]
          if results["identical"] else []),
        conclusion(results),
        f"'{first}' is better, share of questions (ties count half; 0.50 = no difference):",
        *(_share_line(one) for one in results["preference"].values()),
    ]  # fmt: skip
    if "scales" in results:
        lines.append(f"level, 1 to 5: '{first}' minus '{second}':")
        lines += [_scale_line(one) for one in results["scales"].values()]
    overall = results["preference"][OVERALL]
    if overall["flip_rate"]["value"] is not None:
        shown = overall["shown_first"]
        lines.append(
            f"flips with the order: {_shown(overall['flip_rate'])} of the pairs (counted as ties)"
            + (f"; the answer shown first is preferred {shown:.0%}" if shown is not None else "")
        )
    return "\n".join(lines)


def conclusion(results: Mapping[str, Any]) -> str:
    """Return in one sentence what the overall preference shows: test and interval have to agree.

    Results of version 0.1.0 have no test.
    """
    overall = results["preference"][OVERALL]
    share, p = overall["share"], overall.get("p", 0.0)
    names = (results["first"]["name"], results["second"]["name"])
    if share["low"] is None:
        return f"Nothing can be concluded: {share['reason']}"
    if p < ALPHA and share["low"] > 0.5:
        return f"This judge prefers the answers of '{names[0]}'"
    if p < ALPHA and share["high"] < 0.5:
        return f"This judge prefers the answers of '{names[1]}'"
    return "This judge prefers neither, as far as these questions can tell"


def _share_line(one: Mapping[str, Any]) -> str:
    counts = f"{one['first']} better, {one['same']} ties, {one['second']} worse"
    return f"  {one['title']:24} {_shown(one['share'])}  {counts}"


def _scale_line(one: Mapping[str, Any]) -> str:
    means = "" if one["first"] is None else f"  means {one['first']:.2f} and {one['second']:.2f}"
    return f"  {one['title']:24} {_shown(one['difference'], '+.2f')}{means}"


def _shown(found: Mapping[str, Any], digits: str = ".2f") -> str:
    if found["value"] is None:
        return f"- ({found['reason']})"
    value = format(found["value"], digits)
    if found["low"] is None:
        return f"{value} ({found['reason']})"
    span = f"{format(found['low'], digits)} to {format(found['high'], digits)}"
    return f"{value} ({span}, {found['questions']} questions)"
