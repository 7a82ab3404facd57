"""The settings of every stage; see `diq_core.config.base` for what they have in common."""

from diq_core.config.base import Option, Settings, build, read_toml
from diq_core.config.choice import Aspect, ExportSettings, Rule, SelectSettings
from diq_core.config.judges import JudgeSettings, PairSettings, QualitySettings
from diq_core.config.models import (
    EvaluateSettings,
    ExperimentSettings,
    FinetuneSettings,
    Scoring,
)
from diq_core.config.scores import (
    Also,
    DifficultySettings,
    EmbedSettings,
    ImportSettings,
    InfluenceSettings,
    ScoresSettings,
)

__all__ = [
    "Also",
    "Aspect",
    "DifficultySettings",
    "EmbedSettings",
    "EvaluateSettings",
    "ExperimentSettings",
    "ExportSettings",
    "FinetuneSettings",
    "ImportSettings",
    "InfluenceSettings",
    "JudgeSettings",
    "Option",
    "PairSettings",
    "QualitySettings",
    "Rule",
    "ScoresSettings",
    "Scoring",
    "SelectSettings",
    "Settings",
    "build",
    "read_toml",
]
