"""What the stages talk about."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.builders import NOW, a_feed, a_feed_state, a_match, a_topic, an_article, an_entry
from tocsin.model.articles import Capture
from tocsin.model.feeds import MAX_POLL_MINUTES, MIN_POLL_MINUTES, FeedRow
from tocsin.model.lines import Cadence, Channel, Line
from tocsin.model.matches import MatchRow, MatchStatus, Note
from tocsin.model.subscribers import Subscriber
from tocsin.model.values import FIRST_YEAR, LAST_YEAR, Identifier, Value, to_instant, to_text

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SECONDS = st.integers(0, (LAST_YEAR - FIRST_YEAR) * 365 * 86_400)
INSTANTS = st.builds(
    lambda seconds, micros, zone: (
        datetime(FIRST_YEAR, 1, 2, tzinfo=zone) + timedelta(seconds=seconds, microseconds=micros)
    ),
    SECONDS,
    st.integers(0, 999_999),
    ZONES,
)


@given(INSTANTS)
def test_an_instant_as_stored_is_the_same_to_the_second(at: datetime) -> None:
    assert to_instant(to_text(at)) == at.replace(microsecond=0)


@given(INSTANTS, INSTANTS)
def test_instants_as_stored_sort_as_time_does(one: datetime, other: datetime) -> None:
    whole = one.replace(microsecond=0), other.replace(microsecond=0)
    assert (to_text(one) < to_text(other)) == (whole[0] < whole[1])


def test_an_instant_is_stored_in_utc() -> None:
    at = datetime(2031, 3, 5, 16, 30, tzinfo=timezone(timedelta(hours=2)))
    assert to_text(at) == "2031-03-05T14:30:00Z"


@pytest.mark.parametrize("identifier", ["a", "harbour-post", "2031", "a-", "x" * 64])
def test_an_identifier_is_small_letters_digits_and_hyphens(identifier: str) -> None:
    assert TypeAdapter(Identifier).validate_python(identifier) == identifier


@pytest.mark.parametrize(
    "text", ["", "-a", "A", "a_b", "a b", "a/b", "a.b", "їжак", "a\n", "x" * 65, "../a", "a#b"]
)
def test_what_is_unsafe_in_a_name_is_no_identifier(text: str) -> None:
    with pytest.raises(ValidationError):
        a_feed(text)
    with pytest.raises(ValidationError):
        a_topic(text)


@pytest.mark.parametrize("minutes", [MIN_POLL_MINUTES - 1, MAX_POLL_MINUTES + 1, 0, -5, 7.5])
def test_a_feed_is_polled_neither_too_often_nor_too_rarely(minutes: float) -> None:
    assert a_feed(poll_minutes=MIN_POLL_MINUTES)
    assert a_feed(poll_minutes=MAX_POLL_MINUTES)
    with pytest.raises(ValidationError):
        a_feed(poll_minutes=minutes)


def test_a_value_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        a_feed().url = "https://other.example/"  # type: ignore[misc]


def test_a_value_takes_no_field_it_does_not_know() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        a_feed(poll_minute=5)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        an_article(seen_at=datetime(2031, 3, 5))  # noqa: DTZ001


def test_an_instant_of_any_zone_becomes_utc() -> None:
    at = datetime(2031, 3, 5, 16, 30, tzinfo=timezone(timedelta(hours=2)))
    assert an_article(seen_at=at).seen_at.isoformat() == "2031-03-05T14:30:00+00:00"


@pytest.mark.parametrize(
    "value",
    [
        a_feed(language="en", country="se"),
        a_feed_state(etag='"e"', entries_total=3),
        FeedRow(feed=a_feed(), state=a_feed_state(), due_at=NOW),
        an_entry(authors=("Ada", "Bo"), published_at=NOW),
        an_article(capture=Capture(key="k", offset=1, length=2), topics=("peace",)),
        a_topic(all=("п’ять",), none=("x",)),
        a_match(),
        MatchRow(
            match=a_match(),
            status=MatchStatus.ALERTED,
            alert_id="a",
            history=(Note(at=NOW, outcome="alerted"),),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_comes_back_from_json_as_it_was(value: Value) -> None:
    assert type(value).model_validate_json(value.model_dump_json()) == value


def test_an_error_in_a_subscriber_does_not_show_the_address() -> None:
    """Errors are logged."""
    with pytest.raises(ValidationError) as refused:
        Subscriber.model_validate(
            {"id": "a", "protocol": "email", "endpoint": ["anna@example.org"]}
        )
    assert "anna" not in str(refused.value)


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("cadence", Cadence)
def test_a_line_is_found_again_by_its_key(cadence: Cadence, channel: Channel) -> None:
    line = Line(cadence=cadence, channel=channel)
    assert Line.of_key(line.key) == line
