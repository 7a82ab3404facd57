"""Choices among samples that ask the same: what there is to choose, and what was chosen.

They are kept in the log of the reviews, with who chose, when and why. A selection leaves out what
they leave out. What they keep of samples that the import left out comes in with another import
(``--as-chosen``): only what is in use is scored.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diq_core.artefact import Artefact
from diq_core.config import ImportSettings, SelectSettings
from diq_core.data.alike import ALIKE, Group, groups, load_matches
from diq_core.data.sample import Sample, content_id
from diq_core.data.table import load_samples
from diq_core.errors import BadSetting, NotFound
from diq_core.review.store.changes import open_store
from diq_core.review.store.choosing import (
    Choice,
    Stays,
    choices,
    choose,
    slot_of_group,
)
from diq_core.review.store.reading import log_head
from diq_core.review.store.roles import Actor
from diq_core.selection.scores import Scores
from diq_core.stages.joining import SAMPLES, load_scores, load_table
from diq_core.stages.reviewed import has_reviews, opened
from diq_core.stages.selection import SELECTION
from diq_core.study import Study


@dataclass(frozen=True)
class Alike:
    """Samples of a dataset that ask the same or nearly the same.

    Attributes:
        group: their ids, and how they are linked.
        samples: themselves, in the order of the file.
        contents: id → `content_id` of each.
        excluded: id → why it is left out at import.
        choice: what was chosen among exactly these; None = nobody chose.
    """

    group: Group
    samples: tuple[Sample, ...]
    contents: Mapping[str, str]
    excluded: Mapping[str, str]
    choice: Choice | None = None

    @property
    def stays(self) -> dict[str, Stays]:
        """Id → where the choice puts the sample, else where the import does."""
        if self.choice is None:
            return {id: "out" if id in self.excluded else "in" for id in self.contents}
        return {id: self.choice.stays[content] for id, content in self.contents.items()}

    @property
    def comes_in(self) -> tuple[str, ...]:
        """Ids of samples that were chosen and that another import must bring in."""
        stays = self.stays
        return tuple(id for id in self.excluded if stays[id] == "in")


def chosen(study: Study) -> list[Choice]:
    """Return the choices in force in a study, the earliest first; none where nobody reviewed."""
    if not has_reviews(study):
        return []
    with opened(study) as store:
        return choices(store)


def alike(study: Study, dataset: Artefact) -> list[Alike]:
    """Return what there is to choose among in a dataset with what was chosen."""
    return with_chosen(study, to_choose(dataset))


def to_choose(dataset: Artefact) -> list[Alike]:
    """Return what there is to choose among in a dataset, contradictions first.

    Empty where an older version imported it: then nothing is kept of what is alike.
    """
    if ALIKE not in dataset.manifest["files"]:
        return []
    table = load_table(dataset, SAMPLES)
    found = groups(load_matches(load_table(dataset, ALIKE)), table["id"].to_pylist())
    wanted = pa.array([id for group in found for id in group.ids], pa.string())
    table = table.filter(pc.is_in(table["id"], value_set=wanted))
    by_id = {sample.id: sample for sample in load_samples(table)}
    reasons = dict(zip(table["id"].to_pylist(), table["excluded"].to_pylist(), strict=True))
    return [
        Alike(
            group,
            tuple(by_id[id] for id in group.ids),
            {id: content_id(by_id[id]) for id in group.ids},
            {id: reasons[id] for id in group.ids if reasons[id]},
        )
        for group in found
    ]


def with_chosen(study: Study, found: Sequence[Alike]) -> list[Alike]:
    """Return the groups with what was chosen among exactly their samples."""
    made = {frozenset(each.stays): each for each in chosen(study)}
    return [replace(each, choice=made.get(frozenset(each.contents.values()))) for each in found]


def decide(
    study: Study,
    actor: Actor,
    among: Alike,
    keep: Collection[str],
    *,
    why: str,
    leave_out: Collection[str] | None = None,
) -> None:
    """Keep the samples `keep` of a group and leave the others out; an earlier choice is replaced.

    Args:
        leave_out: the others, for who names every sample; None = all others.

    Raises:
        BadSetting: a sample is not of this group, is named on both sides or on none, or no reason
            is given.
        NotAllowed: the role does not permit it.
    """
    stays = _stays(among, set(keep), set(among.contents) - set(keep) if leave_out is None else
                   set(leave_out))  # fmt: skip
    store = open_store(study)
    try:
        choose(
            store, actor, stays, why=why,
            version=among.choice.version if among.choice else 0, key=uuid.uuid4().hex,
        )  # fmt: skip
    finally:
        store.close()


def take_back(study: Study, actor: Actor, choice: Choice) -> None:
    """Undo a choice; what was chosen before it counts again.

    Raises:
        Conflict: somebody chose anew meanwhile.
        NotAllowed: the role does not permit it.
    """
    with opened(study) as store:
        store.undo(actor, slot_of_group(choice.stays), target=choice.target, key=uuid.uuid4().hex)


def _stays(among: Alike, keep: set[str], leave_out: set[str]) -> dict[str, Stays]:
    named = keep | leave_out
    if both := keep & leave_out:
        raise BadSetting(
            "A sample cannot both be kept and left out",
            which=", ".join(sorted(both)),
            todo="decide for one of the two",
        )
    if missing := among.contents.keys() - named:
        raise BadSetting(
            "It is not said of every sample whether it stays",
            which=", ".join(sorted(missing)),
            todo="name each with --keep or --leave-out",
        )
    stays: dict[str, Stays] = {among.contents[id]: "in" for id in keep}
    return stays | {among.contents[id]: "out" for id in leave_out}


def scores_for(study: Study, dataset: Artefact) -> Scores:
    """Return every score that was computed of this very dataset; length is always known."""
    own = [each for each in study.artefacts("scores") if _is_of(each, dataset)]
    hard, dots = (
        next((each for each in study.artefacts(kind) if _is_of(each, dataset)), None)
        for kind in ("difficulty", "influence")
    )
    return load_scores(dataset, hard, dots, own=own)


def best_of(scores: Scores, ids: Sequence[str], name: str) -> str | None:
    """Return the sample with the best score; None where one has no score, or two are equal.

    Raises:
        BadSetting: there is no such score.
    """
    about = scores.describe(name)
    rows = np.flatnonzero(np.isin(scores.ids, list(ids)))
    values = scores[name][rows] * (1 if about.best == "high" else -1)
    if np.isnan(values).any() or np.count_nonzero(values == values.max()) > 1:
        return None
    return str(scores.ids[rows[values.argmax()]])


def with_choices(study: Study, settings: ImportSettings) -> ImportSettings:
    """Return `settings` with what people chose added to what they keep and leave out.

    Raises:
        NotFound: nobody chose anything in this study.
    """
    made = _by_content(chosen(study))
    if not made:
        raise NotFound(
            "Nobody chose among samples that ask the same in this study",
            which=str(study.path),
            todo="choose first, on the page Dataset or with: diq alike, or leave --as-chosen away",
        )
    lists = {
        name: (*getattr(settings, name), *(each for each, stays in made.items() if stays == where))
        for name, where in (("keep", "in"), ("leave_out", "out"))
    }
    return ImportSettings.model_validate({**settings.model_dump(), **lists})


def without_chosen(
    study: Study, dataset: Artefact, settings: SelectSettings
) -> tuple[SelectSettings, dict[str, Any]]:
    """Return `settings` that set aside what people left out, and what to record of it.

    The one rule of everything that chooses. The facts are empty where nothing is left out so.
    """
    left = left_out(study, dataset)
    if not left:
        return settings, {}
    with opened(study) as store:
        head = str(log_head(store))
    taken = SelectSettings.model_validate(
        {**settings.model_dump(), "set_aside": (*settings.set_aside, *left)}
    )
    return taken, {"head": head, "chosen_out": len(left)}


def left_out(study: Study, dataset: Artefact) -> set[str]:
    """Return the ids of samples in use that people left out among others that ask the same."""
    out = contents_out(study)
    return samples_with(dataset, out) if out else set()


def contents_out(study: Study) -> frozenset[str]:
    """Return the `content_id` of each sample that people left out, of whatever dataset."""
    return frozenset(each for each, stays in _by_content(chosen(study)).items() if stays == "out")


def samples_with(dataset: Artefact, contents: Collection[str]) -> set[str]:
    """Return the ids of the samples in use with these contents."""
    samples = load_samples(load_table(dataset, SAMPLES), excluded=False)
    return {sample.id for sample in samples if content_id(sample) in contents}


def _by_content(made: Sequence[Choice]) -> dict[str, Stays]:
    """Return `content_id` → where it was put last."""
    return {content: where for each in made for content, where in each.stays.items()}


def _is_of(artefact: Artefact, dataset: Artefact) -> bool:
    entry = artefact.input("dataset")
    return entry is not None and entry["digest"] == dataset.digest


def refuse_left_out(study: Study, selection: Artefact) -> None:
    """Pass if a selection keeps nothing that people left out since it was made.

    Raises:
        BadSetting: it does.
    """
    left = left_out(study, study.resolve(selection, "dataset"))
    if not left:
        return
    rows = load_table(selection, SELECTION, ["id", "kept"])
    if kept := sorted(left & set(rows.filter(rows["kept"])["id"].to_pylist())):
        more = f" and {len(kept) - 3:,} more" if len(kept) > 3 else ""
        raise BadSetting(
            f"The selection keeps what was left out among samples that ask the same: "
            f"{', '.join(kept[:3])}{more}",
            which=selection.name,
            todo="fix the selection again, which then leaves it out, or change that choice",
        )
