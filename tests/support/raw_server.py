"""A local server below HTTP: it keeps every byte that it gets, and answers as it is told."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PATIENCE = 30.0
"""A server that is waited for without a deadline ends by itself after so many seconds."""


@dataclass
class RawServer:
    """A running server.

    Attributes:
        connections: how often somebody connected.
        received: every byte that came, of all connections.
        names: names that TLS clients asked for.
    """

    host: str
    port: int
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)
    names: list[str | None] = field(default_factory=list)


@dataclass(frozen=True)
class Talk:
    """One connection."""

    socket: socket.socket
    server: RawServer
    closing: threading.Event

    def read(self) -> bytes:
        """Read a whole request, keep and return it; less where its sender stopped."""
        found = bytearray()
        while not _is_whole(found):
            part = self.socket.recv(65_536)
            if not part:
                break
            found += part
            self.server.received += part
        return bytes(found)

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self.socket.sendall(data)

    def trickle(self, data: bytes, *, every: float = 0.02) -> None:
        """Send `data` byte by byte; the rest at once when nobody is waited for any longer."""
        for number in range(len(data)):
            if self.closing.wait(every) or number * every > PATIENCE:
                self.send(data[number:])
                return
            self.send(data[number : number + 1])

    def wait(self) -> None:
        """Say nothing until the server closes."""
        self.closing.wait(PATIENCE)


Behaviour = Callable[[Talk], None]


def record(talk: Talk) -> None:
    """Keep the request and answer like a model, so that whoever asks notices nothing."""
    talk.read()
    body = b'{"choices": [{"message": {"content": "yes"}}]}'
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


@contextmanager
def raw_server(
    behave: Behaviour = record,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[RawServer]:
    """Serve until the ``with`` ends; each connection is handled by `behave`."""
    listening = socket.create_server((host, port))
    found = RawServer(host, listening.getsockname()[1])
    closing = threading.Event()
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: found.names.append(name)

    def handle(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(PATIENCE)
            secured = tls.wrap_socket(connection, server_side=True) if tls else connection
            with secured:
                behave(Talk(secured, found, closing))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                found.connections += 1
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        closing.set()
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        listening.close()


def _is_whole(request: bytearray) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return True
