"""Which addresses we connect to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.errors import ConfigurationError
from tocsin.web.addresses import AllowedEndpoints, is_public

PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.0.1"),
    *("172.32.0.1", "192.167.255.255", "192.169.0.1", "11.0.0.1", "126.255.255.255", "128.0.0.1"),
    *("169.253.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::200e"),
    *("2001:4860:4860::8888", "::ffff:8.8.8.8", "2a02::1%eth0"),
]
NOT_PUBLIC = {
    "this network": ["0.0.0.0", "0.1.2.3"],
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "unspecified": ["::"],
    "link-local, and the metadata of clouds": ["169.254.169.254", "169.254.0.1", "fe80::1"],
    "a link-local with its zone": ["fe80::1%eth0"],
    "shared by providers (CGNAT)": ["100.64.0.1", "100.127.255.254"],
    "protocol assignments": ["192.0.0.1", "192.0.0.170"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255"],
    "unique local, and Amazon's metadata": ["fc00::1", "fd00:ec2::254"],
    "site-local": ["fec0::1", "feff::1"],
    "discard": ["100::1"],
    "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1"],
    "IPv4-compatible": ["::127.0.0.1", "::8.8.8.8"],
    "IPv4-translated": ["::ffff:0:127.0.0.1"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1"],
    "6to4": ["2002:7f00:1::1", "2002:808:808::1"],
    "Teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1"],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(each, id=f"{kind}: {each}")
        for kind, all_ in NOT_PUBLIC.items()
        for each in all_
    ],
)
def test_an_address_of_another_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_public_when_mapped_and_never_when_embedded(
    address: ipaddress.IPv4Address,
) -> None:
    number = int(address)
    assert is_public(f"::ffff:{address}") == is_public(str(address))
    for network, shift in (("64:ff9b::", 0), ("2002::", 80), ("::", 0), ("64:ff9b:1::", 0)):
        embedded = ipaddress.IPv6Address(int(ipaddress.IPv6Address(network)) | number << shift)
        assert not is_public(str(embedded))


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "2130706433", "1.2.3.4.5", "0x7f.1"])
def test_what_is_no_address_is_an_error_and_never_public(address: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        is_public(address)


# ── Endpoints that an operator allows ────────────────────────────────────────────────────────────


def test_endpoints_are_pairs_of_address_and_port() -> None:
    allowed = AllowedEndpoints.parse("127.0.0.1:8099, [::1]:80,10.0.0.5:443 ,")
    assert allowed.pairs == {("127.0.0.1", 8099), ("::1", 80), ("10.0.0.5", 443)}
    assert ("127.0.0.1", 8099) in allowed
    assert ("127.0.0.1", 80) not in allowed
    assert allowed.has_port(8099)
    assert not allowed.has_port(8080)


def test_an_address_is_compared_by_its_value_not_its_spelling() -> None:
    assert ("::1", 80) in AllowedEndpoints.parse("[0:0:0:0:0:0:0:1]:80")


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_nothing_is_allowed_where_nothing_is_named(text: str) -> None:
    assert AllowedEndpoints.parse(text) == AllowedEndpoints()


@pytest.mark.parametrize(
    "part",
    [
        *("localhost:8099", "127.0.0.1", "127.0.0.1:", ":8099", "127.0.0.1:http", "8099"),
        *("127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1", "10.0.0.0/8:80", "127.1:80", "*:80"),
    ],
)
def test_what_is_no_endpoint_is_refused_by_name_with_the_remedy(part: str) -> None:
    with pytest.raises(ConfigurationError, match=r"as 127\.0\.0\.1:8099") as refused:
        AllowedEndpoints.parse(f"127.0.0.1:8099,{part}")
    assert repr(part) in str(refused.value)
