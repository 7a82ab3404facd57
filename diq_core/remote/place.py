"""Addresses of files elsewhere: ``hf://``, ``s3://``, ``memory://``, and which may be reached.

An address names a bucket or a data set, never a server: which server that is says the environment
of whoever runs the app (``HF_ENDPOINT``, ``AWS_ENDPOINT_URL``), and it must be one of those that
may be asked (see `asking.allowed`). Other kinds of addresses that fsspec knows can name files of
this machine, or any server, and are refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from diq_core.asking.allowed import require_allowed
from diq_core.asking.keys import key_for
from diq_core.errors import BadFile, BadSetting, DiqError, NotFound
from diq_core.extras import need

Scheme = Literal["hf", "s3", "memory"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

HUB = "https://huggingface.co"
HUB_VARIABLE = "HF_ENDPOINT"
TOKEN_VARIABLE = "HF_TOKEN"
_AMAZON = "https://s3.amazonaws.com"
_AMAZON_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# What else fsspec or a server could read as more than a name: chains, queries, fragments.
_STRANGE = re.compile(r"::|[\\?#%*\[\]\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Place:
    """A file or a folder elsewhere.

    Attributes:
        path: bucket or data set and what follows, without scheme and without a slash at the end.
    """

    scheme: Scheme
    path: str

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://{self.path}"

    @property
    def name(self) -> str:
        """Its last name."""
        return self.path.rpartition("/")[2]


def is_url(text: str) -> bool:
    """Return whether `text` is an address, known or not, and no path and no hub id."""
    return _SCHEME.match(text) is not None


def place_of(url: str) -> Place:
    """Return what an address names.

    Raises:
        BadSetting: it is of a kind that is not read here, or no plain address.
    """
    scheme, _, path = url.partition("://")
    path = path.rstrip("/")
    if scheme.lower() not in SCHEMES:
        raise BadSetting(
            "Files are not fetched from or sent to an address of this kind",
            which=f"{scheme[:40]!a}",
            todo=f"give {', '.join(f'{each}://…' for each in SCHEMES)}, or a path of this machine",
        )
    parts = path.split("/")
    if _STRANGE.search(path) or "@" in parts[0] or any(each in ("", ".", "..") for each in parts):
        # It is not repeated: it may hold a password.
        raise BadSetting(
            "This is no plain address of a file or folder",
            which=f"{scheme.lower()}://",
            todo="give a bucket or data set and plain names, such as s3://bucket/folder/pool.jsonl "
            "or hf://datasets/org/name/train.jsonl, without query, password and placeholders",
        )
    return Place(cast(Scheme, scheme.lower()), path)


def origin_of(scheme: Scheme) -> str:
    """Return the server behind addresses of this kind; empty = this process itself."""
    match scheme:
        case "hf":
            return os.environ.get(HUB_VARIABLE, "").strip().rstrip("/") or HUB
        case "s3":
            given = (os.environ.get(name, "").strip() for name in _AMAZON_VARIABLES)
            return next(filter(None, given), _AMAZON).rstrip("/")
        case "memory":
            return ""


def require_reachable(place: Place) -> None:
    """Refuse an address whose server may not be asked.

    Raises:
        BadSetting: it is not on the allow-list, or of a kind that is never asked.
    """
    origin = origin_of(place.scheme)
    if origin:
        require_allowed(origin)


def hub_token() -> str:
    """Return the token for the hub; empty = there is none.

    It is the key that `DIQ_ENDPOINT_KEYS` pairs with the hub's origin. ``HF_TOKEN`` and the one
    that `hf auth login` left go to huggingface.co and nowhere else.
    """
    from huggingface_hub import get_token

    origin = origin_of("hf")
    return key_for(origin) or ((get_token() or "") if origin == HUB else "")


def files_of(place: Place) -> Any:
    """Return the fsspec file system of an address that may be reached.

    Raises:
        BadSetting: it may not, or the package for it is not installed.
    """
    import fsspec

    require_reachable(place)
    match place.scheme:
        case "hf":
            return fsspec.filesystem(
                "hf", endpoint=origin_of("hf"), token=hub_token() or False, skip_instance_cache=True
            )
        case "s3":
            need("s3fs", "s3")
            given = origin_of("s3")
            # Said even where it is nothing, so that no file of settings names another server.
            return fsspec.filesystem(
                "s3", endpoint_url=None if given == _AMAZON else given, skip_instance_cache=True
            )
        case "memory":
            return fsspec.filesystem("memory")


@contextmanager
def in_plain_words(place: Place) -> Iterator[None]:
    """Turn what goes wrong at an address into a sentence that holds no key.

    Raises:
        NotFound: there is no such file or folder, or no access to it.
        BadFile: the connection failed.
    """
    try:
        yield
    except FileNotFoundError:
        raise NotFound(
            "There is nothing at this address", which=place.url, todo="check its spelling"
        ) from None
    except PermissionError:
        raise NotFound(
            "This address may not be read or written with the keys of this machine",
            which=place.url,
            todo="ask whoever runs it, or set the keys in the environment",
        ) from None
    except DiqError:
        raise
    except Exception as error:  # noqa: BLE001 (each file system has errors of its own)
        raise BadFile(
            f"The address cannot be read or written: {_why(error)}",
            which=place.url,
            todo="check the address and the connection, and try again",
        ) from None


def _why(error: Exception) -> str:
    """Return the kind of an error alone: its text may repeat what was sent."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return f"the server answered {status}" if status else type(error).__name__
