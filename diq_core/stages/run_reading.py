"""What a run reads: what it learns from, and what its validation loss is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diq_core.config import FinetuneSettings
from diq_core.data.sample import Sample
from diq_core.migrations import SCHEMA
from diq_core.models.files import ModelFiles
from diq_core.stages.rewarding import read_learned
from diq_core.stages.unseen import unseen
from diq_core.training.held_out import check_validation
from diq_core.training.pairs import Pairs
from diq_core.training.preparing import Prepared, Read, prepare, read_data


@dataclass(frozen=True)
class RunData:
    """What was read.

    Attributes:
        learned: samples or pairs of the training data.
        validation: those named for a validation loss; None = none are named.
    """

    learned: Read
    validation: Read | None

    def unseen(
        self, settings: FinetuneSettings, files: ModelFiles, schema: int = SCHEMA
    ) -> dict[str, Any]:
        """Return what the run states of images that the model does not see; see `unseen`."""
        groups = {"pairs" if isinstance(self.learned, Pairs) else "samples": _texts(self.learned)}
        if self.validation is not None:
            groups["validation samples"] = _texts(self.validation)
        return unseen(groups, lambda: files, settings.images, which=f"model {files.name}",
                      schema=schema)  # fmt: skip

    def prepared(self, settings: FinetuneSettings, files: ModelFiles) -> Prepared:
        """Return it in tokens, with the plan; see `prepare`."""
        return prepare(self.learned, settings, files, self.validation)


def read_run_data(source: str, validation: str | None, settings: FinetuneSettings) -> RunData:
    """Return what a run learns from and what its validation loss is measured on.

    Raises:
        UserError: see `read_learned`, `read_data` and `check_validation`.
    """
    check_validation(settings, named=validation is not None)
    others = None if validation is None else read_data(validation, settings)
    return RunData(read_learned(source, settings), others)


def _texts(read: Read) -> Sequence[Sample]:
    return [pair.chosen for pair in read.pairs] if isinstance(read, Pairs) else read.samples
