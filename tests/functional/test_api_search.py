"""GET /v1/search: what is asked, what is answered, and what is wrong with a question."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.builders import NOW
from tests.functional.events import Event, read_event
from tocsin import wiring
from tocsin.api.searching import MAX_LIMIT, resolver
from tocsin.archive.fanout import Found, Part, side_by_side
from tocsin.archive.given import MAX_VALUES
from tocsin.errors import InvocationFailed, Overloaded
from tocsin.handlers.search import handler as search_handler
from tocsin.model.archive import Manifest

Search = Callable[..., dict[str, Any]]
FERRY = {"title": "Ferries sail again", "text": "The ferry left Kestrel Bay at noon. It was full."}


def raised(error: Exception) -> None:
    raise error


@pytest.fixture
def ask(enter: Callable[[str], None]) -> Search:
    """The raw answer to a query string, or to parameters in order."""
    enter("SearchFunction")

    def answer(query: str | Iterable[tuple[str, str]] = "", **headers: str) -> dict[str, Any]:
        raw = query if isinstance(query, str) else urlencode(list(query))
        app = resolver(wiring.searching(), wiring.feeding(), raised)
        return app.resolve(event_of(raw, **headers), None)

    return answer


def event_of(raw_query: str, **headers: str) -> Event:
    event = read_event("api_articles")
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/v1/search"
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return event | {"rawQueryString": raw_query}


def body(answer: dict[str, Any]) -> Any:
    assert answer["statusCode"] == 200, answer
    return json.loads(answer["body"])


def titles(answer: dict[str, Any]) -> list[str]:
    return [hit["title"]["text"] for hit in body(answer)["hits"]]


def problem(answer: dict[str, Any]) -> Any:
    assert answer["statusCode"] == 400, answer
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    return json.loads(answer["body"])


def test_hits_come_with_the_words_marked_and_with_what_was_counted(
    ask: Search, stored: Callable[..., None]
) -> None:
    stored(FERRY, {"title": "Peace talks", "publisher": "Hill Post"}, {"text": "A ferry sank."})
    found = body(ask("query=ferries&facet=publisher&facet=language"))
    first, second = found["hits"]
    assert (first["title"]["text"], second["title"]["text"]) == ("Article 2", "Ferries sail again")
    snippet = second["snippet"]
    assert [snippet["text"][m["start"] : m["end"]] for m in snippet["marks"]] == ["ferry"]
    assert second["publisher"] == "Harbour Post"
    assert (found["matches"], found["exact"], found["searched_back_to"]) == (2, True, None)
    assert found["cursor"] is None
    assert found["facets"] == {"publisher": {"Harbour Post": 2}, "language": {"en": 2}}


def test_values_may_have_commas_and_several_take_any(
    ask: Search, stored: Callable[..., None]
) -> None:
    names = ("Times, The", "Times", "The Post")
    stored(*({"title": name, "publisher": name} for name in names))
    assert titles(ask([("publisher", "Times, The")])) == ["Times, The"]
    wanted = [("publisher", "Times, The"), ("publisher", "The Post")]
    assert titles(ask(wanted)) == ["The Post", "Times, The"]


def test_every_filter_filters(ask: Search, stored: Callable[..., None]) -> None:
    one = {
        "title": "One",
        "topics": ("floods",),
        "publisher": "Hill Post",
        "feed_id": "hill",
        "language": "de",
        "country": "at",
        "authors": ("Anna Berg",),
        "story_id": "a" * 24,
        "seen_at": NOW,
    }
    stored(one, {"title": "Other"})
    asked = {
        "topic": "floods",
        "publisher": "hill post",
        "feed": "hill",
        "language": "de",
        "country": "at",
        "author": "anna berg",
        "story": "a" * 24,
        "since": "2031-03-05",
    }
    for name, value in asked.items():
        assert titles(ask([(name, value)])) == ["One"], name
    assert titles(ask("until=2031-03-04")) == ["Other"]
    assert titles(ask("until=2031-03-05")) == ["One", "Other"]


@pytest.mark.parametrize("order", ["newest", "best"])
@pytest.mark.parametrize("query", ["Article", "", "lang:en"])
def test_pages_follow_each_other_by_their_cursors(
    ask: Search, stored: Callable[..., None], order: str, query: str
) -> None:
    stored(*({} for _ in range(5)))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ask([("query", query), ("order", order), ("limit", "2"), ("cursor", cursor)])
        seen += titles(page)
        cursor = body(page)["cursor"]
    assert seen == [f"Article {number}" for number in (4, 3, 2, 1, 0)]


def test_a_mistake_in_the_query_is_shown_where_it_is(ask: Search) -> None:
    told = problem(ask([("query", "ferry AND (bay OR")]))
    place, line, caret, remedy = told["detail"].split("\n")
    assert place.startswith("query: column")
    assert line == "    ferry AND (bay OR"
    assert caret.strip() == "^" * (told["end"] - told["start"] or 1)
    assert remedy


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("quary=ferry", "quary: no such parameter; there are query, topic"),
        ("query=a&query=b", "query: given 2 times; give it once"),
        ("&".join(f"topic={n}" for n in range(MAX_VALUES + 1)), f"{MAX_VALUES} times at most"),
        ("topic=", "topic: 1 to 200 characters"),
        ("since=yesterday", "since: write it as 2026-11-22"),
        ("since=0001-01-01T00:00%2B14:00", "since: write it as"),
        ("limit=0", f"limit: a whole number from 1 to {MAX_LIMIT}"),
        ("limit=%D9%A3", "limit: a whole number"),
        ("order=oldest", "order: one of newest, best"),
        ("facet=words", "facet: one of topic, publisher"),
        ("everything=yes", "everything: true or false"),
        ("cursor=bm90IG91cnM", "cursor: not one that a search gave"),
        ("cursor=" + "A" * 600, "cursor: not one"),
        ("query=%FF", "query string: text in UTF-8"),
        ("query=", ""),
        ("query=*", "query: "),
    ],
)
def test_what_is_wrong_is_named_with_the_remedy(ask: Search, query: str, words: str) -> None:
    if not words:
        assert titles(ask(query)) == []
    else:
        assert words in problem(ask(query))["detail"]


def test_an_answer_that_the_caller_has_is_not_sent_again(
    ask: Search, stored: Callable[..., None]
) -> None:
    stored(FERRY)
    first = ask("query=ferry")
    assert first["headers"]["Cache-Control"] == "private, no-cache"
    again = ask("query=ferry", if_none_match=first["headers"]["ETag"])
    assert (again["statusCode"], again["body"]) == (304, "")


def test_shards_stay_open_from_one_search_to_the_next(
    ask: Search, stored: Callable[..., None], enter: Callable[[str], None]
) -> None:
    stored(FERRY)
    enter("SearchFunction")
    assert titles(ask("query=ferry"))
    before = wiring.searching().shards.ranges.effort.requests
    assert titles(ask("query=ferry"))
    assert wiring.searching().shards.ranges.effort.requests == before > 0


@pytest.mark.parametrize("order", ["newest", "best"])
def test_everything_is_searched_in_parts_that_the_function_asks_itself_for(
    ask: Search,
    stored: Callable[..., None],
    enter: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    order: str,
) -> None:
    stored(FERRY, {"text": "A ferry sank.", "publisher": "Hill Post"})
    asked = f"query=ferry&facet=publisher&order={order}"
    whole = body(ask(asked))
    events: list[Event] = []

    class Itself:
        def invoke(self, event: Event) -> Event:
            events.append(event)
            return dict(search_handler(json.loads(json.dumps(event)), None))

    enter("SearchFunction")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "search")
    monkeypatch.setattr(wiring, "_function", {"search": Itself()}.__getitem__)
    wiring.searching.cache_clear()
    raw = event_of(f"{asked}&everything=true")
    app = resolver(wiring.searching(), wiring.feeding(), raised)
    assert body(app.resolve(raw, None)) == whole
    assert len(events) == (1 if order == "newest" else 2)


def test_a_part_that_fails_is_named_and_may_be_asked_for_again(
    stored: Callable[..., None], enter: Callable[[str], None]
) -> None:
    stored(FERRY)

    def throttled(_part: Part) -> Found:
        raise InvocationFailed("search", "TooManyRequestsException")

    enter("SearchFunction")
    with ThreadPoolExecutor(1) as callers:
        outside = replace(wiring.searching(), run_parts=side_by_side(throttled, callers))
        app = resolver(outside, wiring.feeding(), raised)
        answer = app.resolve(event_of("query=ferry&everything=true"), None)
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["Retry-After"]) > 0
    detail = json.loads(answer["body"])["detail"]
    assert "the archive from 2031-03-01 to 2031-03-01 was not searched" in detail
    assert "TooManyRequestsException" in detail


def test_a_manifest_that_does_not_add_up_is_to_be_asked_for_again(
    enter: Callable[[str], None],
) -> None:
    class Torn:
        def read(self) -> Manifest:
            raise Overloaded("manifest", "no consistent view in 8 attempts")

    enter("SearchFunction")
    outside = replace(wiring.searching(), manifests=Torn())
    app = resolver(outside, wiring.feeding(), raised)
    answer = app.resolve(event_of("query=ferry"), None)
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["Retry-After"]) > 0
