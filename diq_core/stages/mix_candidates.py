"""Which samples of each source a mixture can take, once all of them were screened together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from diq_core.config import MixSettings
from diq_core.data.identity import Identities
from diq_core.data.sample import Sample
from diq_core.data.screening import screen
from diq_core.data.shelf import Shelf
from diq_core.draft import Draft
from diq_core.jobs.progress import Progress
from diq_core.privacy.gate import Decisions
from diq_core.selection.mixing import Part, read_amount
from diq_core.stages import mix_dataset
from diq_core.stages.identifiers import Gate
from diq_core.stages.joining import included_samples
from diq_core.stages.mix_sources import (
    Carried,
    Pool,
    balanced,
    choices_of,
    import_settings,
    is_short,
    ordered,
)
from diq_core.stages.shared_images import HeldOut
from diq_core.study import Study


@dataclass
class Candidate:
    """What is known of one source while the mixture is made."""

    pool: Pool
    ids: dict[str, str]
    order: list[str]
    left: Counter[str]
    taken: Sequence[str] = ()


def screened(
    study: Study, draft: Draft, settings: MixSettings, pools: Sequence[Pool],
    held: HeldOut, decided: Decisions, progress: Progress,
) -> tuple[list[Candidate], Identities]:  # fmt: skip
    """Return of each source which samples can be taken, best first, and why others cannot."""
    samples: Shelf[Sample] = Shelf(folder=draft.path)
    found: list[Candidate] = []
    identities = Identities()
    for pool in pools:
        for sample in included_samples(pool.dataset):
            identities.expect(sample.id)
    shorts: set[str] = set()
    for pool in pools:
        ids = {}
        for sample in included_samples(pool.dataset):
            named, _ = identities.settle(sample)
            ids[sample.id] = named.id
            samples.append(named)
            if is_short(sample, settings.short_words):
                shorts.add(named.id)
        found.append(Candidate(pool, ids, [], Counter()))
    renamed = {
        (each.pool.source.name, old): (new,) for each in found for old, new in each.ids.items()
    }
    screening = import_settings(settings.screening(), choices_of(study, pools))
    gate = Gate(decided, Carried(pools, renamed), exclude=settings.exclude_identifiers)
    look, _ = mix_dataset.looking(gate, held, pools, settings)
    looked = screen(
        samples, against=held.against, further=look, folder=draft.path,
        tick=_ticker(progress), **mix_dataset.how(screening),
    )  # fmt: skip
    for each in found:
        _order(study, each, settings, looked.reasons, shorts)
    return found, identities


def _order(
    study: Study, one: Candidate, settings: MixSettings, reasons: Mapping[str, str],
    shorts: set[str],
) -> None:  # fmt: skip
    best, others = ordered(one.pool, settings.seed)
    why = "not in its selection" if one.pool.source.selection else "without the scores it needs"
    aside = [id for id in others if id in one.pool.set_aside]
    one.left["set aside among samples that ask the same"] = len(aside)
    one.left[why] = len(others) - len(aside)
    wanted = one.pool.source.short or settings.short_answers
    usable = []
    for id in best:
        short, new = one.ids[id] in shorts, one.ids[id]
        if new in reasons:
            one.left[_family(reasons[new])] += 1
        elif wanted == "only" and not short:
            one.left["not a short answer"] += 1
        elif wanted == "leave-out" and short:
            one.left["a short answer"] += 1
        else:
            usable.append(id)
    one.order = balanced(study, one.pool, usable)


def _family(reason: str) -> str:
    """Return a reason without the sample that it names, for counting."""
    return reason.partition(" of ")[0] if "duplicate of" in reason else reason.partition(":")[0]


def part_of(one: Candidate) -> Part:
    share, count = read_amount(one.pool.source.amount)
    return Part(one.pool.source.name, one.pool.source.kind, len(one.order), share, count)


def repeated(order: Sequence[str], count: int) -> list[str]:
    whole, rest = divmod(count, len(order)) if order else (0, 0)
    return [*order] * whole + [*order[:rest]]


def _ticker(progress: Progress) -> Callable[[], None]:
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if done % 5000 == 0:
            progress.say(f"Comparing: {done:,}")

    return tick
