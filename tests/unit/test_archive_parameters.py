"""A question as names and texts: what a visitor types is a question, or a mistake with a name."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.archive import Archive, a_record
from tocsin.api.searching import pairs_of
from tocsin.archive.answers import Asked, Cursor, Order
from tocsin.archive.given import instant, whole_number
from tocsin.archive.parameters import COUNTED, NAMES, asked_of
from tocsin.errors import InputError, QueryError

LIMIT, MOST = 20, 100


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with ThreadPoolExecutor(2) as threads:
        made = Archive(tmp_path_factory.mktemp("shards"), threads)
        for begin in (0, 20):
            made.add(
                a_record(number, text=f"The ferry {number} left.", topics=("ferries",))
                for number in range(begin, begin + 20)
            )
        yield made


# Of what a query is made of, and anything else.
pieces = st.sampled_from(
    [
        "ferry",
        "left",
        "AND",
        "OR",
        "NOT",
        "NEAR/3",
        "(",
        ")",
        '"',
        "*",
        ":",
        "title:",
        "lang:en",
        "-",
    ]
)
queries = st.one_of(st.text(max_size=30), st.lists(pieces, max_size=8).map(" ".join))
cursors = st.builds(
    lambda order, second, article_id, shown: Cursor(
        order=order, second=second, article_id=article_id, shown=shown
    ).to_text(),
    st.sampled_from(Order),
    st.integers(-5, 1 << 33),
    st.text(max_size=30),
    st.integers(-5, 2_000),
)
dates = st.one_of(
    st.datetimes(timezones=st.timezones()).map(str),
    st.dates().map(str),
    st.sampled_from(["0001-01-01", "9999-12-31", "2031-W10", "2031-03-05T14:00-23:59", "now"]),
)
values = {
    "query": queries,
    "cursor": st.one_of(cursors, st.text(max_size=20)),
    "since": dates,
    "until": dates,
    "order": st.sampled_from(["newest", "best", "oldest"]),
    "limit": st.one_of(st.integers(-1, 200).map(str), st.text(max_size=5)),
    "facet": st.sampled_from([*COUNTED, "words"]),
}
pairs = st.lists(
    st.sampled_from(NAMES).flatmap(
        lambda name: st.tuples(st.just(name), values.get(name, st.text(max_size=20)))
    ),
    max_size=6,
)


@given(asked=pairs)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_is_answered_or_named_a_mistake(
    archive: Archive, asked: list[tuple[str, str]]
) -> None:
    try:
        wanted = asked_of(asked, LIMIT, MOST)
        answer = archive.ask(**dict(wanted))
    except (InputError, QueryError):
        return
    assert len(answer.hits) <= wanted.limit
    assert set(answer.facets) == set(wanted.facets)
    assert (answer.names_from is None) == ("entity" not in wanted.facets)


@given(raw=st.text(max_size=60))
def test_whatever_stands_in_a_url_is_a_question_or_a_mistake(raw: str) -> None:
    try:
        found = asked_of(pairs_of(raw), LIMIT, MOST)
    except InputError:
        return
    assert isinstance(found, Asked)


@given(asked=st.lists(st.tuples(st.sampled_from(["topic", "publisher"]), st.text(max_size=9))))
def test_what_a_url_says_is_read_as_it_was_written(asked: list[tuple[str, str]]) -> None:
    safe = [(name, value.encode("utf-8", "ignore").decode()) for name, value in asked]
    assert pairs_of(urlencode(safe)) == safe
    assert pairs_of("&".join(f"{n}={quote_plus(v)}" for n, v in safe)) == safe


def test_a_question_has_the_names_that_it_has_everywhere() -> None:
    asked = [("query", "a"), ("topic", "x"), ("topic", "y"), ("topic", "x"), ("order", "best")]
    found = asked_of([*asked, ("limit", "7"), ("facet", "day"), ("cursor", "")], LIMIT, MOST)
    assert (found.query, found.order, found.limit, found.cursor) == ("a", Order.BEST, 7, None)
    assert found.filters.topics == ("x", "y")
    assert found.facets == ("day",)
    assert asked_of([], LIMIT, MOST) == Asked(limit=LIMIT)


def test_names_are_a_facet_like_any_other() -> None:
    asked = [("facet", "entity"), ("facet", "day"), ("facet", "entity")]
    assert asked_of(asked, LIMIT, MOST).facets == ("entity", "day")
    known = "topic, publisher, feed, language, country, day, entity"
    with pytest.raises(InputError, match=f"facet: one of {known}"):
        asked_of([("facet", "entities")], LIMIT, MOST)


@pytest.mark.parametrize(
    ("name", "text", "at"),
    [
        ("since", "2031-03-05", datetime(2031, 3, 5, tzinfo=UTC)),
        ("until", "2031-03-05", datetime(2031, 3, 6, tzinfo=UTC)),
        ("until", "20310305", datetime(2031, 3, 6, tzinfo=UTC)),
        ("until", "9999-12-31", datetime(9999, 12, 31, tzinfo=UTC)),
        ("until", "2031-03-05T14:00", datetime(2031, 3, 5, 14, tzinfo=UTC)),
        ("since", "2031-03-05T14:00+02:00", datetime(2031, 3, 5, 12, tzinfo=UTC)),
    ],
)
def test_a_day_is_its_beginning_and_as_an_end_wholly_in(name: str, text: str, at: datetime) -> None:
    assert instant(name, text) == at


@pytest.mark.parametrize("text", ["0", "-1", "1e2", "٣", "", " 5", "101", "9" * 5_000])
def test_a_number_that_is_none_or_too_large_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="limit: a whole number from 1 to 100"):
        whole_number("limit", text, 100)
