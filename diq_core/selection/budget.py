"""How many samples to keep: a share of the samples or a count."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from diq_core.errors import BadSetting

_NUMBER = re.compile(r"\d+(\.\d+)?|\.\d+")
_HOW = 'Write a share such as "10%" or 0.1, or a whole number of samples such as "250"'


@dataclass(frozen=True, slots=True)
class Budget:
    """A share (0 < share <= 1) or a count (>= 1) of samples; exactly one of the two is given."""

    share: float | None = None
    count: int | None = None

    def __str__(self) -> str:
        if self.share is None:
            return str(self.count)
        return f"{(Decimal(str(self.share)) * 100).normalize():f} %"

    def of(self, pool: int) -> int:
        """Return how many of ``pool`` samples this asks for.

        A share is rounded to the nearest whole number, halves up, and is at least 1 where
        the pool is not empty. A count is returned as it is, even if the pool is smaller.
        """
        if self.share is None:
            return self.count or 0
        # The decimal as it was written: 0.29 * 50 is 14.499999999999998 in binary.
        exact = Fraction(str(self.share)) * pool
        return min(pool, max(1, math.floor(exact + Fraction(1, 2))))


def parse_budget(value: str | int | float | Budget, name: str = "budget") -> Budget:
    """Read a budget: "10%", "0.5 %", "0.1" and 0.1 are shares, "250" and 250 are counts.

    Args:
        value: text or number; a text with % is a share, a whole number is a count, a
            fraction between 0 and 1 is a share.
        name: what the number is called in an error.

    Raises:
        BadSetting: nothing, more than everything, or no number at all.
    """
    if isinstance(value, Budget):
        return value
    text = str(value).strip()
    number = text.removesuffix("%").rstrip()
    negative = number.startswith("-")
    if isinstance(value, bool) or not _NUMBER.fullmatch(number.removeprefix("-")):
        raise BadSetting(f"The {name} '{_short(text)}' is not a number", todo=_HOW)
    amount = Fraction(number)
    if amount == 0 or negative:
        raise BadSetting(f"The {name} '{_short(text)}' would keep nothing", todo=_HOW)
    if text.endswith("%"):
        return _share(amount / 100, text, name)
    if "." not in number:
        return Budget(count=int(amount))
    if amount == 1:
        raise BadSetting(
            f"The {name} '{_short(text)}' could mean one sample or all of them",
            todo='Write "1" for one sample or "100%" for all',
        )
    if amount > 1:
        raise BadSetting(f"The {name} '{_short(text)}' is not a whole number", todo=_HOW)
    return _share(amount, text, name)


def _share(share: Fraction, text: str, name: str) -> Budget:
    if share > 1:
        raise BadSetting(f"The {name} '{_short(text)}' is more than everything", todo=_HOW)
    return Budget(share=float(share))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
