"""A fine-tuned model made ready to be tested: base model and adapter, or the whole model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from diq_core.errors import BadFile, BadSetting, NotFound, UserError
from diq_core.models.adapters import examine_adapter
from diq_core.models.load import CausalModel, freeze, load_causal
from diq_core.models.parts import one_sentence
from diq_core.models.reading import REFUSED, unusable
from diq_core.models.stand_in import STAND_IN, STAND_IN_NAME

ADAPTER = "adapter"
MODEL = "model"

Tell = Callable[[str], None]


def load_tuned(
    folder: Path, base: str, *, base_digest: str | None = None, tell: Tell | None = None
) -> CausalModel:
    """Load the model that a run wrote; an adapter is merged into its base model in memory.

    Args:
        folder: holds ``adapter/`` (a plain peft folder) or ``model/`` (a whole model).
        base: the model that the adapter was trained on.
        base_digest: what its files were then; None = not known.

    Raises:
        NotFound: the base model is gone, or it is not the one the adapter was trained on.
        BadFile: the folder holds neither, or the adapter does not fit.
    """
    adapter = folder / ADAPTER
    if not adapter.is_dir():
        if not (folder / MODEL).is_dir():
            raise BadFile(
                "The run holds neither an adapter nor a model",
                which=folder.name,
                todo="fine-tune it again",
            )
        return replace(load_causal(str(folder / MODEL), tell=tell), name=_name(folder, base))
    try:
        model = load_causal(base, tell=tell)
    except UserError as error:
        raise NotFound(
            f"The base model of run '{folder.name}' cannot be loaded: {error.what}",
            which=error.which or base,
            todo="put the base model back where it was; the adapter alone cannot answer",
        ) from error
    if base_digest is not None and model.digest != base_digest:
        raise NotFound(
            f"The base model of run '{folder.name}' is another one than the adapter was trained on",
            which=base,
            todo="put the earlier files back, or fine-tune again",
        )
    merged = _merged(model.model, adapter, folder.name)
    return replace(model, model=merged, name=_name(folder, base))


def _name(folder: Path, base: str) -> str:
    """Return what the tuned model is called; an eye that was untrained before stays named so."""
    return f"{folder.name}, from {STAND_IN_NAME}" if base == STAND_IN else folder.name


def _merged(model: Any, adapter: Path, run: str) -> Any:
    from peft import PeftModel, get_peft_model_state_dict

    try:
        stored = examine_adapter(adapter)
        with one_sentence(adapter):
            tuned = PeftModel.from_pretrained(model, str(adapter), local_files_only=True)
        # peft only warns of a weight that is not there, and goes on with the base model's.
        lacking = sorted({*get_peft_model_state_dict(tuned)} - {*stored})
        if lacking:
            raise unusable(f"its adapter lacks {lacking[0][:200]!a}", adapter)
        with one_sentence(adapter):
            return freeze(tuned.merge_and_unload())
    except BadSetting as error:
        raise BadFile(
            f"The adapter of run '{run}' does not fit its base model: "
            f"{error.what.removeprefix(REFUSED)}",
            which=error.which,
            todo="fine-tune it again",
        ) from error
