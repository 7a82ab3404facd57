"""A tracker of the user's own: what the run is called there, and its errors in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.training.fit import _arguments, _tracker_in_words
from diq_core.training.watch import Tracking

HERE = Tracking("mlflow", "my study", "run 1")
REFUSED = type("MlflowException", (Exception,), {"__module__": "mlflow.exceptions"})


class OnCpu:
    device = "cpu"


def test_the_run_is_called_there_what_it_is_called_here(tmp_path: Path) -> None:
    model: Any = OnCpu()
    told = _arguments(model, FinetuneSettings(), tmp_path, HERE)
    assert (told["report_to"], told["project"], told["run_name"]) == (
        ["mlflow"], "my study", "run 1",
    )  # fmt: skip
    alone = _arguments(model, FinetuneSettings(), tmp_path, None)
    assert alone["report_to"] == []
    assert not {"project", "run_name"} & alone.keys()


def test_what_a_tracker_refuses_is_said_with_its_name() -> None:
    with (
        pytest.raises(BadSetting, match=r"tracker refuses: use a database \(mlflow\).*--track"),
        _tracker_in_words(HERE),
    ):
        raise REFUSED("use a\n database")


@pytest.mark.parametrize("tracking", [None, HERE])
def test_errors_of_anything_else_pass_through(tracking: Tracking | None) -> None:
    with pytest.raises(ValueError, match="mine"), _tracker_in_words(tracking):
        raise ValueError("mine")
    with pytest.raises(REFUSED), _tracker_in_words(None):
        raise REFUSED("x")
