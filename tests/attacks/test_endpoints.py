"""An endpoint that is not what it seems: nothing is sent to it, or it is left in time.

Every test asks with a sample's text and a key, and a recording endpoint shows what came of both.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from diq_core.asking.address import KEY_VARIABLE, origin_of
from diq_core.asking.allowed import ENDPOINTS_VARIABLE, NETWORKS_VARIABLE, require_allowed
from diq_core.asking.endpoint import Endpoint, EndpointFailed, NoReply, Reply, Sampling
from diq_core.asking.keys import ORIGINS_VARIABLE
from diq_core.cli import app
from diq_core.config import JudgeSettings
from diq_core.errors import BadFile, BadSetting, UserError
from diq_core.jobs import processes, queue
from diq_core.jobs.argument_list import read_command
from diq_core.stages.judge import judge_order
from diq_core.study import open_study
from tests.support.model_server import Said, completion, model_server
from tests.support.raw_server import RawServer, Talk, raw_server

KEY, TEXT = "sk-very-secret", "Mrs Miller has a pulse of 40"
ASKED = [{"role": "user", "content": TEXT}]
NAME = "models.example"
DAMAGED = "no plain notation|no address of an endpoint|no name, password or query"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a key for this machine and one for the named endpoint, as a careless setup would."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    monkeypatch.setenv("MODELS_KEY", KEY)


@pytest.fixture
def recorder() -> Iterator[RawServer]:
    """Return an endpoint that would take and keep everything; nothing may have come to it."""
    with raw_server() as server:
        yield server
        assert (server.connections, bytes(server.received)) == (0, b"")


def ask(url: str, *, timeout: float = 5.0) -> Reply:
    with Endpoint(url, timeout=timeout, attempts=1) as endpoint:
        return endpoint.ask("m", ASKED, Sampling())


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> None:
    """Let every name lead to each of `answers` in turn, and to the last of them from then on."""
    left = list(answers)

    def look(_host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "",
             (one, port, 0, 0)[: 4 if ":" in one else 2])
            for one in found
        ]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", look)


# Addresses, each in every notation.

INSIDE = {
    "127.0.0.1": "loopback", "127.8.9.10": "loopback", "10.0.0.7": "private",
    "172.16.5.4": "private", "192.168.1.1": "private", "169.254.169.254": "link-local",
    "169.254.0.1": "link-local", "100.64.0.1": "carrier-grade NAT",
    "100.100.100.200": "metadata", "168.63.129.16": "metadata", "0.0.0.0": "unspecified",
    "0.0.0.1": "unspecified", "224.0.0.1": "multicast", "239.255.255.250": "multicast",
    "240.0.0.1": "reserved", "255.255.255.255": "reserved", "192.0.0.192": "reserved",
    "198.18.0.1": "reserved", "203.0.113.9": "reserved", "192.88.99.1": "tunnelled",
}  # fmt: skip
INSIDE_6 = {
    "::1": "loopback", "::": "unspecified", "fe80::1": "link-local", "febf::1": "link-local",
    "fc00::1": "private", "fd12:3456::1": "private", "fec0::1": "private",
    "fd00:ec2::254": "metadata", "fd20:ce::254": "metadata", "ff02::1": "multicast",
    "ff0e::1": "multicast", "2001:db8::1": "reserved", "100::1": "reserved",
    "4000::1": "reserved", "2002:7f00:1::": "tunnelled", "2001:0:7f00:1::": "tunnelled",
    "64:ff9b:1::7f00:1": "tunnelled", "fd12::5efe:7f00:1": "tunnelled",
    "2a00::200:5efe:a00:1": "tunnelled", "::7f00:1": "tunnelled",
}  # fmt: skip


def odd(text: str) -> dict[str, str]:
    """Return notations of an IPv4 address that a resolver may read and nobody needs."""
    a, b, c, d = IPv4Address(text).packed
    whole = int(IPv4Address(text))
    return {
        "decimal": str(whole),
        "octal": f"0{whole:o}",
        "hexadecimal": f"0x{whole:x}",
        "HEXADECIMAL": f"0X{whole:X}",
        "octal parts": f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        "hexadecimal parts": f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        "mixed parts": f"0x{a:x}.{b}.0{c:o}.{d}",
        "padded": f"{a:03}.{b:03}.{c:03}.{d:03}",
        "two parts": f"{a}.{(b << 16) + (c << 8) + d}",
        "three parts": f"{a}.{b}.{(c << 8) + d}",
        "trailing dot": f"{text}.",
        "fullwidth digits": text.translate({48 + n: 0xFF10 + n for n in range(10)}),
        "Arabic digits": text.translate({48 + n: 0x660 + n for n in range(10)}),
        "ideographic dots": text.replace(".", "\u3002"),
        "percent": "".join(f"%{ord(one):02x}" for one in text),
        "userinfo": f"{NAME}@{text}",
        "user and password": f"{NAME}:443@{text}",
        "empty userinfo": f"@{text}",
        "backslash": f"{NAME}\\@{text}",
        "tab": f"{text[:2]}\t{text[2:]}",
        "bracketed": f"[{text}]",
    }


def in_ipv6(text: str) -> dict[str, str]:
    """Return the IPv6 addresses that hold an IPv4 address."""
    inner = int(IPv4Address(text))
    high, low = inner >> 16, inner & 0xFFFF
    return {
        "mapped": f"::ffff:{text}",
        "mapped in hexadecimal": f"::ffff:{high:x}:{low:x}",
        "mapped in full": f"0:0:0:0:0:FFFF:{high:04X}:{low:04X}",
        "compatible": f"::{high:x}:{low:x}",
        "6to4": f"2002:{high:x}:{low:x}::1",
        "NAT64": f"64:ff9b::{text}",
        "NAT64 of one network": f"64:ff9b:1::{high:x}:{low:x}",
        "Teredo": f"2001:0:4136:e378:8000:63bf:{0xFFFF ^ high:x}:{0xFFFF ^ low:x}",
        "ISATAP": f"fd00::5efe:{high:x}:{low:x}",
    }


ODD = [
    pytest.param(host, id=f"{text}, {name}")
    for text in ("127.0.0.1", "169.254.169.254", "10.0.0.7", "0.0.0.0")
    for name, host in odd(text).items()
    if host != text
] + [
    pytest.param(host, id=host)
    for host in ("localhost.", "LOCALHOST.", "127.1", "127.0.1", "0", "0x0", "[::1%lo]", "::1",
                 "[fe80::1%25eth0]", "a..b", ".localhost", "-x.example",
                 "l\u00f6calhost", "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3", 
                 "[v1.x]", "[]", "[::1].x",
                 "x" * 64, "a." * 130 + "b", "127.0.0.1 ", "127.0.0.1#@x", "127.0.0.1;x")
]  # fmt: skip
WRAPPED = [
    pytest.param(host, id=f"{text}, {name}")
    for text in ("127.0.0.1", "169.254.169.254", "10.0.0.7")
    for name, host in in_ipv6(text).items()
]


@pytest.mark.parametrize("host", ODD)
def test_an_odd_notation_is_refused_with_and_without_a_list(
    host: str, recorder: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://{host}:{recorder.port}/v1"
    with pytest.raises(BadSetting, match=DAMAGED):
        ask(url)
    monkeypatch.setenv(ENDPOINTS_VARIABLE, f"https://{NAME}")
    with pytest.raises(BadSetting, match=DAMAGED):
        ask(url)


@pytest.mark.parametrize("host", [*INSIDE, "localhost", "LOCALHOST"])
def test_a_list_refuses_every_neighbour(
    host: str, recorder: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for listed in ("", f"https://{NAME}", f"http://127.0.0.1:{recorder.port + 1}"):
        monkeypatch.setenv(ENDPOINTS_VARIABLE, listed)
        with pytest.raises(BadSetting, match="This server does not ask this endpoint"):
            ask(f"http://{host}:{recorder.port}/v1")


@pytest.mark.parametrize("host", WRAPPED)
def test_a_list_refuses_them_inside_ipv6(
    host: str, recorder: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINTS_VARIABLE, f"https://{NAME} http://127.0.0.1:{recorder.port}")
    with pytest.raises(BadSetting, match="This server does not ask this endpoint"):
        ask(f"http://[{host}]:{recorder.port}/v1")


@pytest.mark.parametrize(
    ("address", "kind"), [*INSIDE.items(), *INSIDE_6.items(),
                          *((f"::ffff:{one}", kind) for one, kind in INSIDE.items()),
                          *((f"64:ff9b::{one}", "tunnelled") for one in INSIDE)]
)  # fmt: skip
def test_a_listed_name_leads_to_no_neighbour(
    address: str, kind: str, recorder: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = f"http://{NAME}:{recorder.port}"
    monkeypatch.setenv(ENDPOINTS_VARIABLE, origin)
    monkeypatch.setenv(ORIGINS_VARIABLE, f"{origin}=MODELS_KEY")
    for answer in ([address], ["9.9.9.9", address]):
        resolve_to(monkeypatch, answer)
        with pytest.raises(BadSetting, match=rf"at the address \S+ \({kind}\), .*{NAME}"):
            ask(f"{origin}/v1")


@pytest.mark.parametrize(
    ("address", "kind"),
    [one for one in (*INSIDE.items(), *INSIDE_6.items()) if one[1] not in ("loopback", "private")],
)
def test_without_a_list_only_model_servers_neighbours_are_asked(
    address: str, kind: str, recorder: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = f"[{address}]" if ":" in address else address
    words = rf"\({kind}\), which is not asked .*DIQ_ENDPOINT_NETWORKS"
    with pytest.raises(BadSetting, match=words):
        ask(f"http://{host}:{recorder.port}/v1")
    resolve_to(monkeypatch, [address])
    with pytest.raises(BadSetting, match=words):
        ask(f"http://{NAME}:{recorder.port}/v1")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost", "[::ffff:127.0.0.1]"])
def test_without_a_list_a_server_of_this_machine_is_asked(host: str) -> None:
    with raw_server() as server:
        assert ask(f"http://{host}:{server.port}/v1").text == "yes"
        assert TEXT.encode() in server.received


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.1", "fd12:3456::1", "9.9.9.9"])
def test_without_a_list_private_and_public_addresses_may_be_asked(address: str) -> None:
    url = f"http://{NAME}:11434/v1/chat/completions"
    assert require_allowed(url, [address]) == url


@pytest.mark.parametrize(
    ("listed", "networks", "address"),
    [
        (f"http://{NAME}:8000", "", "9.9.9.9"),
        (f"http://{NAME}:8000", "10.0.0.0/8", "10.0.0.7"),
        (f"http://other.example http://{NAME.upper()}:8000", "127.0.0.1 fd00::/8", "fd12::1"),
    ],
)
def test_what_the_server_lists_may_be_asked(
    listed: str, networks: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINTS_VARIABLE, listed)
    monkeypatch.setenv(NETWORKS_VARIABLE, networks)
    assert require_allowed(f"http://{NAME}:8000", [address]).startswith(f"http://{NAME}:8000/v1")
    for other in (f"https://{NAME}:8000", f"http://{NAME}", f"http://x.{NAME}:8000"):
        with pytest.raises(BadSetting, match="does not ask this endpoint"):
            require_allowed(other, [address])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_listed_address_is_asked_itself(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server() as server:
        monkeypatch.setenv(ENDPOINTS_VARIABLE, f"http://{host}:{server.port}")
        assert ask(f"http://{host}:{server.port}").text == "yes"


def test_localhost_is_this_machine_whatever_a_resolver_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve_to(monkeypatch, ["9.9.9.9"])
    with pytest.raises(BadSetting, match=r"9\.9\.9\.9 \(public\), which is not asked"):
        ask("http://localhost:8000")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        (ENDPOINTS_VARIABLE, "https://models.example/v1", "list of endpoints cannot be read"),
        (ENDPOINTS_VARIABLE, "models.example", "list of endpoints cannot be read"),
        (ENDPOINTS_VARIABLE, "http://127.1", "list of endpoints cannot be read"),
        (NETWORKS_VARIABLE, "10.0.0.1/8", "networks of endpoints cannot be read"),
        (NETWORKS_VARIABLE, "localhost", "networks of endpoints cannot be read"),
    ],
)
def test_a_rule_that_cannot_be_read_allows_nothing(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting, match=rf"{words} \({variable}\)"):
        require_allowed("http://100.64.0.1")


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


# The rule reaches every way in.


def test_a_command_refuses_before_anything_is_written(
    study: Path, recorder: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINTS_VARIABLE, "")
    url = f"http://127.0.0.1:{recorder.port}/v1"
    words = "does not ask this endpoint .*none so far.*DIQ_ENDPOINTS"
    for verb in ("quality", "review"):
        command = [verb, "judge", "--study", str(study), "--endpoint", url, "--model", "m"]
        done = CliRunner().invoke(app, command)
        assert isinstance(done.exception, BadSetting)
        with pytest.raises(BadSetting, match=words):
            raise done.exception
    with pytest.raises(BadSetting, match=words):
        judge_order("main", JudgeSettings(endpoint=url, model="m"))
    assert not list((study / "jobs").glob("review*"))


@pytest.mark.slow
def test_a_job_of_the_app_has_the_rule_of_the_app(
    study: Path, tmp_path: Path, recorder: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINTS_VARIABLE, f"https://{NAME}")
    url = f"http://127.0.0.1:{recorder.port}/v1"
    command = ["review", "judge", "--study", str(study), "--endpoint", url, "--model", "m"]
    started = processes.detach(command, tmp_path / "log.txt")
    assert started.wait(60) == 2
    said = (tmp_path / "log.txt").read_text()
    assert f"This server does not ask this endpoint (http://127.0.0.1:{recorder.port})" in said
    assert f"Name one of https://{NAME}:443" in said


@pytest.mark.parametrize("kind", ["review", "quality"])
def test_nothing_that_asks_waits_in_a_queue(kind: Any, study: Path) -> None:
    command = [kind, "judge", "--endpoint", "http://127.0.0.1:9", "--model", "m"]
    order = read_command(kind, "main", command)
    with pytest.raises(BadFile, match=f"does not wait in the queue .{kind} 'main'"):
        queue.enqueue(open_study(study), order)


def test_every_spelling_of_an_address_is_one_address() -> None:
    for text in INSIDE:
        mapped = IPv6Address(int(IPv4Address(text)) + (0xFFFF << 32))
        for spelled in (str(mapped), mapped.exploded.upper(), f"::FFFF:{text}"):
            assert origin_of(f"http://[{spelled}]") == f"http://[{mapped}]:80"
