"""Dates as feeds state them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.feeds.dates import MAX_AHEAD, believable, stated_date

AT = datetime(2031, 3, 5, 14, 30, tzinfo=UTC)
DAY = datetime(2031, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "stated",
    [
        # ISO 8601 and what is cut short of it
        *("2031-03-05T14:30:00Z", "2031-03-05T14:30:00.000+00:00", "2031-03-05T15:30+01:00"),
        *("2031-03-05 14:30:00", "2031-03-05T14:30", "20310305T143000Z", "2031-03-05T0930-0500"),
        *("2031-03-05T16:30:00+02", "2031-03-05T14:30:00 GMT", "2031-3-5 14:30", "31-03-05 14:30"),
        # RFC 822 and its kin
        *("Wed, 05 Mar 2031 14:30:00 GMT", "Wed, 5 Mar 2031 14:30 +0000", "05 Mar 31 14:30 GMT"),
        *("Wed, 05 Mar 2031 09:30:00 EST", "Wed, 05 Mar 2031 15:30:00 +01:00"),
        *("\n 5 Mar 2031 14:30",),
        *("Wed, 05 March 2031 16:30:00 EET", "Wed, 05 Mar 2031 14:30:00 Etc/GMT"),
        *("Wednesday, 05-Mar-31 14:30:00 UTC", "Wed, 05 Mar 2031 15:30:00 CET"),
        *("Wed Mar  5 14:30:00 2031", "Wed Mar 05 2031 16:30:00 GMT+0200 (Eastern European Time)"),
        *("March 5, 2031 2:30 PM", "Mar 5th, 2031 at 2:30 p.m. UTC"),
        *("Wed, 2031/03/05 09:30:00 EST",),
        *("2031/03/05 14:30", "05.03.2031 14:30", "05.03.2031, 14:30:00", "5.3.31 14:30"),
        # other languages
        *("5. März 2031 14:30", "5 mars 2031 à 14h30", "5 de marzo de 2031, 14:30"),
        *("mar. 5 mars 2031 14:30",),
        *("5 березня 2031, 14:30", "5 марта 2031 14:30", "5 marca 2031 14:30", "5 Mart 2031 14:30"),
        *("Τετ, 05 Μαρ 2031 14:30:00 GMT", "5 maart 2031 14:30", "5 maaliskuuta 2031 14.30"),
        *("2031-március-05T15:30+01:00", "2031년 03월 05일 23:30:00", "2031-03-05 오후 11:30:00"),
        *("2031年3月5日 22:30", "1930487400", "1930487400000"),
    ],
)  # fmt: skip
def test_an_instant_is_read_however_it_is_stated(stated: str) -> None:
    assert stated_date(stated) == AT


@pytest.mark.parametrize(
    ("stated", "at"),
    [
        ("2031", datetime(2031, 1, 1, tzinfo=UTC)),
        ("2031-03", datetime(2031, 3, 1, tzinfo=UTC)),
        ("2031-064", DAY),
        ("20310305", DAY),
        ("310305", DAY),
        ("5 Mar 2031", DAY),
        ("13/05/2031", datetime(2031, 5, 13, tzinfo=UTC)),
        ("05/13/2031", datetime(2031, 5, 13, tzinfo=UTC)),
        ("Thu, 01 Jan 04 19:48:21 GMT", datetime(2004, 1, 1, 19, 48, 21, tzinfo=UTC)),
        ("Fri, 01 Jan 99 00:00:00 GMT", datetime(1999, 1, 1, tzinfo=UTC)),
        ("Wed, 05 Mar 2031 24:00:00 GMT", datetime(2031, 3, 6, tzinfo=UTC)),
        ("2031-03-05T23:59:60Z", datetime(2031, 3, 5, 23, 59, 59, tzinfo=UTC)),
        ("5 abril 2031", datetime(2031, 4, 5, tzinfo=UTC)),
        ("mardi 5 avril 2031", datetime(2031, 4, 5, tzinfo=UTC)),
        ("5 listopada 2031", datetime(2031, 11, 5, tzinfo=UTC)),
        ("5 июля 2031", datetime(2031, 7, 5, tzinfo=UTC)),
        ("5 juillet 2031", datetime(2031, 7, 5, tzinfo=UTC)),
    ],
)
def test_what_is_left_out_is_the_first_and_no_zone_is_utc(stated: str, at: datetime) -> None:
    assert stated_date(stated) == at


@pytest.mark.parametrize(
    "stated",
    [
        *(None, "", " ", "yesterday", "-1", "0", "99", "03/05/2031", "32 Mar 2031", "Mar 2031"),
        *("2031-13-05", "2031-02-30", "0001-01-01T00:00:00Z", "9999-12-31", "1 Jan 1970"),
        *("5 Mar 2031 25:00", "Wed, 99 Foo 0000", "5 Mar 2031 " + "x" * 100),
    ],
)
def test_what_cannot_be_told_is_none(stated: str | None) -> None:
    assert stated_date(stated) is None


def test_a_date_more_than_a_day_ahead_is_not_believed() -> None:
    assert believable(AT + MAX_AHEAD, AT) == AT + MAX_AHEAD
    assert believable(AT + MAX_AHEAD + timedelta(seconds=1), AT) is None
    assert believable(None, AT) is None


WORDS = st.sampled_from(
    [*"0123456789:-/.,+TZ ", "Mar", "mars", "2031", "PM", "EST", "GMT+", "년", "May 5", "24:00:00"]
)


@given(st.one_of(st.text(max_size=120), st.lists(WORDS, max_size=20).map("".join)))
@example("2031-03-05T14:30:00+99:99")
@example("²031-03-05")
def test_any_text_is_a_date_in_utc_or_none(stated: str) -> None:
    at = stated_date(stated)
    assert at is None or (at.tzinfo is UTC and 1990 <= at.year <= 2200)


@given(st.integers(0, 6_500_000_000), st.integers(-14 * 60, 14 * 60))
def test_what_iso_8601_says_is_what_is_read(seconds: int, ahead_minutes: int) -> None:
    zone = timezone(timedelta(minutes=ahead_minutes))
    at = (datetime(1990, 1, 2, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(zone)
    assert stated_date(at.isoformat()) == at.astimezone(UTC)
