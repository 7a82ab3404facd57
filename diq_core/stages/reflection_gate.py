"""The door between reflective chains and training: a person has read each, or somebody waives that.

A machine wrote them, and a verifier looked at their conclusions only. What says that a sample is
such a chain is the entry `REFLECTION` of its own, so it holds wherever the sample went: mixed with
others, added to another dataset, imported elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diq_core.artefact import Artefact
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.export.verdicts import Verdicts
from diq_core.stages.joining import SAMPLES, load_parts
from diq_core.stages.reflection_tables import REFLECTION


@dataclass(frozen=True, slots=True)
class Read:
    """How far the reflective chains of an export were read by people.

    Attributes:
        chains, read: how many there are, and how many have a person's verdict.
        aided: how many were found only once the reference was seen.
        waived: why the others are in all the same; "" = there are none.
    """

    chains: int
    read: int
    aided: int
    waived: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says of it."""
        said = {"chains": self.chains, "read": self.read, "aided": self.aided}
        return {"reflection": {**said, "waived": self.waived}} if self.chains else {}

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the datasheet says of it."""
        if not self.chains:
            return ()
        said = (
            f"Reflective chains that a machine wrote: {self.chains:,}; read by a person: "
            f"{self.read:,}; written once the reference was seen: {self.aided:,}."
        )
        return (said, f"The others were not read: {self.waived}") if self.waived else (said,)


def require_read(samples: Sequence[Sample], verdicts: Verdicts | None, waived: str) -> Read:
    """Refuse reflective chains that no person has judged, unless somebody waives the review.

    Args:
        samples: what is to be exported.
        verdicts: those that are frozen with the export; None = none are.
        waived: why nobody has to; "" = somebody has to.

    Raises:
        BadSetting: some are not read.
    """
    chains = [sample for sample in samples if REFLECTION in sample.meta]
    people = {row["id"] for row in (verdicts.verdicts if verdicts else ()) if not row["machine"]}
    unread = [sample for sample in chains if sample.id not in people]
    aided = sum(_branch(sample) == "aided" for sample in chains)
    if unread and not waived.strip():
        raise BadSetting(
            f"{len(unread):,} of {len(chains):,} reflective chains were written by a machine and "
            "read by nobody",
            which=f"sample {unread[0].id!a}",
            todo="review the selection and export it with --verdicts, or say with --waive-review "
            "why they need no review; manifest and datasheet keep the reason",
        )
    return Read(len(chains), len(chains) - len(unread), aided, waived.strip() if unread else "")


def has_chains(dataset: Artefact) -> bool:
    """Return whether any sample of a dataset is a reflective chain."""
    return any(
        f'"{REFLECTION}"' in text
        for part in load_parts(dataset, SAMPLES, ["meta"])
        for text in part["meta"].to_pylist()
    )


def _branch(sample: Sample) -> str:
    said = sample.meta[REFLECTION]
    return str(said.get("branch", "")) if isinstance(said, dict) else ""
