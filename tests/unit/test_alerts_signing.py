"""What is derived from the secret: names, codes, links."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from tocsin.alerts.plain import fits_one_segment
from tocsin.alerts.signing import (
    LINK_LASTS,
    PEPPER_BYTES,
    Link,
    code_mark,
    find_link,
    mark_of,
    new_code,
    subscriber_id,
    to_token,
)
from tocsin.model.lines import SnsProtocol
from tocsin.pipeline.subscribe import code_text

PEPPER = bytes(range(PEPPER_BYTES))
ANNA = subscriber_id(PEPPER, SnsProtocol.EMAIL, "anna@example.org")
LINK = Link(ANNA, NOW + LINK_LASTS)
TOKEN = to_token(PEPPER, LINK)

ids = st.binary(min_size=12, max_size=12).map(bytes.hex)
instants = st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(ids, instants)
def test_a_link_says_what_it_was_made_of_until_it_ends(subscriber: str, ends_at: datetime) -> None:
    link = Link(subscriber, ends_at)
    token = to_token(PEPPER, link)
    assert token.replace("-", "").replace("_", "").isalnum(), "fits in a path"
    assert find_link(PEPPER, token, "manage", ends_at - timedelta(seconds=1)) == link
    assert find_link(PEPPER, token, "manage", ends_at) is None


def test_a_link_lasts_for_thirty_days() -> None:
    assert timedelta(days=30) == LINK_LASTS


@given(st.integers(0, 50), st.integers(1, 255))
def test_a_link_with_any_byte_changed_is_refused(place: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKEN))
    assert len(raw) == 51
    raw[place] ^= change
    changed = base64.urlsafe_b64encode(bytes(raw)).decode()
    assert find_link(PEPPER, changed, "manage", NOW) is None


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_a_link_with_any_character_changed_is_refused(place: int) -> None:
    for letter in "AZaz09-_+/=.% é":
        changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
        if changed != TOKEN:
            assert find_link(PEPPER, changed, "manage", NOW) is None


@given(st.text(max_size=100))
def test_any_other_text_is_no_link(text: str) -> None:
    assert find_link(PEPPER, text, "manage", NOW) is None
    assert find_link(PEPPER, TOKEN + text, "manage", NOW) == (None if text else LINK)
    assert find_link(PEPPER, TOKEN[: len(text) % 68], "manage", NOW) is None


def test_a_link_made_with_another_secret_is_refused() -> None:
    assert find_link(bytes(PEPPER_BYTES), TOKEN, "manage", NOW) is None


def test_a_subscriber_has_one_id_whatever_the_case_of_the_address() -> None:
    assert subscriber_id(PEPPER, SnsProtocol.EMAIL, "Anna@Example.org") == ANNA
    assert len(ANNA) == 24


def test_names_for_one_purpose_are_none_for_another() -> None:
    texts = {mark_of(PEPPER, purpose, "anna@example.org") for purpose in ("a", "b", "mailbox")}
    assert len(texts) == 3
    assert mark_of(bytes(PEPPER_BYTES), "a", "anna@example.org") not in texts


def test_a_code_has_six_digits_and_its_mark_is_of_one_number() -> None:
    assert new_code(lambda below: 7) == "000007"
    assert new_code(lambda below: below - 1) == "999999"
    first = code_mark(PEPPER, "+380501234567", "123456")
    assert first != code_mark(PEPPER, "+380501234568", "123456")
    assert "123456" not in first


def test_a_code_goes_out_in_one_segment() -> None:
    assert fits_one_segment(code_text("123456"))
