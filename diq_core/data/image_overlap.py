"""Images of samples that validation or test questions show, too: the same pixels, or nearly so.

The question may be another one: a model that was trained on the image has seen it all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from diq_core.data.findings import Finding, about
from diq_core.data.image_prints import BITS, NEAR_BITS, ImagePrint
from diq_core.data.sample import Sample

Kind = Literal["exact", "near"]


@dataclass(frozen=True, slots=True)
class ImageMatch:
    """A question elsewhere that shows an image.

    Attributes:
        group: which questions, such as "benchmark questions (vqa-rad.json)".
        other: id of the first of these questions that shows it.
        kind: the pixels are equal, or the hashes are near.
        bits: how many bits of the hashes differ; 0 for equal pixels.
    """

    group: str
    other: str
    kind: Kind
    bits: int = 0


class ShownImages:
    """The images of one set of questions, which can be asked for an equal or similar one.

    Args:
        group: what the set is called.
        samples: its questions.
        prints: name of an image → its fingerprint.
    """

    def __init__(
        self, group: str, samples: Sequence[Sample], prints: Mapping[str, ImagePrint]
    ) -> None:
        self.group = group
        self.images = len(prints)
        self._pixels: dict[bytes, str] = {}
        hashes: dict[bytes, str] = {}
        for sample in samples:
            for name in sample.images:
                self._pixels.setdefault(prints[name].pixels, sample.id)
                if prints[name].hash:
                    hashes.setdefault(prints[name].hash, sample.id)
        self._ids = list(hashes.values())
        self._hashes = _words(list(hashes))

    def find(self, image: ImagePrint) -> ImageMatch | None:
        """Return the question that shows the image; of near ones that with the fewest bits."""
        same = self._pixels.get(image.pixels)
        if same is not None:
            return ImageMatch(self.group, same, "exact")
        if not image.hash or not self._ids:
            return None
        import numpy as np

        bits = np.bitwise_count(self._hashes ^ _words([image.hash])).sum(axis=1)
        nearest = int(bits.argmin())
        if bits[nearest] > NEAR_BITS:
            return None
        return ImageMatch(self.group, self._ids[nearest], "near", int(bits[nearest]))


@dataclass(slots=True)
class _Tally:
    exact: set[str] = field(default_factory=set)
    near: set[str] = field(default_factory=set)
    samples: set[str] = field(default_factory=set)


class ImageOverlap:
    """Looks sample by sample for images that other questions show, and counts them.

    Args:
        sets: the other questions.
        print_of: (sample, name of its image) → the fingerprint; None = it cannot be read.
        leave_out: such samples are left out; else they are only listed.
    """

    def __init__(
        self,
        sets: Sequence[ShownImages],
        print_of: Callable[[Sample, str], ImagePrint | None],
        *,
        leave_out: bool,
    ) -> None:
        self._sets = [each for each in sets if each.images]
        self._print_of, self._leave_out = print_of, leave_out
        self._known: dict[str, list[ImageMatch]] = {}
        self._tallies = {each.group: _Tally() for each in self._sets}

    def look_at(self, sample: Sample) -> list[Finding]:
        """Return a finding for each image of the sample and each set that shows it."""
        found = []
        for image in dict.fromkeys(sample.images) if self._sets else ():
            if image not in self._known:
                self._known[image] = self._matches(sample, image)
            for match in self._known[image]:
                tally = self._tallies[match.group]
                (tally.exact if match.kind == "exact" else tally.near).add(image)
                tally.samples.add(sample.id)
                found.append(self._finding(sample, match))
        return found

    def facts(self) -> dict[str, dict[str, int]]:
        """Return for each set with images what is shared with it; {} = no set has images.

        "images" of the set in all, "exact" and "near" images of the samples that it shows,
        "samples" that show one of these.
        """
        return {
            each.group: {
                "images": each.images,
                "exact": len(tally.exact),
                "near": len(tally.near),
                "samples": len(tally.samples),
            }
            for each, tally in zip(self._sets, self._tallies.values(), strict=True)
        }

    def _matches(self, sample: Sample, image: str) -> list[ImageMatch]:
        mine = self._print_of(sample, image)
        return [match for each in self._sets if mine and (match := each.find(mine))]

    def _finding(self, sample: Sample, match: ImageMatch) -> Finding:
        how = "is" if match.kind == "exact" else "is nearly one"
        alike = f" ({match.bits} of {BITS} bits differ)" if match.kind == "near" else ""
        message = f"An image {how} in {match.group}: {match.other}{alike}"
        if self._leave_out:
            rule, hint = "image-overlap-out", "it was asked for: --leave-out-shared-images"
        else:
            rule = f"image-overlap-{match.kind}"
            hint = "leave such samples out (--leave-out-shared-images), or say so beside results"
        return about(sample, rule, message, hint=hint, field="images")


def shared_words(facts: Mapping[str, Mapping[str, int]], *, left_out: bool) -> list[str]:
    """Return what is shared with each set, a sentence each, for pages and datasheets."""
    rest = "left out" if left_out else "in use, unless another reason leaves it out"
    return [
        f"Images in {group}: {each['images']:,}; of these the dataset shows {each['exact']:,} "
        f"pixel for pixel and {each['near']:,} nearly so; each sample that shows one "
        f"({each['samples']:,}) is {rest}"
        if each["samples"]
        else f"Images in {group}: {each['images']:,}; the dataset shows none of them"
        for group, each in facts.items()
    ]


def _words(hashes: Sequence[bytes]) -> Any:
    import numpy as np

    return np.frombuffer(b"".join(hashes), dtype=np.uint64).reshape(-1, BITS // 64)
