"""The sources of a mixture: which samples of a dataset can be taken, and which come first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from diq_core.artefact import Artefact
from diq_core.config import ImportSettings, SelectSettings
from diq_core.config.mix import Source
from diq_core.data.sample import Sample, response_text
from diq_core.data.text import text_length
from diq_core.errors import BadSetting, NotFound
from diq_core.kinds import Kind
from diq_core.privacy.gate import Finding
from diq_core.privacy.identifier import digest
from diq_core.score import known_score
from diq_core.selection.mixing import in_turns
from diq_core.selection.strategies import Strategy
from diq_core.stages.choosing import left_out
from diq_core.stages.columns import KeptColumns, columns_of
from diq_core.stages.dataset import ONTO
from diq_core.stages.identifiers import (
    Images,
    box_digest,
    fields_of,
    findings_in,
    image_of,
    look_at,
)
from diq_core.stages.joining import MADE_BY, SAMPLES, load_scores, load_table
from diq_core.stages.selection import (
    SELECTION,
    choose,
    needed,
    needs_any,
    offered_strategies,
)
from diq_core.study import Study

ROLE = "source/"
"""What the role of a source begins with among the inputs of a mixture."""
SCORING: tuple[Kind, ...] = ("difficulty", "influence")
_NOT_STATED = "not stated"
_OLD = "the dataset was imported by a version that did not look in images"


@dataclass(frozen=True)
class Pool:
    """One source and what orders it.

    Attributes:
        source: what was asked of it.
        dataset: it.
        made_of: role → selection or scores by which its samples are ordered.
        set_aside: ids that people left out among samples that ask the same.
    """

    source: Source
    dataset: Artefact
    made_of: Mapping[str, Artefact] = field(default_factory=dict)
    set_aside: frozenset[str] = frozenset()

    @property
    def inputs(self) -> dict[str, Artefact]:
        """Role → what is read of the study for this source."""
        own = {f"{self.source.name}/{role}": found for role, found in self.made_of.items()}
        return {f"{ROLE}{self.source.name}": self.dataset, **own}


def pool_of(study: Study, source: Source) -> Pool:
    """Return what a source is made of.

    Raises:
        NotFound: the dataset, the selection or a score is not there, or is of another dataset.
    """
    dataset = study.find("dataset", source.name)
    aside = frozenset(left_out(study, dataset))
    if source.selection:
        found = study.find("selection", source.selection)
        _require_of(found, dataset)
        return Pool(source, dataset, {"selection": found}, aside)
    return Pool(source, dataset, _made_of(study, source, dataset), aside)


def ready_strategies(study: Study, dataset: Artefact) -> list[Strategy]:
    """Return the strategies that can order the samples of `dataset` now."""

    def is_ready(each: Strategy) -> bool:
        try:
            _made_of(study, Source(dataset.name, by=each.name), dataset)
        except NotFound:
            return False
        return True

    return [each for each in offered_strategies(study) if is_ready(each)]


def selections_of(study: Study, dataset: Artefact) -> list[Artefact]:
    """Return the fixed selections of this very dataset."""
    return [one for one in study.artefacts("selection") if _is_of(one, dataset)]


def _made_of(study: Study, source: Source, dataset: Artefact) -> dict[str, Artefact]:
    names = needed(_settings(source, 0, ()))
    made_of = {
        str(kind): _score_of(study, dataset, kind, None)
        for kind in SCORING
        if needs_any(names, kind)
    }
    imported = [name for name in names if known_score(name) is None]
    own = {name: _score_of(study, dataset, "scores", name) for name in imported}
    return {**made_of, **own}


def ordered(pool: Pool, seed: int) -> tuple[list[str], list[str]]:
    """Return the ids that can be taken of a source, best first, and those in use that cannot: they
    are not in its selection, or its strategy has no score of them.
    """
    table = load_table(pool.dataset, SAMPLES, ["id", "excluded"])
    in_use = table.filter(pc.is_null(table["excluded"]))["id"].to_pylist()
    if pool.source.selection:
        chosen = load_table(pool.made_of["selection"], SELECTION, ["id", "kept", "rank"])
        best = chosen.filter(chosen["kept"]).sort_by("rank")["id"].to_pylist()
    else:
        settings = _settings(pool.source, seed, sorted(pool.set_aside))
        own = [each for role, each in pool.made_of.items() if role not in MADE_BY]
        scores = load_scores(
            pool.dataset, pool.made_of.get("difficulty"), pool.made_of.get("influence"),
            settings.aspect, own, only=needed(settings),
        )  # fmt: skip
        rows = choose(scores, settings).table()
        best = rows.filter(rows["kept"]).sort_by("rank")["id"].to_pylist()
    best = [id for id in best if id not in pool.set_aside]
    known = set(best)
    return best, [id for id in in_use if id not in known]


def balanced(study: Study, pool: Pool, ids: Sequence[str]) -> list[str]:
    """Return `ids` so that the values of the column that a source names take turns.

    Raises:
        BadSetting: the dataset has no such column.
    """
    if not pool.source.balance:
        return list(ids)
    column = _column(study, pool.dataset, pool.source.balance)
    names = load_table(pool.dataset, SAMPLES, ["id"])["id"].to_pylist()
    values = dict(zip(names, column.to_pylist(), strict=True))
    stated = [_NOT_STATED if values[id] in (None, "") else str(values[id]) for id in ids]
    return [ids[place] for place in in_turns(stated)]


def is_short(sample: Sample, words: int) -> bool:
    """Return whether the whole response of a sample is an answer of up to `words` words.

    The letter of an option does not count; a sample without a response is not short.
    """
    bare = replace(sample, answer_label="") if sample.answer else sample
    said = response_text(bare)
    return not sample.reasoning and 0 < text_length(said) <= words


def choices_of(study: Study, pools: Sequence[Pool]) -> dict[str, tuple[str, ...]]:
    """Return what people chose to keep and leave out in the datasets, and in those before them."""
    found: dict[str, set[str]] = {"keep": set(), "leave_out": set()}
    for pool in pools:
        dataset: Artefact | None = pool.dataset
        while dataset is not None:
            for name, ids in found.items():
                ids.update(dataset.settings.get(name, ()))
            dataset = study.resolve(dataset, ONTO) if dataset.input(ONTO) else None
    return {name: tuple(sorted(ids)) for name, ids in found.items()}


class Carried(Images):
    """What the imports of the sources found that a look at the texts alone does not find: what is
    drawn into images, and names that a model of the user's found.

    Args:
        renamed: (source, id of a sample there) → its ids in the mixture.
    """

    def __init__(
        self, pools: Sequence[Pool], renamed: Mapping[tuple[str, str], Sequence[str]]
    ) -> None:
        self._carried: dict[str, list[Finding]] = {}
        self.why_not, self.read = "", 0
        for pool in pools:
            found = findings_in(pool.dataset)
            with_images = pool.dataset.holds("images")
            if with_images:
                self.why_not = self.why_not or _why_not_read(pool.dataset, found)
            by_model = bool(pool.dataset.settings.get("name_finder"))
            for each in found or ():
                if each.box or (by_model and each.what.kind == "name"):
                    for id in renamed.get((pool.source.name, each.id), ()):
                        self._carried.setdefault(id, []).append(each)

    def look_at(self, sample: Sample, key: bytes = b"") -> Iterator[Finding]:
        """Yield what was found in a sample, known by the digests that decisions are by."""
        carried = self._carried.get(sample.id, ())
        if not carried:
            return
        texts = {name: text for name, _, text in fields_of(sample)}
        anew = {(one.field, one.start, one.end) for one in look_at(sample)}
        for each in carried:
            one = each.what
            if each.box:
                known = box_digest(image_of(sample.images, one), each.box, key)
            elif (one.field, one.start, one.end) in anew:
                continue
            else:
                known = digest(texts.get(one.field, "")[one.start : one.end], key)
            yield Finding(sample.id, replace(one, digest=known), each.box)


def _why_not_read(dataset: Artefact, found: Sequence[Finding] | None) -> str:
    if found is None:
        return _OLD
    return str(dataset.manifest["facts"]["identifiers"]["images"]["not_read_because"])


def import_settings(
    screening: Mapping[str, object], chosen: Mapping[str, object]
) -> ImportSettings:
    """Return by which settings of an import the samples of a mixture are screened."""
    return ImportSettings.model_validate({**screening, **chosen})


def _settings(source: Source, seed: int, aside: Sequence[str]) -> SelectSettings:
    # A draw follows from seed and id. With the same seed a random selection of the mixture would
    # meet the first of this draw again, and take of the largest source nearly all.
    own = int.from_bytes(sha256(f"mixture {seed}".encode()).digest()[:4], "big")
    return SelectSettings(
        strategy=source.by or "random", budget="100%", seed=own, set_aside=tuple(aside)
    )


def _is_of(found: Artefact, dataset: Artefact) -> bool:
    return (found.input("dataset") or {}).get("digest") == dataset.digest


def _require_of(found: Artefact, dataset: Artefact) -> None:
    if not _is_of(found, dataset):
        raise NotFound(
            f"The {found.kind} '{found.name}' was not made of the dataset '{dataset.name}'",
            which=found.name,
            todo=f"name one that was, or leave {found.kind}= away",
        )


def _score_of(study: Study, dataset: Artefact, kind: Kind, name: str | None) -> Artefact:
    if name is not None:
        found = study.find(kind, name)
        _require_of(found, dataset)
        return found
    of_it = [one for one in study.artefacts(kind) if _is_of(one, dataset)]
    if len(of_it) == 1:
        return of_it[0]
    there = ", ".join(one.name for one in of_it)
    raise NotFound(
        f"The dataset '{dataset.name}' has several {kind} scores: {there}" if of_it else
        f"The dataset '{dataset.name}' has no {kind} scores",
        which=dataset.name,
        todo="fix a selection by the right ones and name it with selection=" if of_it else
        f"compute them with: diq {kind} --study {study.path} --dataset {dataset.name}",
    )  # fmt: skip


def _column(study: Study, dataset: Artefact, name: str) -> pa.Array:
    for columns in (columns_of(study, dataset), KeptColumns(dataset)):
        if name in columns:
            return columns[name]
    there = ", ".join([*columns_of(study, dataset), *KeptColumns(dataset)])
    raise BadSetting(
        f"The dataset '{dataset.name}' has no column '{name}'",
        which=f"balance={name}",
        todo=f"name one of: {there}",
    )
