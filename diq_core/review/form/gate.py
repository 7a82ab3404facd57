"""What a machine judge must reach before its ratings may be used: set once for a study, logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diq_core.errors import BadSetting

Coefficient = Literal["gwet", "kappa"]
COEFFICIENTS: dict[Coefficient, str] = {
    "gwet": "Gwet's AC2 (quadratic)",
    "kappa": "Cohen's kappa (quadratic)",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """What is required before a judge's ratings may be used.

    Attributes:
        threshold: on every scale the lower end of the interval of the agreement with people must
            reach it, above 0 to 1; None = nobody has set one, so nothing may be used.
        coefficient: "gwet" (steady when nearly all ratings are alike) or "kappa".
        fewest: samples that people and judge both rated, at least; 10 or more.
    """

    threshold: float | None = None
    coefficient: Coefficient = "gwet"
    fewest: int = 30

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 < self.threshold <= 1:
            raise BadSetting(
                f"A threshold of {self.threshold} is not possible",
                which="threshold",
                todo="choose above 0 and at most 1, e.g. 0.6",
            )
        if self.coefficient not in COEFFICIENTS:
            raise BadSetting("No such coefficient", which="coefficient", todo="use gwet or kappa")
        if self.fewest < 10:
            raise BadSetting(
                f"{self.fewest} samples are too few to know the agreement",
                which="fewest",
                todo="ask for 10 or more",
            )
