"""The Hugging Face hub: an export as a data set there, in one commit.

`huggingface_hub` says what is sent; how it is sent is ours: each request goes to an address that
was judged (`asking.wire`), follows no redirect and asks no proxy. Large files go where the hub
says, to an origin that must be allowed as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpcore2
import httpx2

from diq_core.asking.address import target_of
from diq_core.asking.allowed import require_allowed
from diq_core.asking.wire import Door, TooLarge, Unreachable
from diq_core.errors import BadFile, BadSetting, DiqError
from diq_core.remote.place import HUB, TOKEN_VARIABLE, hub_token, origin_of

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
CARD = "README.md"
_SECONDS = 600.0
# Asked by the library for itself, to say in its name by which agent it is used.
_LIBRARYS_OWN = "/api/agent-harnesses"


def require_pushable(repo: str) -> str:
    """Return the token with which `repo` is written; asks nobody.

    Raises:
        BadSetting: it is no name of a data set, the hub may not be reached, or there is no token.
    """
    if not HUB_ID.fullmatch(repo) or ".." in repo or "--" in repo:
        raise BadSetting(
            "This is no name of a data set on the hub", which=f"{repo[:100]!a}",
            todo="give organisation and name, such as org/name, or an address such as s3://…",
        )  # fmt: skip
    origin = origin_of("hf")
    require_allowed(origin)
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise BadSetting(
            "The hub is not asked from here", which="HF_HUB_OFFLINE", todo="unset it to push"
        )
    token = hub_token()
    if not token:
        todo = (
            f"set {TOKEN_VARIABLE} in the environment, or run `hf auth login`"
            if origin == HUB
            else f"pair the hub with the variable that holds its token, such as "
            f"DIQ_ENDPOINT_KEYS={origin}={TOKEN_VARIABLE}"
        )
        raise BadSetting("There is no token for the hub", which=origin, todo=todo)
    return token


def push(repo: str, files: Mapping[str, Path | bytes], message: str) -> str:
    """Write files into a data set of the hub in one commit, and return the commit's address.

    A data set that is not there yet is made, and is private.

    Args:
        repo: ``org/name``.
        files: name in the data set → the file, or its content.

    Raises:
        BadSetting: see `require_pushable`; or where the hub wants something sent may not be asked.
        BadFile: the hub refuses it, or the connection failed.
    """
    from huggingface_hub import CommitOperationAdd, HfApi

    token = require_pushable(repo)
    try:
        with _through_the_door():
            api = HfApi(endpoint=origin_of("hf"), token=token)
            api.create_repo(repo, repo_type="dataset", visibility="private", exist_ok=True)
            commit = api.create_commit(
                repo,
                [CommitOperationAdd(name, content) for name, content in files.items()],
                commit_message=message,
                repo_type="dataset",
                num_threads=1,
            )
    except _FAILURES as error:
        raise _in_words(repo, _cause(error)) from None
    return str(commit.commit_url)


# What the library raises of its own, and what our transport raises through it.
_FAILURES = (
    DiqError, Unreachable, TooLarge, httpx2.HTTPError, OSError, RuntimeError, ValueError, KeyError
)  # fmt: skip


def _cause(error: BaseException) -> BaseException:
    """Return what is behind an error: the library wraps what happens to a large file."""
    if isinstance(error, RuntimeError) and error.__cause__ is not None:
        return _cause(error.__cause__)
    return error


def _in_words(repo: str, error: BaseException) -> DiqError:
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, DiqError):
        return error
    if isinstance(error, HfHubHTTPError):
        return _refused(repo, error)
    why = str(error) if isinstance(error, Unreachable) else type(error).__name__
    return BadFile(
        f"The hub cannot be written to: {why}", which=repo,
        todo="check the connection and run the same command again",
    )  # fmt: skip


def _refused(repo: str, error: Any) -> BadFile:
    status = error.response.status_code
    said = " ".join(str(getattr(error, "server_message", None) or "").split())[:200].rstrip(".")
    if status in (401, 403):
        said, todo = said or "the token may not", "give a token that may write to it"
    else:
        todo = "see whether the hub works, and run the same command again"
    return BadFile(
        f"The hub refuses to be written to ({status}): {said or 'without a reason'}",
        which=repo,
        todo=todo,
    )


def _moved(headers: Iterable[tuple[bytes, bytes]]) -> BadFile:
    places = (text.decode("latin-1") for name, text in headers if name.lower() == b"location")
    return BadFile(
        "The hub sends this on to another place, which is not followed",
        which=target_of(next(places, "")),
        todo="name the data set, or the hub in HF_ENDPOINT, as it is called now",
    )


@contextmanager
def _through_the_door() -> Iterator[None]:
    """Let `huggingface_hub` send by our client, and nothing by the one that sends in Rust."""
    from huggingface_hub import constants, set_client_factory
    from huggingface_hub.utils._http import default_client_factory

    before = constants.HF_HUB_DISABLE_XET
    constants.HF_HUB_DISABLE_XET = True
    set_client_factory(
        lambda: httpx2.Client(transport=_Transport(), follow_redirects=False, trust_env=False)
    )
    try:
        yield
    finally:
        set_client_factory(default_client_factory)
        constants.HF_HUB_DISABLE_XET = before


class _Transport(httpx2.BaseTransport):
    """Sends each request to an address that was judged, and reads the whole answer."""

    def __init__(self) -> None:
        self._ways: dict[str, tuple[Door, httpcore2.ConnectionPool]] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == _LIBRARYS_OWN:
            return httpx2.Response(404, request=request)
        door, pool = self._way(request.url)
        door.begin(_SECONDS)
        try:
            answer = pool.request(
                request.method,
                str(request.url),
                headers=request.headers.raw,
                content=request.stream,  # type: ignore[arg-type]
            )
        except (httpcore2.ProtocolError, httpcore2.NetworkError) as error:
            raise Unreachable(f"the connection broke ({type(error).__name__})") from None
        if 300 <= answer.status < 400:
            raise _moved(answer.headers)
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.content)

    def _way(self, url: httpx2.URL) -> tuple[Door, httpcore2.ConnectionPool]:
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        if origin not in self._ways:
            require_allowed(origin)
            door = Door(origin)
            pool = httpcore2.ConnectionPool(
                ssl_context=httpcore2.default_ssl_context(), max_connections=1,
                network_backend=door,
            )  # fmt: skip
            self._ways[origin] = door, pool
        return self._ways[origin]

    def close(self) -> None:
        for _, pool in self._ways.values():
            pool.close()
