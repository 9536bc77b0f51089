"""The HTTP API: what the routes answer to API Gateway's events."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, SITE, a_match, a_topic, an_article
from tests.functional.calls import Calls
from tests.functional.clock import Clock
from tests.functional.conftest import PutTopics
from tests.functional.events import Event, api_event, read_event
from tocsin import __version__, wiring
from tocsin.api.routes import MAX_LIMIT, resolver
from tocsin.articles.urls import identity
from tocsin.aws.articles_table import ArticlesTable
from tocsin.aws.bucket import Bucket
from tocsin.aws.stories_table import StoriesTable
from tocsin.model.articles import Article
from tocsin.model.stories import Member, Place, StoryState

TODAY = NOW.date().isoformat()


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: Any
    etag: str | None = field(default=None, compare=False)


Get = Callable[..., Answer]


def raised(error: Exception) -> None:
    raise error


@pytest.fixture
def ask(enter: Callable[[str], None]) -> Callable[[Event], Answer]:
    enter("ApiFunction")
    app = resolver(
        wiring.reading(),
        wiring.pushing(),
        wiring.self_service(),
        lambda called: None,
        lambda outcome: None,
        raised,
    )

    def answer(event: Event) -> Answer:
        raw = app.resolve(event, None)
        headers = raw["headers"]
        body = json.loads(raw["body"]) if raw["body"] else None
        return Answer(raw["statusCode"], headers["Content-Type"], body, headers.get("ETag"))

    return answer


@pytest.fixture
def get(ask: Callable[[Event], Answer]) -> Get:
    return lambda path, **query: ask(api_event(path, **query))


@pytest.fixture
def store(articles: ArticlesTable, bucket: Bucket) -> Callable[..., Article]:
    """Stores an article that was seen so many minutes ago, as ingest does."""

    def put(name: str, minutes: float = 0, topic: str | None = None, **changes: Any) -> Article:
        seen_at = NOW - timedelta(minutes=minutes)
        article = an_article(f"{SITE}/{name}", title=name, seen_at=seen_at, **changes)
        bucket.put_article(article)
        if topic:
            match = a_match(article.url, topic, title=name, seen_at=seen_at)
            articles.add_match(match, seen_at)
        articles.add_article(article)
        return article

    return put


def titles(answer: Answer) -> list[str]:
    assert answer.status == 200
    return [article["title"] for article in answer.body["articles"]]


def assert_problem(answer: Answer, status: int, *words: str) -> None:
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert answer.body["status"] == status
    assert set(answer.body) == {"title", "status", "detail"}
    assert all(word in answer.body["detail"] for word in words), answer.body


def test_health_says_since_when_nothing_was_stored(
    ask: Callable[[Event], Answer], store: Callable[..., Article], clock: Clock
) -> None:
    health = {"status": "ok", "version": __version__, "newest_article_at": None}
    assert ask(read_event("api_health")) == Answer(200, "application/json", health)
    store("old", minutes=60)
    store("new", minutes=5)
    clock.advance(days=1)
    answer = ask(read_event("api_health"))
    assert answer.body == health | {"newest_article_at": "2031-03-05T14:25:00Z"}


def test_a_list_is_of_today_newest_first_unless_it_is_told_otherwise(
    get: Get, store: Callable[..., Article]
) -> None:
    store("yesterday", minutes=24 * 60)
    for name, minutes in (("b", 2), ("a", 3), ("c", 1)):
        store(name, minutes)
    assert titles(get("/v1/articles")) == ["c", "b", "a"]
    assert titles(get("/v1/articles", day="2031-03-04")) == ["yesterday"]
    assert titles(get("/v1/articles", day="2031-03-03")) == []


def test_a_list_shows_what_a_reader_chooses_by(get: Get, store: Callable[..., Article]) -> None:
    article = store("a", language="en", published_at=NOW - timedelta(hours=1))
    (shown,) = get("/v1/articles").body["articles"]
    assert shown == {
        "article_id": article.id,
        "url": article.url,
        "title": "a",
        "publisher": "Harbour Post",
        "seen_at": "2031-03-05T14:30:00Z",
        "published_at": "2031-03-05T13:30:00Z",
        "language": "en",
        "lede": article.text,
    }


def test_a_list_by_topic_reaches_over_days_and_shows_why_each_article_is_there(
    get: Get, store: Callable[..., Article]
) -> None:
    store("other", 1, topic="harbour")
    store("today", 2, topic="peace")
    store("before", 3 * 24 * 60, topic="peace")
    answer = get("/v1/articles", topic="peace")
    assert titles(answer) == ["today", "before"]
    assert answer.body["articles"][0]["lede"] == "They asked for peacekeepers."
    assert titles(get("/v1/articles", topic="unheard-of")) == []


def test_a_list_by_publisher_takes_the_name_as_people_write_it(
    get: Get, store: Callable[..., Article]
) -> None:
    store("other", 1, publisher="Harbour Mail")
    store("today", 2)
    store("before", 3 * 24 * 60)
    assert titles(get("/v1/articles", publisher=" harbour  POST")) == ["today", "before"]
    assert titles(get("/v1/articles", publisher="Nobody")) == []


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_a_publisher_that_can_be_none_is_refused(name: str, get: Get) -> None:
    assert_problem(get("/v1/articles", publisher=name), 400, "publisher", "1 to 200 characters")


@pytest.mark.parametrize("query", [{}, {"topic": "peace"}, {"publisher": "Harbour Post"}])
def test_pages_stay_put_while_new_articles_arrive(
    query: dict[str, str], get: Get, store: Callable[..., Article]
) -> None:
    for number in range(5):
        store(f"old-{number}", 10 + number, topic="peace")
    listed, cursor = [], None
    while True:
        page = get("/v1/articles", limit="2", **query, **({"cursor": cursor} if cursor else {}))
        listed += titles(page)
        store(f"new-{len(listed)}", topic="peace")
        cursor = page.body["cursor"]
        if cursor is None:
            break
    assert listed == [f"old-{number}" for number in range(5)]


def test_articles_of_the_same_second_are_listed_once_each(
    get: Get, store: Callable[..., Article]
) -> None:
    for number in range(5):
        store(f"n{number}")
    first = get("/v1/articles", limit="3")
    second = get("/v1/articles", limit="3", cursor=first.body["cursor"])
    assert (len(titles(first)), second.body["cursor"]) == (3, None)
    assert sorted(titles(first) + titles(second)) == [f"n{number}" for number in range(5)]


def test_a_list_has_twenty_articles_unless_it_is_told_otherwise(
    get: Get, store: Callable[..., Article]
) -> None:
    for number in range(21):
        store(f"n{number}", number)
    assert len(titles(get("/v1/articles"))) == 20
    assert len(titles(get("/v1/articles", limit="1"))) == 1
    everything = get("/v1/articles", limit=str(MAX_LIMIT))
    assert (len(titles(everything)), everything.body["cursor"]) == (21, None)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1.5", "٣", "9" * 40, "1,2"])
def test_a_limit_that_is_none_is_named(limit: str, get: Get) -> None:
    assert_problem(get("/v1/articles", limit=limit), 400, "limit", f"from 1 to {MAX_LIMIT}")


@pytest.mark.parametrize("day", ["today", "", "2031-02-30", "05.03.2031"])
def test_a_day_that_is_none_is_named(day: str, get: Get) -> None:
    assert_problem(get("/v1/articles", day=day), 400, "day", "2026-11-22")


def test_a_parameter_that_does_not_exist_is_named_with_those_that_do(get: Get) -> None:
    words = ("size: no such parameter", "day", "topic", "limit", "cursor")
    assert_problem(get("/v1/articles", size="5"), 400, *words)


def test_a_topic_and_a_day_at_once_are_refused(get: Get) -> None:
    assert_problem(get("/v1/articles", topic="peace", day=TODAY), 400, "topic", "not both")


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


FORGED = {
    "no base64": "é",
    "no JSON": "AAAA",
    "one character": "A",
    "a number": forged(7),
    "an object": forged({"pk": "A#1", "sk": "META", "list_at": "x"}),
    "too short a list": forged(["A#1", "META"]),
    "too long a list": forged(["A#1", "META", "2031", "more"]),
    "numbers": forged([1, 2, 3]),
    "empty keys": forged(["", "", ""]),
    "another table's key": forged(["FEED#news", "META", "2031-03-05T14:30:00Z#1"]),
    "half a character": forged(["A#\ud83d", "META", "2031-03-05T14:30:00Z#1"]),
    "nested without end": base64.urlsafe_b64encode(b"[" * 5_000).decode().rstrip("="),
}


@pytest.mark.parametrize("cursor", FORGED.values(), ids=FORGED)
def test_a_forged_cursor_is_refused(cursor: str, get: Get, store: Callable[..., Article]) -> None:
    store("a")
    assert_problem(get("/v1/articles", cursor=cursor), 400, "cursor", "begin again without it")


def test_a_cursor_of_another_list_shows_nothing_of_it(
    get: Get, store: Callable[..., Article]
) -> None:
    for number in range(3):
        store(f"peace-{number}", number, topic="peace")
        store(f"harbour-{number}", number, topic="harbour")
    cursor = get("/v1/articles", topic="peace", limit="1").body["cursor"]
    answer = get("/v1/articles", topic="harbour", cursor=cursor)
    assert all(title.startswith("harbour") for title in titles(answer))


def test_one_article_comes_with_its_text_and_its_matches(
    get: Get, store: Callable[..., Article], articles: ArticlesTable
) -> None:
    article = store("a", topic="peace", authors=("Anna Ahlström",))
    answer = get(f"/v1/articles/{article.id}")
    assert (answer.status, answer.content_type) == (200, "application/json")
    (match,) = answer.body.pop("matches")
    assert answer.body.pop("versions") == 1
    assert Article.model_validate(answer.body) == article
    assert answer.body["authors"] == ["Anna Ahlström"]
    assert (match["status"], match["match"]["topic_id"]) == ("due", "peace")
    assert match["match"]["excerpt"]["marks"] == [{"start": 15, "end": 27}]


@pytest.mark.parametrize("article_id", ["0123456789abcdef01234567", "..", "a b"])
def test_an_article_that_is_not_there_is_not_found(article_id: str, get: Get) -> None:
    assert_problem(get(f"/v1/articles/{article_id}"), 404, "no article", article_id)


@pytest.mark.parametrize("path", ["/", "/v1/topics", "/v1/articles/a/b"])
def test_a_path_that_is_not_there_is_not_found(path: str, get: Get) -> None:
    assert_problem(get(path), 404, "no such path")


def test_an_id_that_is_too_long_for_a_key_is_never_made_one(get: Get, calls: Calls) -> None:
    # moto takes keys of any length; DynamoDB fails beyond 2,048 bytes.
    article_id = "a" * 5_000
    assert_problem(get(f"/v1/articles/{article_id}"), 404, article_id)
    assert all(len(params["Key"]["pk"]["S"]) < 100 for params in calls.of("dynamodb:GetItem"))


def test_the_id_of_another_url_of_an_article_leads_to_it(
    get: Get, store: Callable[..., Article], articles: ArticlesTable
) -> None:
    article = store("a", topic="peace")
    other = identity(f"{SITE}/r/4711")
    articles.add_alias(other, article.id)
    answer = get(f"/v1/articles/{other}")
    assert (answer.body["id"], len(answer.body["matches"])) == (article.id, 1)


def test_a_story_is_shown_by_the_id_of_any_of_its_articles(
    get: Get, store: Callable[..., Article], stories: StoriesTable
) -> None:
    first, second = store("first", 5), store("second", 1, publisher="Harbour Mail")
    stories.add_place(a_member(first, "founder"), Place(state=StoryState.CONFIRMED))
    place = Place(state=StoryState.MERGED, into=first.id, kind="event")
    stories.add_place(a_member(second, "event"), place)
    stories.put_member(first.id, a_member(second, "event"))
    for asked in (first, second):
        answer = get(f"/v1/stories/{asked.id}")
        assert (answer.status, answer.body["id"], answer.body["size"]) == (200, first.id, 2)
        assert answer.body["outlets"] == ["Harbour Post", "Harbour Mail"]


@pytest.fixture
def reported(store: Callable[..., Article], stories: StoriesTable) -> list[Article]:
    """Five articles of one story, oldest first; two came in the same second."""
    found = [store(f"n{number}", minutes) for number, minutes in enumerate((9, 7, 5, 5, 1))]
    stories.add_place(a_member(found[0], "founder"), Place(state=StoryState.CONFIRMED))
    for each in found[1:]:
        stories.put_member(found[0].id, a_member(each, "event"))
        into = Place(state=StoryState.MERGED, into=found[0].id, kind="event")
        stories.add_place(a_member(each, "event"), into)
    return found


def test_a_list_by_story_has_pages_that_stay_put_while_articles_join(
    get: Get, reported: list[Article], store: Callable[..., Article], stories: StoriesTable
) -> None:
    first = get("/v1/articles", story=reported[2].id, limit="2")
    late = store("late")
    stories.put_member(reported[0].id, a_member(late, "event"))
    seen, cursor = titles(first), first.body["cursor"]
    while cursor:
        page = get("/v1/articles", story=reported[0].id, limit="2", cursor=cursor)
        seen, cursor = seen + titles(page), page.body["cursor"]
    assert seen[0] == "n4"
    assert sorted(seen[1:3]) == ["n2", "n3"]
    assert seen[3:] == ["n1", "n0"]
    assert titles(get("/v1/articles", story=reported[0].id, limit="1")) == ["late"]


@pytest.mark.parametrize("cursor", [*FORGED.values(), "A" * 500], ids=[*FORGED, "too long"])
def test_a_forged_cursor_of_a_story_is_refused(
    cursor: str, get: Get, reported: list[Article]
) -> None:
    answer = get("/v1/articles", story=reported[0].id, cursor=cursor)
    assert_problem(answer, 400, "cursor", "begin again without it")


def test_a_list_of_a_story_that_is_not_there_is_not_found(get: Get) -> None:
    assert_problem(get("/v1/articles", story="0" * 24), 404, "no story")


def test_an_article_that_was_revised_is_shown_as_it_was_too(
    get: Get, store: Callable[..., Article], bucket: Bucket
) -> None:
    first = store("a")
    revised = first.model_copy(update={"version": 2, "text": "Nothing of the kind."})
    assert bucket.put_version(revised, first, bucket.get_current(first.id)[1])
    now, former = get(f"/v1/articles/{first.id}"), get(f"/v1/articles/{first.id}", version="1")
    assert (now.body["text"], now.body["versions"]) == (revised.text, 2)
    assert (former.body["text"], former.body["versions"]) == (first.text, 2)
    assert_problem(get(f"/v1/articles/{first.id}", version="3"), 400, "version", "from 1 to 2")


def test_an_article_names_what_its_story_has_become(
    get: Get, reported: list[Article], bucket: Bucket
) -> None:
    alone = reported[1].model_copy(update={"story_id": reported[1].id})
    bucket.put_article(alone)
    assert get(f"/v1/articles/{alone.id}").body["story_id"] == reported[0].id


def test_volume_is_told_by_the_hour_with_what_is_usual_and_what_stood_out(
    get: Get, stories: StoriesTable, put_topics: PutTopics
) -> None:
    put_topics(a_topic("peace"))
    for hour in range(1, 24 * 7 * 4):
        at = NOW - timedelta(hours=hour)
        stories.count("peace", f"{hour:024x}", "Post", at)
    for number in range(30):
        stories.count("peace", f"f{number:023x}", f"Outlet {number}", NOW - timedelta(hours=1))
    told = get("/v1/volume", topic="peace")
    assert told.status == 200
    assert len(told.body["hours"]) == 24 * 7 + 1
    full, running = told.body["hours"][-2:]
    assert (full["at"], full["stories"], full["outlets"]) == ("2031-03-05T13:00:00Z", 31, 31)
    assert (running["at"], running["stories"]) == ("2031-03-05T14:00:00Z", 0)
    assert 0.9 < full["usual"] < 1.1
    assert [(each["change"], each["stories"]) for each in told.body["alarms"]] == [("surge", 31)]
    past = get("/v1/volume", topic="peace", since="2031-03-01", until="2031-03-02").body
    assert (len(past["hours"]), past["alarms"]) == (48, [])
    first_weeks = get("/v1/volume", topic="peace", since="2031-02-10", until="2031-02-10").body
    assert {each["usual"] for each in first_weeks["hours"]} == {None}


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ({}, 400, "topic: name the topic"),
        ({"topic": "war"}, 404, "no topic 'war'"),
        ({"topic": ""}, 400, "topic: 1 to"),
        ({"topic": "peace", "since": "soon"}, 400, "since: write it as"),
        ({"topic": "peace", "hours": "3"}, 400, "hours: no such parameter"),
    ],
)
def test_volume_of_what_is_not_there_says_so(
    get: Get, query: dict[str, str], status: int, word: str
) -> None:
    assert_problem(get("/v1/volume", **query), status, word)


def a_member(article: Article, kind: str) -> Member:
    known = article.model_dump(include={"title", "publisher", "seen_at", "language"})
    return Member(article_id=article.id, kind=kind, **known)


def test_a_story_that_is_not_there_is_not_found(get: Get) -> None:
    assert_problem(get("/v1/stories/0123456789abcdef01234567"), 404, "no story")


def test_what_a_caller_has_already_is_not_sent_again(
    ask: Callable[[Event], Answer], get: Get, store: Callable[..., Article]
) -> None:
    store("a")
    tag = get("/v1/articles").etag
    event = api_event("/v1/articles")
    event["headers"]["if-none-match"] = f'"other", W/{tag}'
    again = ask(event)
    assert (again.status, again.body, again.etag) == (304, None, tag)
    store("b")
    assert ask(event).status == 200


def test_what_is_our_fault_is_said_so_and_kept_from_the_caller(
    enter: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    enter("ApiFunction")
    heard: list[Exception] = []
    outside = wiring.reading(), wiring.pushing(), wiring.self_service()
    app = resolver(*outside, lambda called: None, lambda outcome: None, heard.append)
    monkeypatch.setattr(ArticlesTable, "list_day", lambda *_: 1 / 0)
    answer = app.resolve(api_event("/v1/articles"), None)
    assert (answer["statusCode"], "zero" in answer["body"]) == (500, False)
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert [type(each) for each in heard] == [ZeroDivisionError]


def test_the_recorded_requests_are_answered(
    ask: Callable[[Event], Answer], store: Callable[..., Article]
) -> None:
    for number in range(3):
        store(f"n{number}", number)
    assert titles(ask(read_event("api_articles"))) == ["n0", "n1"]
    assert_problem(ask(read_event("api_article")), 404, "0123456789abcdef01234567")
