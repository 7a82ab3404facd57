"""Endpoints as commands open them: with the patience and limits that were typed, and a cache."""

from __future__ import annotations

from diq_core.asking.endpoint import Endpoint
from diq_core.asking.limits import Limits
from diq_core.config import AskedInputs
from diq_core.stages.reply_cache import StudyReplies
from diq_core.study import Study


def open_endpoint(study: Study, how: AskedInputs, role: str, url: str) -> Endpoint:
    """Return the endpoint at `url`, asked as `role`; the caller closes it.

    Raises:
        BadSetting: see `Endpoint`.
    """
    own = "verifier_" if role == "verifier" else ""
    return Endpoint(
        url, timeout=how.timeout, attempts=how.tries, role=role,
        limits=Limits(getattr(how, f"{own}per_minute"), getattr(how, f"{own}at_once")),
        cache=StudyReplies(study),
    )  # fmt: skip
