"""What the settings of an evaluation may not say, for its questions and its model."""

from __future__ import annotations

from collections.abc import Sequence

from diq_core.artefact import Artefact
from diq_core.config import EvaluateSettings
from diq_core.errors import BadSetting


def checked(
    settings: EvaluateSettings, names: Sequence[str], run: Artefact | None
) -> EvaluateSettings:
    """Return the settings with the base model of the run, or refuse them."""
    if not settings.scorings and not settings.answer_loss:
        raise BadSetting(
            "Nothing is to be measured",
            which="scorings",
            todo="name a scoring (letter, option, generated) or measure the answer loss",
        )
    for group, members in settings.groups.items():
        unknown = [each for each in members if each not in names]
        if unknown or not members or group == "A":
            raise BadSetting(
                f"The average {group!r} "
                + (
                    f"names the benchmark {unknown[0]!r}, which is not evaluated"
                    if unknown
                    else "always means all benchmarks"
                    if members
                    else "names no benchmark"
                ),
                which="groups",
                todo=f"use names of: {', '.join(names)}",
            )
    if run is None:
        return settings
    base = str(run.settings["model"])
    if settings.model not in (EvaluateSettings().model, base):
        raise BadSetting(
            f"The run '{run.name}' was trained on {base!r}, the settings name {settings.model!r}",
            which="model",
            todo="leave the model out: a run brings its own",
        )
    return settings.model_copy(update={"model": base})


def require_written(settings: EvaluateSettings, shown: Sequence[str]) -> None:
    """Refuse to ask questions with images in a way in which they cannot be shown."""
    if settings.scorings != ("generated",) or settings.template != "chat":
        count = f"{len(shown):,} question{'s have' if len(shown) != 1 else ' has'}"
        raise BadSetting(
            f"{count} images, and a model that reads them can only be asked through its own chat "
            "template and answer in writing",
            which=f"the first: {shown[0]}",
            todo="use --scorings generated --template chat, or --images ignore",
        )
