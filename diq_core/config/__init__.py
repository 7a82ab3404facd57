"""The settings of every stage; see `diq_core.config.base` for what they have in common."""

from diq_core.config.base import Names, Option, Settings, Thinking, build, read_toml
from diq_core.config.choice import Aspect, ExportSettings, Length, Rule, SelectSettings
from diq_core.config.inputs import (
    DatasetInputs,
    EvaluateInputs,
    ExecutionInputs,
    ExperimentInputs,
    ImportInputs,
    InfluenceInputs,
    Inputs,
    PairInputs,
    QualityInputs,
    RunInputs,
    ScoresInputs,
    SelectInputs,
    SelectionInputs,
)
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
    "DatasetInputs",
    "DifficultySettings",
    "EmbedSettings",
    "EvaluateInputs",
    "EvaluateSettings",
    "ExecutionInputs",
    "ExperimentInputs",
    "ExperimentSettings",
    "ExportSettings",
    "FinetuneSettings",
    "ImportInputs",
    "ImportSettings",
    "InfluenceInputs",
    "InfluenceSettings",
    "Inputs",
    "JudgeSettings",
    "Length",
    "Names",
    "Option",
    "PairInputs",
    "PairSettings",
    "QualityInputs",
    "QualitySettings",
    "Rule",
    "RunInputs",
    "ScoresInputs",
    "ScoresSettings",
    "Scoring",
    "SelectInputs",
    "SelectSettings",
    "SelectionInputs",
    "Settings",
    "Thinking",
    "build",
    "read_toml",
]
