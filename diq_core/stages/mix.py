"""Mix datasets: several sources in, one dataset out that says of each sample where it is from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import MANIFEST, Artefact
from diq_core.config import MixSettings
from diq_core.data.identity import Identities
from diq_core.data.sample import Sample, question_text, response_text
from diq_core.data.text import length_unit, text_length
from diq_core.draft import Draft, begin, discard
from diq_core.errors import BadSetting, UserError
from diq_core.jobs.progress import Progress
from diq_core.privacy.gate import Decisions
from diq_core.selection.mixing import (
    INFIMED_SHARES,
    INFIMED_TOTAL,
    Part,
    Targets,
    read_amount,
    scaled,
    targets,
)
from diq_core.stages import identifier_log, mix_dataset
from diq_core.stages.dataset import DECIDED
from diq_core.stages.identifier_log import LOG
from diq_core.stages.joining import included_samples
from diq_core.stages.mix_candidates import Candidate, part_of, repeated, screened
from diq_core.stages.mix_sources import (
    Pool,
    is_short,
    pool_of,
)
from diq_core.stages.shared_images import HeldOut, read_held_out
from diq_core.stages.sources import SHIPPED_VALIDATION, source_reference
from diq_core.study import Study

TAKEN_SCHEMA = pa.schema(
    [("id", pa.string()), ("source", pa.string()), ("kind", pa.string()),
     ("original", pa.string()), ("short", pa.bool_()), ("length", pa.int64())]
)  # fmt: skip
"""One row a sample of the mixture: its id, its source, that source's kind, its id there, whether
its whole response is a word or two, and how long question and response are together."""


def run(
    study: Study,
    name: str,
    settings: MixSettings,
    progress: Progress,
    *,
    validation: Sequence[str] | None = None,
    benchmark: Sequence[str] = (),
) -> Artefact:
    """Write ``taken.parquet``, and the samples as the dataset `name` of the study.

    The sources are screened together as an import screens a file, so of two samples that ask the
    same only one can be taken; then each source gives its part, in its order.

    Args:
        validation: files of validation questions that the samples are compared with; None = those
            that ship with the app.
        benchmark: files of test questions that they are compared with.

    Raises:
        BadSetting: no source is named, or the amounts do not fit each other.
        NotFound: a source, its selection or its scores are not there.
    """
    settings = resolved(settings)
    _refuse_taken(study, name)
    progress.say("Looking at the sources")
    pools = [pool_of(study, source) for source in settings.sources]
    held_out = [str(SHIPPED_VALIDATION)] if validation is None else list(validation)
    files = {
        **{f"validation-{number}": file for number, file in enumerate(held_out)},
        **{f"benchmark-{number}": file for number, file in enumerate(benchmark)},
    }
    held = read_held_out(files)
    decided = identifier_log.decisions(study)
    further = {role: source_reference(file) for role, file in files.items()}
    if len(decided):
        further[DECIDED] = {"path": LOG, "digest": decided.digest}
    draft = begin(
        study.folder("mix", name),
        kind="mix",
        settings=settings.model_dump(mode="json"),
        inputs={**_references(study, pools), **further},
    )
    mix = draft
    if isinstance(draft, Draft):
        try:
            mix = _make(study, draft, settings, pools, held, decided, progress)
        except UserError:
            # Nothing of it could be continued, and the settings that put it right are other ones.
            discard(study.folder("mix", name))
            raise
    assert isinstance(mix, Artefact)
    mix_dataset.write(
        study, name, mix, settings, pools,
        held=held, inputs=further, decided=decided, progress=progress,
    )  # fmt: skip
    return mix


def _refuse_taken(study: Study, name: str) -> None:
    """Refuse a name that a dataset has which was not mixed, before anything is compared."""
    mixed, dataset = (study.folder(kind, name) / MANIFEST for kind in ("mix", "dataset"))
    if dataset.exists() and not mixed.exists():
        raise BadSetting(
            f"There is a dataset '{name}' already, and the mixture becomes one of this name",
            which=name,
            todo="give the mixture another name with --name",
        )


def resolved(settings: MixSettings) -> MixSettings:
    """Return the settings with what a preset says filled in.

    Raises:
        BadSetting: no source is named.
    """
    if not settings.source:
        raise BadSetting(
            "A mixture needs sources", which="source",
            todo="name datasets, such as --source main=60%,kind=medical-text",
        )  # fmt: skip
    if settings.preset is None:
        return settings
    update = {"kinds": settings.kinds or INFIMED_SHARES, "total": settings.total or INFIMED_TOTAL}
    return settings.model_copy(update=update)


def foreseen(study: Study, settings: MixSettings) -> list[tuple[str, int, int]]:
    """Return of each source its name, what it is to give, and how many samples in use it has.

    Nothing is read but manifests, so what the screening leaves out is not foreseen.

    Raises:
        BadSetting, NotFound: as `run`.
    """
    settings = resolved(settings)
    parts = []
    for source in settings.sources:
        counts = study.find("dataset", source.name).manifest["counts"]
        share, count = read_amount(source.amount)
        parts.append(Part(source.name, source.kind, counts["included"], share, count))
    asked = targets(parts, total=settings.total, kinds=settings.shares)
    return [(part.name, wanted, part.available)
            for part, wanted in zip(parts, asked.counts, strict=True)]  # fmt: skip


def _references(study: Study, pools: Sequence[Pool]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for pool in pools:
        found |= {role: study.reference(one) for role, one in pool.inputs.items()}
        if pool.set_aside:
            ids = "\n".join(sorted(pool.set_aside))
            told = {"path": "reviews", "digest": sha256(ids.encode()).hexdigest()}
            found[f"{pool.source.name}/set aside"] = told
    return found


def _make(
    study: Study, draft: Draft, settings: MixSettings, pools: Sequence[Pool],
    held: HeldOut, decided: Decisions, progress: Progress,
) -> Artefact:  # fmt: skip
    progress.say("Comparing the sources")
    candidates, identities = screened(study, draft, settings, pools, held, decided, progress)
    parts = [part_of(each) for each in candidates]
    kinds = settings.shares
    asked = targets(parts, total=settings.total, kinds=kinds)
    given = asked
    if settings.if_short == "scale":
        given = scaled(parts, total=settings.total, kinds=kinds)
    progress.say("Choosing")
    for each, count in zip(candidates, given.counts, strict=True):
        wanted = count if settings.if_short == "repeat" else min(count, len(each.order))
        each.taken = repeated(each.order, wanted)
    rows, unit = _rows(candidates, identities, settings, progress)
    pq.write_table(pa.Table.from_pylist(rows, TAKEN_SCHEMA), draft.path / mix_dataset.TAKEN)
    if not rows:
        raise BadSetting(
            "No sample can be taken", which="source",
            todo="see why each dataset's samples are left out, on its page",
        )  # fmt: skip
    told = [_told(each, want, got, rows)
            for each, want, got
            in zip(candidates, asked.counts, given.counts, strict=True)]  # fmt: skip
    return draft.finish(
        counts={
            "asked": asked.total, "taken": len(rows),
            "repeated": len(rows) - len({(row["source"], row["original"]) for row in rows}),
            "short_answers": sum(row["short"] for row in rows),
            "length": sum(row["length"] for row in rows),
        },
        facts={"sources": told, "unit": unit, "notes": _notes(settings, given, told)},
    )  # fmt: skip


def _rows(
    candidates: Sequence[Candidate], identities: Identities, settings: MixSettings,
    progress: Progress,
) -> tuple[list[dict[str, Any]], str]:  # fmt: skip
    """Return one row for each sample that is taken, by source and as they stand there."""
    rows: list[dict[str, Any]] = []
    lengths, texts = _measure(settings.model, progress), list[str]()
    for each in candidates:
        times = Counter(each.taken)
        for sample in included_samples(each.pool.dataset):
            if not times[sample.id]:
                continue
            length = lengths(sample)
            texts.append(sample.question[:200])
            for number in range(times[sample.id]):
                id = each.ids[sample.id]
                if number:
                    id = identities.settle(replace(sample, id=id))[0].id
                rows.append({
                    "id": id, "source": each.pool.source.name, "kind": each.pool.source.kind,
                    "original": sample.id, "short": is_short(sample, settings.short_words),
                    "length": length,
                })  # fmt: skip
    return rows, "tokens" if settings.model else length_unit(*texts)


def _measure(model: str, progress: Progress) -> Callable[[Sample], int]:
    """Return what counts a sample: tokens of a model, or words; images do not count."""
    if not model:
        return lambda sample: (
            text_length(question_text(sample)) + text_length(response_text(sample))
        )
    from diq_core.models.files import find_causal
    from diq_core.models.parts import load_tokenizer

    tokenizer = load_tokenizer(find_causal(model, progress.say))

    def count(sample: Sample) -> int:
        text = f"{question_text(sample)}\n{response_text(sample)}"
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    return count


def _told(
    one: Candidate, asked: int, given: int, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what the manifest says of one source."""
    own = [row for row in rows if row["source"] == one.pool.source.name]
    return {
        **asdict(one.pool.source),
        "available": len(one.order), "asked": asked, "target": given, "taken": len(own),
        "repeated": len(own) - len({row["original"] for row in own}),
        "short_answers": sum(row["short"] for row in own),
        "length": sum(row["length"] for row in own),
        "left_out": {why: count for why, count in sorted(one.left.items()) if count},
    }  # fmt: skip


def _notes(settings: MixSettings, given: Targets, told: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what was decided on the way, in words."""
    notes = [f"{each[0].upper()}{each[1:]}" for each in given.notes]
    if settings.preset and settings.kinds == INFIMED_SHARES:
        notes.append("InfiMed publishes no ratios: the shares of the kinds are ours")
    for each in told:
        if each["repeated"]:
            notes.append(f"{each['name']} has {each['available']:,} of {each['target']:,}: "
                         f"{each['repeated']:,} were taken again")  # fmt: skip
        elif each["taken"] < each["target"]:
            notes.append(f"{each['name']} has {each['available']:,} of {each['target']:,}: the "
                         f"mixture is {each['target'] - each['taken']:,} smaller")  # fmt: skip
    return notes
