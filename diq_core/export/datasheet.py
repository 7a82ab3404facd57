"""DATASHEET.md: what an export is, where it comes from and what it must not be used for.

Source: the sections follow Gebru et al., "Datasheets for Datasets" (2021), shortened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from diq_core.export.facts import NOT_STATED, Counts, DatasheetFacts, ReviewFacts
from diq_core.export.figures import (
    count_table,
    counts_or_none,
    cut_line,
    length_table,
    part,
    quadrant_table,
    samples,
    scorer_line,
)
from diq_core.export.identifiers import found_in_export
from diq_core.export.loading import how_to_load
from diq_core.export.mixture import mixed
from diq_core.markdown import one_line, plain

_RULES = {
    "paper": "inside a quadrant by {up}, then by {across} (the paper's rule)",
    "weight": "by the balance weight",
}
INTENDED_USE = (
    "Research on fine-tuning language models for medical question answering and reasoning, and "
    "the comparison of ways to choose training data."
)
NOT_FOR = (
    "This is not a medical device. Neither the data nor a model trained on it may be used for "
    "diagnosis, treatment or any other clinical decision, and nothing in it is medical advice."
)
SCORES_ARE_ESTIMATES = (
    "Difficulty is a classifier's estimate and influence is measured on one model and one "
    "validation set; another model or set gives other scores and another choice."
)


def datasheet(facts: DatasheetFacts) -> str:
    """Return the text of DATASHEET.md: equal facts give equal bytes."""
    sections = (
        ("", _heading(facts)),
        ("Motivation", _motivation()),
        ("Composition", _composition(facts)),
        ("Collection and cleaning", _collection(facts)),
        *([("Mixture", mixed(facts))] if facts.mixture else []),
        ("Scoring", _scoring(facts)),
        ("Selection", _selection(facts)),
        *([("Review by clinicians", _review(facts, facts.review))] if facts.review else []),
        *(
            [("Patients' identifiers", found_in_export(facts.identifiers))]
            if facts.identifiers
            else []
        ),
        ("Uses", _uses()),
        ("Licences and distribution", _distribution(facts)),
        ("Known gaps", _gaps(facts)),
        ("How to load it", iter([how_to_load(facts.format, bool(facts.composition.with_images))])),
        ("How to reproduce it", _reproduce(facts)),
    )
    blocks: list[str] = []
    for title, paragraphs in sections:
        blocks += [f"## {title}"] * bool(title)
        blocks += paragraphs
    return "\n\n".join(blocks) + "\n"


def _heading(facts: DatasheetFacts) -> Iterator[str]:
    yield f"# Datasheet of the export {plain(facts.name)}"
    date = f" Date: {plain(facts.date)}." if facts.date else ""
    yield (
        f"{samples(facts.composition.samples)} of the dataset {plain(facts.dataset)} "
        f"({facts.pool_size:,} readable), chosen by the selection {plain(facts.selection)} of the "
        f"study {plain(facts.study)}, written as {facts.format}.{date}"
    )


def _motivation() -> Iterator[str]:
    yield (
        "To fine-tune on a small part of a dataset instead of all of it, chosen by a stated rule. "
        "Two scores can take part in it: difficulty says how hard the question is, from 1 to 5; "
        "influence says how much a training step on the sample lowers the loss on validation "
        "questions, negative where it raises it."
    )


def _composition(facts: DatasheetFacts) -> Iterator[str]:
    made = facts.composition
    yield (
        f"Each record is one question with the response to learn. With reasoning: "
        f"{part(made.with_reasoning, made.samples)}; multiple choice: "
        f"{part(made.with_options, made.samples)}; with images: "
        f"{part(made.with_images, made.samples)}."
    )
    if facts.thinking:
        yield facts.thinking
    if facts.images:
        yield images_sentence(facts.images, facts.removed)
    yield count_table("source", made.sources)
    if set(made.subjects) - {NOT_STATED}:
        yield count_table("subject", made.subjects)
    if facts.quadrants or facts.pool_quadrants:
        yield quadrant_table(facts)
    yield length_table(made.lengths, facts.pool_lengths)
    if made.lengths and facts.pool_lengths and facts.pool_lengths.median:
        ratio = made.lengths.median / facts.pool_lengths.median
        yield (
            f"At the median, an exported response is {ratio:.2f} times as long as one of the pool."
        )


def images_sentence(images: int, removed: Counts) -> str:
    """Return how the pictures were written, and what was left out of them."""
    kinds = ", ".join(f"{kind} of {count:,}" for kind, count in removed.items())
    return (
        f"The {images:,} images are written anew from their pixels, upright, as PNG (as TIFF where "
        "PNG cannot hold the pixels), each file's first picture only. Every pixel is as it was "
        "decoded; colour profiles are not applied. "
        + (f"Left out: {kinds}." if kinds else "There was no metadata to leave out.")
        + " What is drawn in a picture, such as a name burned in, is still there."
    )


def _collection(facts: DatasheetFacts) -> Iterator[str]:
    yield (
        f"The dataset {plain(facts.dataset)} (manifest SHA-256 {plain(facts.dataset_digest)}) was "
        "imported from a file; who collected it first, and how, is told by the sources above."
    )
    authors = facts.composition.authors
    if authors:
        written = ", ".join(f"{author}: {count:,}" for author, count in authors.items())
        yield f"Who wrote the reasoning, as far as origin or licence say so: {written}."
        yield count_table("origin of the reasoning", facts.composition.origins)
    if authors.get("machine"):
        checked = (
            f"was checked by clinicians in {samples(facts.review.samples)} only"
            if facts.review and facts.review.samples
            else "is not checked by clinicians here"
        )
        yield (
            f"**Machine-written reasoning {checked}** and can be wrong even where its answer is "
            "right."
        )
    yield from counts_or_none("left out before choosing", facts.excluded, "No sample was left out")
    yield from counts_or_none(
        "problem found at import", facts.problems, "No problem was found", "findings"
    )


def _scoring(facts: DatasheetFacts) -> Iterator[str]:
    yield f"Difficulty (aspect: {facts.aspect}): {scorer_line(facts.difficulty)}"
    yield f"Influence: {scorer_line(facts.influence)}"
    yield from counts_or_none(
        "validation task", facts.validation_tasks, "There were no validation questions", "questions"
    )
    for score, origin in facts.own:
        scale = f", {plain(score.scale)}" if score.scale else ""
        yield (
            f"{plain(score.label)} (own score{scale}; higher = {plain(score.higher)}): "
            f"{plain(origin)}"
        )
    scored = facts.difficulty or facts.influence or facts.own
    otherwise = "Every sample has its scores" if scored else "No score was computed"
    if facts.missing and not facts.unscored:
        each = "; ".join(f"{plain(score)}: {count:,}" for score, count in facts.missing.items())
        yield f"Samples in use without a score, which the strategy did not need: {each}."
        return
    yield from counts_or_none("without a score", facts.unscored, otherwise)


def _selection(facts: DatasheetFacts) -> Iterator[str]:
    across, up = (plain(score.in_text) for score in facts.axes)
    ends = f"(0 = {up} only, 1 = {across} only)"
    lines = [f"Strategy: {plain(facts.strategy)}", f"Budget: {plain(facts.budget)}"]
    if facts.rule:
        lines.append(f"Order: {_RULES[facts.rule].format(across=across, up=up)}")
    if facts.weight is not None:
        lines.append(f"Balance weight: {facts.weight:g} {ends}")
    for score, cut in zip(facts.axes, (facts.difficulty_cut, facts.influence_cut), strict=True):
        lines += cut_line(plain(score.label), plain(score.better), cut)
    if facts.seeds:
        seeds = ", ".join(f"{plain(what)} {seed}" for what, seed in facts.seeds.items())
        lines.append(f"Seeds: {seeds}")
    for number, how in (
        (facts.put_in, "Put in by hand, whatever the scores say"),
        (facts.taken_out, "Taken out by hand"),
        (facts.rejected, "Left out because their reviewers rejected them"),
        (facts.set_aside, "Left out by a choice among samples that ask the same"),
    ):
        lines += [f"{how}: {number:,}"] * bool(number)
    lines.append(f"Kept by the selection: {facts.selected:,}")
    lines.append(f"Exported: {facts.composition.samples:,}, best first")
    lines.append(f"Kept but not exported: {len(facts.dropped):,}")
    lines += [f"Also written as {plain(name)}, in the folder also/{plain(name)}: {number:,}"
              for name, number in facts.also.items()]  # fmt: skip
    yield "\n".join(f"- {line}" for line in lines)
    if facts.dropped:
        reasons = Counter(reason for _, reason in facts.dropped)
        yield count_table("not exported, because", dict(reasons.most_common()))
        yield "Every one of them is listed with its id in `dropped.jsonl`."


def _review(facts: DatasheetFacts, said: ReviewFacts) -> Iterator[str]:
    share = part(said.samples, facts.composition.samples)
    people = "1 person" if said.people == 1 else f"{said.people:,} people"
    lines = [
        f"Reviewed by at least one person: {share}; {said.verdicts:,} verdicts of {people}, by "
        f"version {plain(said.form)} of the form",
        f"Settled by a third person: {said.settled:,}",
        f"Corrected, so that the text here is the reviewers': {said.corrected:,}",
        f"Accepted with edit, but with the old text here: {said.not_corrected:,}",
        f"Rejected and still in: {said.rejected:,}",
        f"Undecided and still in: {said.undecided:,}",
        f"Taken out by hand and still in: {said.taken_out:,}",
        f"Verdicts of models, which decide nothing: {said.machine_verdicts:,}",
    ]
    yield "\n".join(f"- {line}" for line in lines)
    if said.corrected:
        yield (
            f"**The scores of {samples(said.corrected)} belong to the original text**, not to the "
            "corrected one: difficulty and influence were measured before the correction."
        )
    listed = " and every correction in `corrections.jsonl`"
    yield (
        f"Every verdict is listed in `verdicts.jsonl`"
        f"{listed if said.corrected or said.not_corrected else ''}. The log of the reviews ended "
        f"at `{one_line(said.head)}`; `diq audit verify --head` checks that it still holds that "
        "row."
    )


def _uses() -> Iterator[str]:
    yield f"Meant for: {INTENDED_USE}"
    yield f"**Not for clinical use.** {NOT_FOR}"


def _distribution(facts: DatasheetFacts) -> Iterator[str]:
    yield count_table("licence, as the files state it", facts.composition.licences)
    yield (
        "The export adds no licence of its own; every sample keeps the one it came with. Whoever "
        "passes it on must meet all of them, and clear those that are not stated."
    )


def _gaps(facts: DatasheetFacts) -> Iterator[str]:
    yield "\n".join(f"- {gap}" for gap in gaps(facts))


def gaps(facts: DatasheetFacts) -> list[str]:
    """Return what is missing or doubtful, as sentences safe for Markdown."""
    made = facts.composition
    found = []
    for what, counts in (("licence", made.licences), ("source", made.sources)):
        if missing := counts.get(NOT_STATED):
            found.append(f"The {what} of {samples(missing)} is not stated.")
    if unknown := made.authors.get(NOT_STATED):
        found.append(f"Who wrote the reasoning of {samples(unknown)} is not stated.")
    if missing := sum(facts.unscored.values()):
        found.append(f"{samples(missing)} of the pool had no score and could not be chosen.")
    if facts.difficulty or facts.influence:
        found.append(SCORES_ARE_ESTIMATES)
    if not facts.identifiers:
        found.append("The samples were not searched here for personal data.")
    return [*found, *(plain(gap) for gap in facts.known_gaps)]


def _reproduce(facts: DatasheetFacts) -> Iterator[str]:
    if facts.not_reproduced:
        yield f"No one command does: {plain(facts.not_reproduced)}."
        return
    yield (
        "`manifest.json` beside this page holds every setting, seed, version and digest. With the "
        "same source file and the same versions it rebuilds the same bytes:"
    )
    command = facts.reproduce or "diq reproduce manifest.json --source FILE --study NEW"
    yield f"```\n{one_line(command).replace('```', '')}\n```"
