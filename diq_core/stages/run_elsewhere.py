"""A configuration for another trainer that points at one of the study's exports."""

from __future__ import annotations

from diq_core.artefact import Artefact
from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.models.files import SHIPPED
from diq_core.training.configs import training_config

PLACE = "FOLDER-OF-THE-MODEL"
"""Stands for the folder of an embedded model, which only the reader can name."""


def config_for(trainer: str, settings: FinetuneSettings, export: Artefact) -> str:
    """Return the text of a configuration that trains on `export` with these settings.

    The embedded model is a file inside a package, so its folder is left for the reader to name.

    Raises:
        BadSetting: see `training_config`; or Axolotl would learn from earlier answers too.
    """
    if trainer == "axolotl" and _has_history(export):
        raise BadSetting(
            "Axolotl learns from every answer of a conversation, and only the last one was scored",
            which=export.name,
            todo="write a configuration for llama-factory or trl, which learn from the last only",
        )
    return training_config(
        trainer,
        settings,
        base=PLACE if settings.model in SHIPPED else settings.model,
        data=export.path,
        format=export.settings["format"],
        samples=export.manifest["counts"]["exported"],
        field=export.manifest["facts"].get("thinking", {}).get("field", ""),
        images=bool(export.manifest["counts"].get("images")),
    )


def _has_history(export: Artefact) -> bool:
    """Return whether a record of messages holds earlier answers."""
    file = "train.jsonl"
    if not export.holds(file):
        return False
    with export.file(file).open(encoding="utf-8") as lines:
        return any(line.count('"role": "assistant"') > 1 for line in lines)
