"""Images that a model does not see: refused, unless they are to be ignored, and then said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from diq_core.config import Images
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.migrations import SCHEMA, TEXT_ALONE

UNSEEN = "images_unseen"
"""The fact of an artefact: what has images that were not looked at → how many."""


def unseen(
    groups: Mapping[str, Iterable[Sample]],
    find_model: Callable[[], object],
    images: Images,
    *,
    which: str,
    schema: int = SCHEMA,
) -> dict[str, Any]:
    """Return what an artefact states of images that a model does not see; empty where it sees all.

    Args:
        groups: what the samples are called in the plural, e.g. "samples" → the samples read.
        find_model: returns the model or its files, which see images where `reads_images` is true;
            called only where that matters.
        images: the setting: "read", or "ignore" = read the samples without their images.
        which: what an error names: the data, or the model.
        schema: the version of the settings that the work was begun with; see `migrations`.

    Raises:
        BadSetting: samples have images, and the model neither sees them nor may ignore them.
    """
    shown = {what: _with_images(samples) for what, samples in groups.items()}
    shown = {what: ids for what, ids in shown.items() if ids}
    if not shown or (images == "read" and getattr(find_model(), "reads_images", False)):
        return {}
    counts = {what: len(ids) for what, ids in shown.items()}
    if images == "read" and schema > TEXT_ALONE:
        raise BadSetting(
            f"{_listed(counts)} images, which this model does not read",
            which=f"{which}; the first: {next(iter(shown.values()))[0]}",
            todo="use a model that reads images; or set images to ignore (--images ignore), and "
            "they are read without their images, which the result then says",
        )
    return {UNSEEN: counts}


def read_as_text(what: str, samples: Iterable[Sample]) -> dict[str, Any]:
    """Return what is stated by work that reads text only, whatever the model."""
    ids = _with_images(samples)
    return {UNSEEN: {what: len(ids)}} if ids else {}


def unseen_words(facts: Mapping[str, Any]) -> str:
    """Return the sentence about images that a model did not see, without its full stop; "" = it
    saw all there were."""
    counts = facts.get(UNSEEN)
    return f"{_listed(counts)} images that the model did not see" if counts else ""


def _with_images(samples: Iterable[Sample]) -> list[str]:
    return [sample.id for sample in samples if sample.images]


def _listed(counts: Mapping[str, int]) -> str:
    said = " and ".join(
        f"{number:,} {what if number != 1 else what.removesuffix('s')}"
        for what, number in counts.items()
    )
    return f"{said} {'has' if sum(counts.values()) == 1 else 'have'}"
