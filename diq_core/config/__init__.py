"""The settings of every stage; see `diq_core.config.base` for what they have in common."""

from diq_core.config.asked import AskedInputs, PassrateInputs, ReflectInputs
from diq_core.config.base import Images, Names, Option, Settings, Thinking, build, read_toml
from diq_core.config.choice import Aspect, ExportSettings, Length, Rule, SelectSettings
from diq_core.config.inputs import (
    DatasetInputs,
    EvaluateInputs,
    ExecutionInputs,
    ExperimentInputs,
    ExportInputs,
    ImportInputs,
    InfluenceInputs,
    Inputs,
    PairInputs,
    QualityInputs,
    RunInputs,
    ScoresInputs,
    SelectInputs,
    SelectionInputs,
    TokensInputs,
)
from diq_core.config.judges import JudgeSettings, PairSettings, QualitySettings
from diq_core.config.mix import MixInputs, MixSettings
from diq_core.config.models import (
    EvaluateSettings,
    ExperimentSettings,
    FinetuneSettings,
    Scoring,
)
from diq_core.config.recipe import RecipeSettings
from diq_core.config.reflection import ReflectSettings
from diq_core.config.scores import (
    Also,
    DifficultySettings,
    EmbedSettings,
    ImportSettings,
    InfluenceSettings,
    PassrateSettings,
    ScoresSettings,
    TokensSettings,
)

__all__ = [
    "Also",
    "AskedInputs",
    "Aspect",
    "DatasetInputs",
    "DifficultySettings",
    "EmbedSettings",
    "EvaluateInputs",
    "EvaluateSettings",
    "ExecutionInputs",
    "ExperimentInputs",
    "ExperimentSettings",
    "ExportInputs",
    "ExportSettings",
    "FinetuneSettings",
    "Images",
    "ImportInputs",
    "ImportSettings",
    "InfluenceInputs",
    "InfluenceSettings",
    "Inputs",
    "JudgeSettings",
    "Length",
    "MixInputs",
    "MixSettings",
    "Names",
    "Option",
    "PairInputs",
    "PairSettings",
    "PassrateInputs",
    "PassrateSettings",
    "QualityInputs",
    "QualitySettings",
    "RecipeSettings",
    "ReflectInputs",
    "ReflectSettings",
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
    "TokensInputs",
    "TokensSettings",
    "build",
    "read_toml",
]
