"""Which addresses we connect to: the public internet, and what the operator allows by name."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.errors import ConfigurationError

# All that IANA has given out for use between networks (RFC 4291). Outside of it lie addresses that
# stand for IPv4 ones: mapped, compatible, translated, NAT64 (RFC 6052, RFC 8215).
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Python versions differ in what they call global. These, too, carry or stand for other addresses:
# 6to4 (RFC 3056, RFC 7526), Teredo (RFC 4380), IETF protocol assignments (RFC 6890); or stand in
# documents (RFC 9637).
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "2002::/16",
        "2001::/32",
        "3fff::/20",
        "192.0.0.0/24",
        "192.88.99.0/24",
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address, as a resolver or socket gives it, is on the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6 and ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped))
    if ip.version == 6 and ip not in _GLOBAL_UNICAST:
        return False
    if any(ip in network for network in _REFUSED):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


@dataclass(frozen=True)
class AllowedEndpoints:
    """Pairs of IP address and port that may be asked although they are not public."""

    pairs: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "AllowedEndpoints":
        """From `127.0.0.1:8099,[::1]:8099`; raises ConfigurationError."""
        return cls(frozenset(_pairs(part.strip() for part in text.split(",") if part.strip())))

    def __contains__(self, endpoint: tuple[str, int]) -> bool:
        return endpoint in self.pairs

    def has_port(self, port: int) -> bool:
        return any(port == allowed for _, allowed in self.pairs)


def _pairs(parts: Iterable[str]) -> Iterable[tuple[str, int]]:
    for part in parts:
        host, _, port = part.rpartition(":")
        try:
            if not 0 < int(port) < 65_536:
                raise ValueError("no port")
            yield str(ipaddress.ip_address(host.strip("[]"))), int(port)
        except ValueError as error:
            raise ConfigurationError(
                f"allowed endpoint {part!r}: write an IP address and a port, as 127.0.0.1:8099"
            ) from error
