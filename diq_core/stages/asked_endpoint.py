"""Endpoints as commands open them: with the patience and limits that were typed, and a cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from diq_core.asking.endpoint import Endpoint, EndpointFailed
from diq_core.asking.limits import Limits
from diq_core.config import AskedInputs
from diq_core.stages.reply_cache import StudyReplies
from diq_core.study import Study

S = TypeVar("S")
T = TypeVar("T")

GIVE_UP = 25
"""One sample that a model cannot answer costs several requests, and two of them are no sign that
it is unusable."""


def ask_all(one: Callable[[S], T], samples: Sequence[S], *, at_once: int) -> Iterator[T]:
    """Yield what `one` returns for each sample, in their order; so many are asked about at a time.

    Raises:
        EndpointFailed: an endpoint is unusable; says how many samples are done.
    """
    done = 0
    pool = ThreadPoolExecutor(max_workers=at_once)
    try:
        for said in pool.map(one, samples):
            yield said
            done += 1
    except EndpointFailed as error:
        raise EndpointFailed(
            f"{error.what}. {done} of {len(samples)} samples are done",
            which=error.which,
            todo=f"{error.todo}; every reply so far is kept and not asked for again",
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


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
