"""Numbers as people read them: with sign and unit."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return a duration, e.g. ``"45 s"``, ``"3 min 20 s"``, ``"2 h 5 min"``."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    return f"{left} s"


def count(number: int, unit: str) -> str:
    """Return a number with its unit in the right form, e.g. ``"1 sample"``, ``"1,200 samples"``."""
    one = unit[:-1] if number == 1 and unit.endswith("s") else unit
    return f"{number:,} {one}"


def share(part: int, whole: int) -> str:
    """Return a share as a whole percentage; never 0 % or 100 % when it is not exactly that."""
    if not whole:
        return "none"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "under 1 %"
    if 99 < percent < 100:
        return "over 99 %"
    return f"{percent:.0f} %"


def size(number: int) -> str:
    """Return a file's size, e.g. ``"12.3 MB"`` (1 MB = 1,000,000 bytes)."""
    amount = float(number)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def signed(number: float) -> str:
    """Return a number with its sign and three digits, e.g. ``"+0.454"``, ``"−1.2"``."""
    return f"{number:+.3g}".replace("-", "−")
