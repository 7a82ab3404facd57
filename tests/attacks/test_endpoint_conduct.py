"""Endpoints that lead on, trickle or flood: nothing is sent elsewhere, and each is left in time.

Every test asks with a sample's text and a key, and a recording endpoint shows what came of both.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from diq_core.asking.allowed import ENDPOINTS_VARIABLE, NETWORKS_VARIABLE
from diq_core.asking.completion import Sampling
from diq_core.asking.endpoint import Endpoint, EndpointFailed, NoReply
from diq_core.asking.keys import ORIGINS_VARIABLE
from diq_core.errors import BadSetting, UserError
from tests.support.asking import KEY, NAME, TEXT, ask, resolve_to
from tests.support.model_server import Said, completion, model_server
from tests.support.raw_server import RawServer, Talk, raw_server

pytestmark = pytest.mark.usefixtures("careless_keys")


# Between the check and the connection, and elsewhere.


def test_the_connection_goes_to_the_address_that_was_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with raw_server(host="127.0.0.2") as meant, raw_server(port=meant.port) as neighbour:
        origin = f"http://{NAME}:{meant.port}"
        monkeypatch.setenv(ENDPOINTS_VARIABLE, origin)
        monkeypatch.setenv(NETWORKS_VARIABLE, "127.0.0.2")
        resolve_to(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
        assert ask(origin).text == "yes"
        assert f"Host: {NAME}:{meant.port}".encode() in meant.received
        with pytest.raises(BadSetting, match=r"127\.0\.0\.1 \(loopback\)"):
            ask(origin)
        assert neighbour.connections == 0


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_says_where_to(status: int, recorder: RawServer) -> None:
    there = f"http://127.0.0.1:{recorder.port}"
    for location, said in (
        (f"{there}/v1/chat/completions?{TEXT}", there),
        (f"//127.0.0.1:{recorder.port}/v1", "no plain address"),
        (f"http://x@127.0.0.1:{recorder.port}", "no plain address"),
        (f"http://127.1:{recorder.port}", "no plain address"),
        ("/v2", "another path"),
        ("file:///etc/passwd", "no plain address"),
        ("", "no plain address"),
    ):
        answer = Said("", status, {"Location": location})
        with (
            model_server(lambda _number, _body, answer=answer: answer) as server,
            pytest.raises(EndpointFailed, match=f"elsewhere, to {said}, which is not") as found,
        ):
            ask(server.url)
        assert TEXT not in str(found.value)


def test_neither_a_proxy_nor_netrc_of_the_environment_counts(
    recorder: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ):
        monkeypatch.setenv(name, f"http://127.0.0.1:{recorder.port}")
    (tmp_path / ".netrc").write_text(f"machine {NAME} login me password {KEY}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    resolve_to(monkeypatch, ["127.0.0.1"])
    with model_server(lambda _number, _body: completion("yes")) as server:
        url = server.url.replace("127.0.0.1", NAME)
        assert ask(url).text == "yes"
        assert "authorization" not in server.headers[0]
    with pytest.raises(EndpointFailed, match=r"refused .*proxies are not used"):
        ask(url)


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """Return a server's TLS for `name`, signed by itself, and have the clients trust it."""
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_a_certificate_is_that_of_the_name_and_not_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = certificate(tmp_path, NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    resolve_to(monkeypatch, ["127.0.0.1"])
    with raw_server(tls=tls) as server:
        monkeypatch.setenv(ORIGINS_VARIABLE, f"https://{NAME}:{server.port}=MODELS_KEY")
        assert ask(f"https://{NAME}:{server.port}").text == "yes"
        assert server.names == [NAME]
        assert f"Host: {NAME}:{server.port}".encode() in server.received
        assert f"Bearer {KEY}".encode() in server.received
        server.received.clear()
        with pytest.raises(EndpointFailed, match="certificate is not trusted: Hostname mismatch"):
            ask(f"https://other.example:{server.port}")
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(EndpointFailed, match="certificate is not trusted: self-signed"):
            ask(f"https://{NAME}:{server.port}")
        assert server.received == b""


# One deadline, one size.

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"choices": [{"message": {"content": "%s"}}]}'
WHOLE = OK + b"Content-Length: 2042\r\n\r\n" + BODY % (b"y" * 2000)


def slow_headers(talk: Talk) -> None:
    talk.read()
    talk.trickle(OK + b"X: " + b"x" * 2000 + b"\r\nContent-Length: 45\r\n\r\n" + BODY % b"yes")


