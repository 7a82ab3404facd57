"""One request at a time: to an address that was judged, within one deadline and one size.

There is no proxy, no ``.netrc``, no redirect and nothing to unpack here: what is sent goes to the
endpoint's own address, whatever the environment or the endpoint says.
"""

from __future__ import annotations

import queue
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore2

from diq_core.asking.address import literal
from diq_core.asking.allowed import require_allowed

_CONNECTING = 10.0
_LARGEST_BODY = 4_000_000
_LARGEST = _LARGEST_BODY + 1_000_000
"""With headers, and with what chunks add to a body."""
_IDLE = 5.0


class Unreachable(Exception):
    """There is no connection, or it broke; says why in words."""


class TooLarge(Exception):
    """More came back than any reply has."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        headers: by name in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """The way to one endpoint, for one request at a time.

    Args:
        url: of the endpoint, in plain notation.
        timeout: most seconds from looking its name up to the last byte of an answer.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url, self._timeout = url, timeout
        self._door = Door(url)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpcore2.default_ssl_context(),
            max_connections=1,
            keepalive_expiry=_IDLE,
            network_backend=self._door,
        )

    def post(self, headers: Mapping[str, str], content: bytes) -> Answer:
        """Send `content` and return what comes back.

        Raises:
            BadSetting: the endpoint's name leads to an address that is not asked.
            Unreachable: there is no connection, or it broke.
            TimeoutError: the deadline passed.
            TooLarge: more came back than any reply has.
        """
        self._door.begin(self._timeout)
        try:
            with self._pool.stream(
                "POST", self._url, headers=list(headers.items()), content=content
            ) as response:
                body = _joined(response.iter_stream())
                return Answer(response.status, _plain(response.headers), body)
        except httpcore2.ProtocolError:
            raise Unreachable("it broke off, or does not speak HTTP") from None
        except httpcore2.NetworkError as error:
            raise Unreachable(_why(error.__cause__ or error)) from None

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()


class Door(httpcore2.NetworkBackend):
    """Opens connections to addresses that may be asked, and keeps the time and size of all."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._end = self._room = 0.0

    def begin(self, seconds: float) -> None:
        """Begin the time and size of one request: most seconds, and most bytes that come back."""
        self._end, self._room = time.monotonic() + seconds, _LARGEST

    def left(self) -> float:
        """Return the seconds that are left, more than 0."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def count(self, size: int) -> None:
        """Note that `size` bytes came."""
        self._room -= size
        if self._room < 0:
            raise TooLarge

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        """Connect to the first of the host's addresses that listens; each of them is judged."""
        until = min(self._end, time.monotonic() + _CONNECTING)
        addresses = _resolved(host, port, until)
        require_allowed(self._url, addresses)
        return _Stream(_connected(addresses, port, until), self)


class _Stream(httpcore2.NetworkStream):
    """A connection each step of which ends with the request's deadline."""

    def __init__(self, connection: socket.socket, door: Door) -> None:
        self._socket, self._door = connection, door

    def read(self, max_bytes: int, *_: Any, **__: Any) -> bytes:
        self._socket.settimeout(self._door.left())
        try:
            found = self._socket.recv(max_bytes)
        except TimeoutError:
            raise
        except OSError as error:
            raise httpcore2.ReadError from error
        self._door.count(len(found))
        return found

    def write(self, buffer: bytes, *_: Any, **__: Any) -> None:
        rest = memoryview(buffer)
        try:
            while rest:
                self._socket.settimeout(self._door.left())
                rest = rest[self._socket.send(rest) :]
        except TimeoutError:
            raise
        except OSError as error:
            # Who refuses early closes early; the answer is read all the same.
            raise httpcore2.WriteError from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, *_: Any, **__: Any
    ) -> httpcore2.NetworkStream:
        try:
            # The limit is for the whole handshake, however many pieces it comes in.
            self._socket.settimeout(min(self._door.left(), _CONNECTING))
            secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except OSError as error:
            self.close()
            raise Unreachable(_why(error)) from None
        return _Stream(secured, self._door)

    def get_extra_info(self, info: str) -> Any:
        # What is unread on a connection that nothing was asked on means that its end was said.
        return _is_readable(self._socket) if info == "is_readable" else None


def _resolved(host: str, port: int, until: float) -> list[str]:
    if literal(host) is not None:
        return [host]
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def look() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(one[4][0]) for one in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    # The system's resolver has no deadline of its own; a thread that nobody waits for has none.
    threading.Thread(target=look, daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise Unreachable("its name was not found in time") from None
    if not isinstance(answer, list) or not answer:
        raise Unreachable("its name is unknown")
    return answer


def _connected(addresses: Sequence[str], port: int, until: float) -> socket.socket:
    why = "no connection in time"
    for address in addresses:
        left = until - time.monotonic()
        if left <= 0:
            break
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(left)
            connection.connect((address, port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            why = _why(error)
        else:
            return connection
    raise Unreachable(why)


def _joined(parts: Iterable[bytes]) -> bytes:
    found, size = [], 0
    for part in parts:
        size += len(part)
        if size > _LARGEST_BODY:
            raise TooLarge
        found.append(part)
    return b"".join(found)


def _plain(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in headers}


def _why(error: BaseException) -> str:
    """Return in words why a connection failed."""
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "it offers no safe connection"
    words = getattr(error, "strerror", None) or "the connection broke"
    return f"{words[:1].lower()}{words[1:]}"


def _is_readable(connection: socket.socket) -> bool:
    if connection.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
