"""Which images of a dataset validation and benchmark questions show, too: their files are read
here, compared in `data.image_overlap`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from diq_core.artefact import Artefact
from diq_core.data.image_overlap import ImageOverlap, ShownImages, shared_words
from diq_core.data.image_prints import ImagePrint, image_print
from diq_core.data.readers.splits import TEST_FIRST
from diq_core.data.redrawing import Unreadable
from diq_core.data.sample import Sample
from diq_core.scratch import Scratch
from diq_core.stages.sources import read_questions

FACT = "shared_images"
"""Key among the facts of a dataset: set of questions → what is shared with it."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Questions that must not be trained on.

    Attributes:
        against: what a set is called → its questions.
        shown: the images of each set.
    """

    against: dict[str, list[Sample]]
    shown: list[ShownImages]


def read_held_out(files: Mapping[str, str]) -> HeldOut:
    """Return the questions in files, with their images; of a benchmark its part for testing.

    Args:
        files: role, such as ``benchmark-0`` → file, folder or hub id.

    Raises:
        UserError: see `import_samples`.
    """
    against: dict[str, list[Sample]] = {}
    shown = []
    for role, file in files.items():
        kind = role.split("-")[0]
        group = f"{kind} questions ({Path(file).name})"
        if group in against:  # two files of one name, from two folders
            group = f"{kind} questions ({Path(file).name}, {role})"
        with Scratch() as folder:
            split = TEST_FIRST if kind == "benchmark" else None
            against[group] = read_questions(file, images_to=folder, split=split)
            shown.append(_shown_by(group, against[group], folder))
    return HeldOut(against, shown)


def _shown_by(group: str, asked: Sequence[Sample], images: Path) -> ShownImages:
    names = sorted({name for each in asked for name in each.images})
    prints = {name: found for name in names if (found := _print(images / name))}
    seen = [each for each in asked if set(each.images) <= prints.keys()]
    return ShownImages(group, seen, prints)


def shared_with(sets: Iterable[ShownImages], *images: Path, leave_out: bool) -> ImageOverlap:
    """Return what looks for them in samples whose images lie in the folders `images`."""

    def print_of(_sample: Sample, name: str) -> ImagePrint | None:
        return _print(next((each / name for each in images if (each / name).is_file()),
                           images[0] / name))  # fmt: skip

    return ImageOverlap(list(sets), print_of, leave_out=leave_out)


def shared_lines(dataset: Artefact) -> list[str]:
    """Return what a dataset's images share with other questions, a sentence each; often none."""
    facts = dataset.manifest["facts"].get(FACT, {})
    left_out = dataset.settings.get("leave_out_shared_images", False)
    return [f"{each}." for each in shared_words(facts, left_out=left_out)]


def _print(path: Path) -> ImagePrint | None:
    try:
        return image_print(path.read_bytes())
    except Unreadable:  # which the import says of it
        return None
