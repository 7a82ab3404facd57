"""Addresses that lead elsewhere than they seem to: nothing is sent there, whatever their notation.

Every test asks with a sample's text and a key, and a recording endpoint shows what came of both.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.asking.address import origin_of
from diq_core.asking.allowed import ENDPOINTS_VARIABLE, NETWORKS_VARIABLE, require_allowed
from diq_core.asking.keys import ORIGINS_VARIABLE
from diq_core.cli import app
from diq_core.config import JudgeSettings
from diq_core.errors import BadFile, BadSetting
from diq_core.jobs import processes, queue
from diq_core.jobs.argument_list import read_command
from diq_core.stages.judge import judge_order
from diq_core.study import open_study
from tests.support.asking import NAME, TEXT, ask, resolve_to
from tests.support.raw_server import RawServer, raw_server

pytestmark = pytest.mark.usefixtures("careless_keys")

DAMAGED = "no plain notation|no address of an endpoint|no name, password or query"


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
