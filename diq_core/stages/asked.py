"""Which columns the filters and quotas of a selection ask for, and what of them people write."""

from __future__ import annotations

from collections.abc import Iterable

from diq_core.config import SelectSettings
from diq_core.errors import BadSetting
from diq_core.selection.contents import Contents
from diq_core.selection.filters import parse_filter
from diq_core.selection.quotas import parse_quota
from diq_core.stages.columns import LIVING, fingerprint


def asked_columns(settings: SelectSettings) -> tuple[str, ...]:
    """Return the names of the columns that filters and quotas ask for, in small letters.

    Raises:
        BadSetting: one is none.
    """
    names = [*(parse_filter(each).column for each in settings.where),
             *(parse_quota(each).column for each in settings.quotas)]  # fmt: skip
    return tuple(dict.fromkeys(name.casefold() for name in names))


def living(columns: Iterable[str]) -> list[str]:
    """Return which of these columns people go on writing."""
    return sorted({name.casefold() for name in columns} & {*LIVING})


def pinned(settings: SelectSettings, contents: Contents) -> SelectSettings:
    """Return `settings` with the state of the reviews, where filters or quotas ask for it.

    Raises:
        BadSetting: they name another state.
    """
    asked = living(asked_columns(settings))
    now = fingerprint(contents.columns, asked)
    if settings.judged_at not in ("", now):
        raise BadSetting(
            "The reviews say something else than when this selection was made "
            f"({settings.judged_at}; now {now or 'nothing of them is asked for'})",
            which=", ".join(asked) or "judged_at",
            todo="leave --judged-at out to choose by what they say now",
        )
    return settings.model_copy(update={"judged_at": now})
