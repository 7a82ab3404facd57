"""Which endpoints may be asked: one rule, for what is typed and for where its name leads.

Who runs the app says so in its environment, which every job inherits; no study and no page can.
Where an allow-list is set, only its origins are asked. Without one, whoever sits at the machine
may ask any public, private or local address, but none that no model server has.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

from diq_core.asking.address import (
    IPAddress,
    completions_url,
    host_of,
    literal,
    origin_of,
    plain_origin,
)
from diq_core.errors import BadSetting

ENDPOINTS_VARIABLE = "DIQ_ENDPOINTS"
"""Lists the origins that may be asked, with spaces between them; set but empty = none."""
NETWORKS_VARIABLE = "DIQ_ENDPOINT_NETWORKS"
"""Lists addresses and networks that names may lead to, though they are not public."""

AddressKind = Literal[
    "public", "loopback", "private", "link-local", "metadata", "unspecified", "multicast",
    "carrier-grade NAT", "tunnelled", "reserved",
]  # fmt: skip
_HOME: frozenset[AddressKind] = frozenset({"public", "loopback", "private"})

# Where clouds hand out a machine's secrets, besides 169.254.0.0/16.
_METADATA = frozenset(
    map(ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"))
)
_THIS_NETWORK = IPv4Network("0.0.0.0/8")
_SHARED = IPv4Network("100.64.0.0/10")
_PRIVATE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"))
)
_NAT64 = IPv6Network("64:ff9b::/96")
# Each holds an IPv4 address that somebody on the way may unpack: IPv4-compatible, NAT64 of one
# network, Teredo, 6to4 and its relays.
_TUNNELS = tuple(
    map(ip_network, ("::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "192.88.99.0/24"))
)
# What python's own table has of these differs from version to version.
_RESERVED = tuple(map(ip_network, ("192.0.0.0/24", "2001::/23", "3fff::/20")))
_UNICAST = IPv6Network("2000::/3")
_ISATAP = (0x00005EFE, 0x02005EFE)

Network = IPv4Network | IPv6Network


def require_allowed(url: str, addresses: Sequence[str] = ()) -> str:
    """Return where chat completions are asked for at `url`, which may be asked.

    Args:
        addresses: what its name was resolved to; each of them must be allowed.

    Raises:
        BadSetting: it is no plain address, not on the allow-list, or at an address that is
            not asked.
    """
    url = completions_url(url)
    listed = allow_list()
    if listed is not None and origin_of(url) not in listed:
        raise _not_listed(url, listed)
    own = literal(host_of(url))
    for address in [own] if own is not None else map(ip_address, addresses):
        if not _may_ask(url, address, listed is not None):
            raise _special(url, address)
    return url


def allow_list() -> tuple[str, ...] | None:
    """Return the only origins that may be asked; None where there is no such list.

    Raises:
        BadSetting: it cannot be read.
    """
    text = os.environ.get(ENDPOINTS_VARIABLE)
    return None if text is None else tuple(map(_origin, text.split()))


def kind_of(address: IPAddress) -> AddressKind:
    """Return what an address is for; one in IPv6's clothes is what it is without them."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return kind_of(address.ipv4_mapped)
        if address in _NAT64:
            inner = ip_address(address.packed[-4:])
            return "public" if kind_of(inner) == "public" else "tunnelled"
    if address in _METADATA:
        return "metadata"
    if address.is_loopback:
        return "loopback"
    if address.is_unspecified or address in _THIS_NETWORK:
        return "unspecified"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast:
        return "multicast"
    if address in _SHARED:
        return "carrier-grade NAT"
    if any(address in network for network in _TUNNELS) or _is_isatap(address):
        return "tunnelled"
    if any(address in network for network in _PRIVATE):
        return "private"
    return "reserved" if _is_reserved(address) else "public"


def _is_reserved(address: IPAddress) -> bool:
    return (
        not address.is_global
        or address.is_reserved
        or (address.version == 6 and address not in _UNICAST)
        or any(address in network for network in _RESERVED)
    )


def _may_ask(url: str, address: IPAddress, is_listed: bool) -> bool:
    kind = kind_of(address)
    if host_of(url) == "localhost":
        return kind == "loopback"
    if is_listed and literal(host_of(url)) is not None:
        return True
    # Where a listed name leads is others' word, so the list alone allows no neighbour.
    home = kind == "public" if is_listed else kind in _HOME
    return home or any(address in network for network in _networks())


def _is_isatap(address: IPAddress) -> bool:
    return isinstance(address, IPv6Address) and (int(address) >> 32) & 0xFFFFFFFF in _ISATAP


def _networks() -> list[Network]:
    try:
        return [ip_network(one) for one in os.environ.get(NETWORKS_VARIABLE, "").split()]
    except ValueError:
        raise BadSetting(
            "The networks of endpoints cannot be read",
            which=NETWORKS_VARIABLE,
            todo="give addresses and networks such as 10.0.0.7 or 10.1.0.0/16",
        ) from None


def _origin(text: str) -> str:
    origin = plain_origin(text)
    if origin is None:
        raise BadSetting(
            "The list of endpoints cannot be read",
            which=ENDPOINTS_VARIABLE,
            todo="give origins without a path, such as https://models.example or "
            "http://127.0.0.1:8000",
        )
    return origin


def _not_listed(url: str, listed: Sequence[str]) -> BadSetting:
    return BadSetting(
        "This server does not ask this endpoint",
        which=origin_of(url),
        todo=f"name one of {', '.join(listed) or 'none so far'}; whoever runs the server lists "
        f"them in {ENDPOINTS_VARIABLE}",
    )


def _special(url: str, address: IPAddress) -> BadSetting:
    return BadSetting(
        f"The endpoint is at the address {address} ({kind_of(address)}), which is not asked",
        which=origin_of(url),
        todo="name another endpoint; whoever runs this machine can allow the address in "
        f"{NETWORKS_VARIABLE}",
    )
