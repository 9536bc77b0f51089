"""Addresses and numbers, as people write them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.numbers import countries_of, number_of
from tocsin.alerts.subscribing import (
    MAX_EMAIL_CHARACTERS,
    email_of,
    endpoint_of,
    mailbox_of,
    masked,
    protocol_of,
)
from tocsin.errors import InputError
from tocsin.model.lines import SnsProtocol

SQS = "arn:aws:sqs:eu-central-1:123456789012:news"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:news"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("anna@example.org", "anna@example.org"),
        (" Anna.Berg+news@Example.ORG ", "anna.berg+news@example.org"),
        ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@пошта.укр", "anna@xn--80a1acn3a.xn--j1amh"),
    ],
)
def test_an_address_is_one_however_it_is_written(written: str, meant: str) -> None:
    assert email_of(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        *("", "anna", "anna@", "@example.com", "anna@example", "anna@localhost", "a@b@example.com"),
        *(
            "anna@example..org",
            "anna@.example.com",
            "anna@-a.org",
            "anna@example.com.",
            "a@1.2.3.4",
        ),
        *("anna..berg@example.com", ".anna@example.com", "anna.@example.com", "an na@example.com"),
        *("anna@example.com\r\nBcc: all@example.com", "anna\n@example.com", "anna\x00@example.com"),
        *(
            "anna@exam\tple.org",
            "anna@[127.0.0.1]",
            '"anna berg"@example.com',
            "<anna@example.com>",
        ),
        *("Anna <anna@example.com>", "anna@example.com,eve@example.com", "анна@example.com"),
        *("a" * 65 + "@example.com", "a@" + ".".join(["b" * 60] * 5) + ".org", "anna@ex_ample.org"),
        *("anna@a\u202eb.org", "anna@" + "ü" * 300 + ".org", "anna@example.123"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(InputError) as refused:
        email_of(written)
    assert refused.value.field == "email"
    assert "example.com" not in str(refused.value)


def test_the_longest_address_has_254_characters() -> None:
    domain = ".".join(["d" * 61, "d" * 61, "d" * 61, "org"])
    longest = "a" * (MAX_EMAIL_CHARACTERS - len(domain) - 1) + "@" + domain
    assert len(email_of(longest)) == 254
    with pytest.raises(InputError, match="254"):
        email_of(longest.replace("@", "@d."))


@given(st.text(max_size=300))
def test_whatever_is_taken_for_an_address_is_plain_and_short(written: str) -> None:
    try:
        address = email_of(written)
    except InputError:
        return
    assert len(address) <= MAX_EMAIL_CHARACTERS
    assert set(address) <= set(string.ascii_lowercase + string.digits + "@.!#$%&'*+/=?^_`{|}~-")
    assert address.count("@") == 1
    assert email_of(address) == address


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("anna+1@example.org", "anna@example.org"),
        ("an.na@example.org", "an.na@example.org"),
        ("an.na+2@gmail.com", "anna@gmail.com"),
        ("anna@googlemail.com", "anna@gmail.com"),
        ("+anna@example.org", "+anna@example.org"),
    ],
)
def test_spellings_of_one_mailbox_share_its_quota(address: str, mailbox: str) -> None:
    assert mailbox_of(address) == mailbox


@pytest.mark.parametrize(
    ("written", "countries", "meant"),
    [
        ("+380501234567", {"UA"}, "+380501234567"),
        (" +380 (50) 123-45-67 ", {"UA", "DE"}, "+380501234567"),
        ("+49 1512 3456789", {"DE"}, "+4915123456789"),
        ("+1 201 555 0123", {"US"}, "+12015550123"),
        ("+12015550123", None, "+12015550123"),
    ],
)
def test_a_mobile_number_of_an_allowed_country_is_taken(
    written: str, countries: set[str] | None, meant: str
) -> None:
    assert number_of(written, countries) == meant


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("0671234567", "with its country"),
        ("+38050123456789012345", "as"),
        ("+380501234567 ext. 5", "with its country"),
        ("+1 800 FLOWERS", "with its country"),
        ("+٣٨٠٥٠١٢٣٤٥٦٧", "with its country"),
        ("+380441234567", "not a mobile number"),  # a telephone in Kyiv
        ("+49 900 1234567", "no"),  # premium
        ("+1 800 555 0123", "not a mobile number"),  # toll-free
        ("+44 871 234 5678", "not a mobile number"),  # shared cost
        ("+1 876 555 0123", "only numbers of DE, UA, US"),  # Jamaica, not the United States
        ("+48512345678", "only numbers of DE, UA, US"),
        ("+" + "1" * 400, "with its country"),
    ],
)
def test_other_numbers_are_refused_without_repeating_them(written: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        number_of(written, {"UA", "DE", "US"})
    assert written not in str(refused.value)


def test_without_an_allowed_country_no_number_is_taken() -> None:
    with pytest.raises(InputError, match="no country"):
        number_of("+380501234567", frozenset())


@given(st.text(alphabet="+0123456789 ().-٣x", max_size=40))
def test_whatever_is_taken_for_a_number_is_e164(written: str) -> None:
    try:
        number = number_of(written)
    except InputError:
        return
    assert number[0] == "+"
    assert number[1:].isascii()
    assert number[1:].isdigit()
    assert len(number) <= 16


def test_countries_are_region_codes() -> None:
    assert countries_of(" ua, DE ,") == {"UA", "DE"}
    assert countries_of("") == frozenset()
    with pytest.raises(InputError, match="'XX' is no region code"):
        countries_of("DE,XX")


@pytest.mark.parametrize(
    ("protocol", "text"),
    [
        (SnsProtocol.HTTPS, "https://example.org/hook?of=news"),
        (SnsProtocol.SQS, SQS),
        (SnsProtocol.LAMBDA, FUNCTION),
        (SnsProtocol.LAMBDA, FUNCTION + ":live"),
        (SnsProtocol.EMAIL, "anna@example.org"),
        (SnsProtocol.SMS, "+380501234567"),
    ],
)
def test_an_endpoint_tells_by_which_protocol_it_is_reached(
    protocol: SnsProtocol, text: str
) -> None:
    assert protocol_of(text) is protocol
    assert endpoint_of(protocol, text) == text


@pytest.mark.parametrize(
    ("protocol", "text"),
    [
        (SnsProtocol.HTTPS, "http://example.org/"),
        (SnsProtocol.HTTPS, "https://user:secret@example.org/"),
        (SnsProtocol.HTTPS, "https://exa mple.org/"),
        (SnsProtocol.HTTPS, "https:///hook"),
        (SnsProtocol.HTTPS, "https://example.org/" + "a" * 2_048),
        (SnsProtocol.SQS, SQS + ".fifo"),
        (SnsProtocol.SQS, FUNCTION),
        (SnsProtocol.LAMBDA, SQS),
        (SnsProtocol.LAMBDA, "arn:aws:lambda:*:123456789012:function:news"),
    ],
)
def test_what_is_no_endpoint_is_refused(protocol: SnsProtocol, text: str) -> None:
    with pytest.raises(InputError):
        endpoint_of(protocol, text)


def test_what_looks_like_no_endpoint_is_refused() -> None:
    with pytest.raises(InputError, match="an https URL or an ARN"):
        protocol_of("anna")


def test_a_page_shows_enough_of_an_address_for_its_owner_only() -> None:
    assert masked(SnsProtocol.EMAIL, "anna@example.org") == "a…@example.org"
    assert masked(SnsProtocol.SMS, "+380501234567") == "…567"
    assert masked(SnsProtocol.SQS, SQS) == "sqs"
