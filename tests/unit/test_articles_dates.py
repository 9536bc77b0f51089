"""Instants as pages state them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.articles.dates import day_in, instant_of
from tocsin.model.values import FIRST_YEAR, LAST_YEAR

DAY = datetime(2031, 3, 5, tzinfo=UTC)
AT = DAY.replace(hour=14, minute=30)


@pytest.mark.parametrize(
    ("stated", "at"),
    [
        ("2031-03-05T14:30:00Z", AT),
        ("2031-03-05T14:30:00.000Z", AT),
        ("2031-03-05T14:30Z", AT),
        ("2031-03-05T14:30:00", AT),
        ("2031-03-05 14:30:00 UTC", AT),
        (" 2031-03-05T15:30:00+01:00 ", AT),
        ("2031-03-05T16:30:00+0200", AT),
        ("2031-03-05T09:30:00-0500", AT),
        ("2031-03-05T20:00:00+05:30", AT),
        ("2031-3-5", DAY),
        ("2031-03-05", DAY),
        ("20310305", DAY),
        ("20310305T143000Z", AT),
        ("1930487400", AT),
        ("1930487400000", AT),
        ("Wed, 05 Mar 2031 15:30:00 +0100", AT),
        ("5 March 2031", DAY),
        ("5th of March", None),
        ("March 5, 2031", DAY),
        ("Mar. 5th, 2031 2:30 p.m.", AT),
        ("March 5, 2031 12:30 am", DAY + timedelta(minutes=30)),
        ("5 березня 2031, 14:30", AT),
        ("5 марта 2031", DAY),
        ("5. März 2031", DAY),
        ("5 mars 2031", DAY),
        ("5 de marzo de 2031", DAY),
        ("5 marca 2031", DAY),
        ("5 Mart 2031", DAY),
        ("05.03.2031", DAY),
        ("05/03/2031", DAY),
        ("03/25/2031", DAY.replace(day=25)),
        ("2031年3月5日", DAY),
        ("31 February 2031", None),
        ("2031-13-05", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("", None),
        (None, None),
        ("2031-03-05 " + "x" * 300, None),
    ],
)
def test_a_date_is_an_instant_or_none(stated: str | None, at: datetime | None) -> None:
    assert instant_of(stated) == at


def test_the_zone_stays_as_stated() -> None:
    found = instant_of("2031-03-05T16:30:00+02:00")
    assert found is not None
    assert found.tzinfo == timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2031/03/05/peace", DAY),
        ("https://a.example/news-2031", None),
        ("https://a.example/2031-03-05-peace", DAY),
        ("https://a.example/20310305/peace", DAY),
        ("https://a.example/2031/02/31/peace", None),
        ("https://a.example/203103051", None),
        ("https://a.example/article/2031/peace", None),
    ],
)
def test_a_day_in_an_address_is_found(url: str, day: datetime | None) -> None:
    assert day_in(url) == day


@given(st.text(st.sampled_from("0123456789-:/.TZ+ marchМартаPM,年"), max_size=40))
def test_any_text_is_an_instant_of_our_time_or_none(text: str) -> None:
    at = instant_of(text)
    assert at is None or (at.tzinfo is not None and FIRST_YEAR <= at.year <= LAST_YEAR)