def slow_body(talk: Talk) -> None:
    talk.read()
    head, _, body = WHOLE.partition(b"\r\n\r\n")
    talk.send(head + b"\r\n\r\n")
    talk.trickle(body)


def slow_chunks(talk: Talk) -> None:
    talk.read()
    talk.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    talk.trickle(b"1;" + b"x" * 2000 + b"\r\n{\r\n0\r\n\r\n")


def slow_continue(talk: Talk) -> None:
    talk.read()
    while not talk.closing.wait(0.01):
        talk.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def silent(talk: Talk) -> None:
    talk.read()
    talk.wait()


def deaf(talk: Talk) -> None:
    talk.wait()


def slow_bomb(talk: Talk) -> None:
    talk.read()
    packed = gzip.compress(b" " * 50_000_000)
    talk.send(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed))
    talk.trickle(packed)


@pytest.mark.parametrize(
    "behave", [slow_headers, slow_body, slow_chunks, slow_continue, silent, deaf, slow_bomb]
)
def test_whoever_trickles_is_left_at_the_deadline(behave: Callable[[Talk], None]) -> None:
    with (
        raw_server(behave) as server,
        pytest.raises(NoReply, match=r"No reply came within 0\.4 seconds .*/v1/chat"),
    ):
        ask(f"http://127.0.0.1:{server.port}", timeout=0.4)


def test_whoever_reads_nothing_of_a_long_request_is_left_at_the_deadline() -> None:
    with (
        raw_server(deaf) as server,
        Endpoint(f"http://127.0.0.1:{server.port}", timeout=0.4) as one,
    ):
        long = [{"role": "user", "content": "x" * 30_000_000}]
        with pytest.raises(NoReply, match=r"within 0\.4 seconds"):
            one.ask("m", long, Sampling())


@pytest.mark.parametrize("behave", [deaf, lambda talk: talk.trickle(b"\x16\x03\x03" * 800)])
def test_a_handshake_that_never_ends_is_left_at_the_deadline(
    behave: Callable[[Talk], None],
) -> None:
    with (
        raw_server(behave) as server,
        pytest.raises(EndpointFailed, match=r"no connection in time|no safe connection"),
    ):
        ask(f"https://127.0.0.1:{server.port}", timeout=0.4)


def test_a_resolver_that_never_answers_is_left_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [ended.wait(30)][:0])
    try:
        with pytest.raises(EndpointFailed, match="its name was not found in time"):
            ask(f"http://{NAME}", timeout=0.2)
    finally:
        ended.set()


def test_a_name_that_nobody_knows_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(EndpointFailed, match="cannot be reached: its name is unknown"):
        ask(f"http://{NAME}")


def endless(head: bytes, piece: bytes) -> Callable[[Talk], None]:
    """Return a behaviour that sends `piece` again and again, as fast as it is taken."""

    def behave(talk: Talk) -> None:
        talk.read()
        talk.send(head)
        while not talk.closing.is_set():
            talk.send(piece)

    return behave


@pytest.mark.parametrize(
    ("behave", "kind", "words"),
    [
        (endless(OK + b"\r\n", b"x" * 65_536), NoReply, "reply is too large"),
        (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10\r\n0123456789abcdef\r\n" * 999),
         NoReply, "reply is too large"),
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), NoReply, "reply is too large"),
        (endless(OK, b"X-Y: z\r\n" * 1000), EndpointFailed, "broke off, or does not speak HTTP"),
        (endless(OK + b"X: ", b"x" * 65_536), EndpointFailed, "does not speak HTTP"),
        (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 9_000), EndpointFailed,
         "does not speak HTTP"),
        (endless(b"", b"\x00" * 1000), EndpointFailed, "does not speak HTTP"),
    ],
)  # fmt: skip
def test_whoever_never_stops_is_left_at_a_size(
    behave: Callable[[Talk], None], kind: type[UserError], words: str
) -> None:
    with raw_server(behave) as server, pytest.raises(kind, match=words):
        ask(f"http://127.0.0.1:{server.port}", timeout=30)


@pytest.mark.parametrize("how", [b"gzip", b"deflate", b"br", b"gzip, gzip", b"zstd"])
def test_nothing_packed_is_unpacked(how: bytes) -> None:
    def behave(talk: Talk) -> None:
        talk.read()
        packed = gzip.compress(b" " * 50_000_000)
        size = b"Content-Length: %d\r\n\r\n" % len(packed)
        talk.send(OK + b"Content-Encoding: " + how + b"\r\n" + size + packed)

    with raw_server(behave) as server, pytest.raises(NoReply, match="reply is packed, which was"):
        ask(f"http://127.0.0.1:{server.port}")
